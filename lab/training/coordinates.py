"""Training of coordinate networks: a network overfits one picture, pixel by pixel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lab.networks.coordinate_networks import grid, part_grid
from lab.system import clock
from lab.training import trainer

HIGHEST = 100.0
"""Decibels. The PSNR of an exact copy is infinite; it is given as this, as far as float32 goes."""
# Points computed together where a picture is painted: their activations stay in the cache.
_TOGETHER = 16_384


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio in dB of a mean squared error of values in [0, 1]; up to HIGHEST.

    NaN for NaN.
    """
    return -10 * math.log10(max(error, 10 ** (-HIGHEST / 10)))


def colours(network: nn.Module, coordinates: Tensor) -> Tensor:
    """float32 (N, 3) in [0, 1]: what the network says of places, float32 (N, 2)."""
    with torch.inference_mode():
        parts = [network(some) for some in torch.split(coordinates, _TOGETHER)]
        return ((torch.cat(parts) + 1) / 2).clamp_(0, 1)


def as_picture(found: Tensor, rows: int, columns: int) -> NDArray[np.uint8]:
    """float32 (rows * columns, 3) in [0, 1] as uint8 (rows, columns, 3) on the CPU; NaN is grey."""
    rounded = (255 * found.nan_to_num(0.5)).round_().to(torch.uint8)
    return rounded.view(rows, columns, 3).cpu().numpy()


def error_of(pixels: NDArray[np.uint8], picture: NDArray[np.uint8]) -> float:
    """Mean squared error of two pictures, uint8 of one shape, as values in [0, 1]."""
    return float(np.square((pixels.astype(np.float64) - picture) / 255).mean())


def painted(
    network: nn.Module,
    picture: tuple[int, int],
    box: tuple[float, float, float, float] | None = None,
    samples: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """The picture that a network gives, or a part of it, as finely as one likes: uint8 (H, W, 3).

    picture: (height, width) in pixels. box: (left, top, width, height) of the part; None for all.
    samples: (rows, columns) of the result; None for those of the picture.
    """
    height, width = picture
    rows, columns = samples or picture
    places = part_grid(picture, box or (0.0, 0.0, float(width), float(height)), (rows, columns))
    device = next(network.parameters()).device
    return as_picture(colours(network, places.to(device)), rows, columns)


class CoordinateTrainer:
    """A coordinate network that learns one picture; a Racer (lab.training.race).

    network: from float32 (N, 2) to (N, 3), trained so that (output + 1) / 2 is the colour. pixels:
    uint8 (H, W, 3). lr(): the largest learning rate, asked before each step; it rises and falls in
    one cycle. batch_size: pixels of a step, drawn without replacement until all were seen.
    seed: of the order of the pixels.

    The loss is the mean squared error, the optimiser Adam. In float32: in bfloat16 (with AMX) the
    sines come to 31.3 dB instead of 32.5 on a photograph, and save a fifth of the time at most.
    """

    def __init__(
        self,
        network: nn.Module,
        pixels: NDArray[np.uint8],
        *,
        lr: Callable[[], float],
        steps: int,
        batch_size: int,
        seed: int,
    ) -> None:
        self.model = network
        self.seed: int | None = seed
        self.step, self.total_steps, self.seconds = 0, steps, 0.0
        self.picture = (pixels.shape[0], pixels.shape[1])
        self.device = next(network.parameters()).device
        self._target = torch.from_numpy(np.array(pixels)).to(self.device).view(-1, 3).float() / 255
        self._places = grid(*self.picture).to(self.device)
        self.batch_size = min(batch_size, len(self._target))
        self._lr = lr
        self._optimiser = trainer.optimiser("adam", network, lr(), 0.0)
        self._order = torch.Generator().manual_seed(seed)

    def steps(self) -> Iterator[int]:
        """Train to the end; yields the number of steps done, after each."""
        while True:
            order = torch.randperm(len(self._target), generator=self._order).to(self.device)
            for batch in order[: len(order) // self.batch_size * self.batch_size].view(
                -1, self.batch_size
            ):
                if self.step == self.total_steps:
                    return
                begun = clock.now()
                self._train_on(batch)
                self.step += 1
                self.seconds += clock.now() - begun
                yield self.step

    def _train_on(self, batch: Tensor) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = self._lr() * trainer.one_cycle(self.step / self.total_steps, WARM_UP)
        places, target = self._places[batch], 2 * self._target[batch] - 1
        loss = F.mse_loss(self.model(places), target)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()

    def painting(self) -> tuple[NDArray[np.uint8], float]:
        """The picture as the network gives it, uint8 (H, W, 3), and its mean squared error.

        The error is of colours in [0, 1], not rounded to 8 bits; NaN where the training
        diverged.
        """
        found = colours(self.model, self._places)
        return as_picture(found, *self.picture), float(F.mse_loss(found, self._target))


# The fraction of the steps in which the learning rate rises.
WARM_UP = 0.1
