"""The race of three coordinate networks to one picture, from one seed after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lab.networks.coordinate_networks import KINDS
from lab.networks.finite import not_finite
from lab.system.clock import rate
from lab.training.coordinates import CoordinateTrainer, psnr
from lab.training.race import from_seed, race, share
from lab.training.scores import Scores

# Checkpoints of a race. They are dense at the beginning, where most is seen to happen.
CHECKS = 24
# Pixels of a step.
BATCH = 8192
# The largest learning rate of each: the best of three or four, by PSNR after 400 steps on the
# astronaut.
RATES = {"sines": 2e-3, "fourier": 2e-2, "relu": 1e-2}


@dataclass(frozen=True)
class Networks:
    """What the networks are: `depth` layers of `width` units, omega of sines, sigma of Fourier."""

    width: int
    depth: int
    omega: float
    sigma: float

    def build(self, kind: str) -> nn.Sequential:
        """A network with random initial weights."""
        own = {"sines": {"omega": self.omega}, "fourier": {"sigma": self.sigma}}.get(kind, {})
        return KINDS[kind].build(self.width, self.depth, **own)


class PictureRace:
    """All KINDS learn one picture, from the same pixels in the same order, for each seed.

    pixels: uint8 (H, W, 3). trainers: of the race under way, or of the last. scores: "psnr" in dB
    at each checkpoint. diverged: (kind, seed) -> the step at which its weights were found to be
    NaN or infinite; it makes no more steps, and all later figures are NaN. paintings: kind -> the
    picture as the network of the first race gives it, uint8 (H, W, 3), at the last checkpoint.
    """

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        networks: Networks,
        steps: int,
        seeds: range,
        device: torch.device,
    ) -> None:
        self._pixels, self._networks, self._steps = pixels, networks, steps
        self._device = device
        self.checks = sorted({1, *(round(steps * (i / CHECKS) ** 2) for i in range(CHECKS + 1))})
        self.scores = Scores(list(KINDS), list(seeds), self.checks)
        self.diverged: dict[tuple[str, int], int] = {}
        self.paintings: dict[str, NDArray[np.uint8]] = {}
        self._done = (0, 0.0)  # pixels and seconds of the races before
        self._enter(seeds[0])

    def _enter(self, seed: int) -> None:
        self.seed, self._retired = seed, set[str]()
        self.trainers: Mapping[str, CoordinateTrainer] = {
            kind: self._trainer(kind, seed) for kind in KINDS
        }

    def _trainer(self, kind: str, seed: int) -> CoordinateTrainer:
        network = from_seed(seed, partial(self._networks.build, kind)).to(self._device)
        return CoordinateTrainer(
            network,
            self._pixels,
            lr=lambda: RATES[kind],
            steps=self._steps,
            batch_size=BATCH,
            seed=seed,
        )

    @property
    def race_number(self) -> int:
        """Of the race under way, from 0."""
        return self.scores.seeds.index(self.seed)

    @property
    def step(self) -> int:
        """Steps of the race under way, of the network that has done the least."""
        return min((trainer.step for trainer in self._running()), default=self._steps)

    @property
    def share(self) -> float:
        """The fraction of all races that is done, in [0, 1]."""
        here = min((share(trainer) for trainer in self._running()), default=1.0)
        return (self.race_number + here) / len(self.scores.seeds)

    @property
    def pixels_per_second(self) -> float:
        """Training pixels per second, over the time of the steps of all races."""
        return rate(*self._effort())

    def run(self) -> Iterator[int | None]:
        """Train all; yields the number of each checkpoint, from 0, and None now and then."""
        for seed in self.scores.seeds:
            if seed != self.seed:
                self._done = self._effort()
                self._enter(seed)
            steps = race(self.trainers, self._retired)
            for check, at in enumerate(self.checks):
                while self.step < at:
                    next(steps)
                    yield None
                yield from self._check(check)

    def _check(self, check: int) -> Iterator[int | None]:
        for kind, trainer in self.trainers.items():
            if kind not in self._retired and not_finite(trainer.model):
                self._retired.add(kind)
                self.diverged[kind, self.seed] = trainer.step
            if kind in self._retired:
                self.scores.end(kind, self.seed, check)
            else:
                painting, error = trainer.painting()
                self.scores.put(kind, self.seed, check, {"psnr": psnr(error)})
                if self.race_number == 0:
                    self.paintings[kind] = painting
            yield None
        yield check

    def _running(self) -> list[CoordinateTrainer]:
        return [t for kind, t in self.trainers.items() if kind not in self._retired]

    def _effort(self) -> tuple[int, float]:
        pixels, seconds = self._done
        for trainer in self.trainers.values():
            pixels, seconds = pixels + trainer.step * trainer.batch_size, seconds + trainer.seconds
        return pixels, seconds
