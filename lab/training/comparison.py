"""Ways of training compared: raced from one seed after another, on the same batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lab.networks.finite import not_finite
from lab.system.clock import rate
from lab.training.evaluation import evaluate
from lab.training.race import race, share
from lab.training.scores import Floats, Scores
from lab.training.trainer import Trainer

Measure = Callable[[str, Trainer], Iterator[Mapping[str, float] | None]]
"""What is measured of a way, by its name and trainer: yields None now and then, then the figures.

Accuracy in [0, 1]. `test_loss` in nats is such a figure.
"""


@dataclass(frozen=True)
class Step:
    """An optimiser step of `way`."""

    way: str


@dataclass(frozen=True)
class Checkpoint:
    """All ways were measured. number: from 0. seed: whose race it is. last: whether it ends it."""

    number: int
    seed: int
    last: bool


@dataclass(frozen=True)
class Losses:
    """Training loss (nats) and accuracy of consecutive steps, with the epochs done after each."""

    epochs: Floats
    loss: list[float]
    accuracy: list[float]


def test_figures(way: str, trainer: Trainer) -> Iterator[Mapping[str, float] | None]:
    """`test_loss` and `test_accuracy`: a Measure, the default."""
    for result in evaluate(trainer.model, trainer.data.test_images, trainer.data.test_labels):
        if result is None:
            yield None
        else:
            yield {"test_loss": result.loss, "test_accuracy": result.accuracy}


class Comparison:
    """Two to six ways of training, raced from each seed; the first seed's race comes first.

    ways: name -> trainer(seed). With networks made by `from_seed`, and trainers of that seed, all
    begin with the same weights and see the same batches. seeds: one race each. checks: checkpoints
    of a race, the last at its end, at most one a step; with_start: one more before its first step.
    measure: what is measured there of each way, besides `train_loss` and `train_accuracy`, the
    means over the batches since the checkpoint before.

    trainers: of the race under way, or of the last. seed: its seed. scores: what was measured.
    diverged: (way, seed) -> the step at which the loss was NaN or infinite: no more steps are made
    there, and all later figures are NaN.
    """

    def __init__(
        self,
        ways: Mapping[str, Callable[[int], Trainer]],
        seeds: Sequence[int],
        *,
        checks: int = 10,
        with_start: bool = False,
        measure: Measure = test_figures,
    ) -> None:
        self._ways, self._measure = dict(ways), measure
        self._done = (0, 0.0)  # images and seconds of the races before
        self.diverged: dict[tuple[str, int], int] = {}
        self._enter(seeds[0])
        checks = min(checks, *(trainer.total_steps for trainer in self.trainers.values()))
        self._shares = [i / checks for i in range(0 if with_start else 1, checks + 1)]
        epochs = max(t.total_steps / t.steps_per_epoch for t in self.trainers.values())
        self.scores = Scores(list(ways), seeds, [epochs * at for at in self._shares])

    def _enter(self, seed: int) -> None:
        """Build the networks of a race."""
        self.seed = seed
        self.trainers = {way: build(seed) for way, build in self._ways.items()}
        self._retired: set[str] = set()
        self._since_check = {way: Losses(np.empty(0), [], []) for way in self._ways}
        self._unread = {way: Losses(np.empty(0), [], []) for way in self._ways}

    @property
    def race_number(self) -> int:
        """Of the race under way, from 0. The race 0 is the one that is told whole."""
        return self.scores.seeds.index(self.seed)

    @property
    def race_share(self) -> float:
        """The fraction of the race under way, of the way that has done the least, in [0, 1]."""
        return min((share(trainer) for trainer in self._running()), default=1.0)

    @property
    def share(self) -> float:
        """The fraction of all races that is done, in [0, 1]."""
        return (self.race_number + self.race_share) / len(self.scores.seeds)

    @property
    def epoch(self) -> float:
        """Epochs done in the race under way, of the way that has done the least."""
        return float(self.race_share * self.scores.times[-1])

    @property
    def images_per_second(self) -> float:
        """Training images per second, over the time of the steps of all races."""
        images, seconds = self._effort()
        return rate(images, seconds)

    def run(self) -> Iterator[Step | Checkpoint | None]:
        """Train all; yields each Step and Checkpoint, and None while something is measured."""
        for seed in self.scores.seeds:
            if seed != self.seed:
                self._done = self._effort()
                self._enter(seed)
            steps, check = race(self.trainers, self._retired), 0
            while check < len(self._shares):
                if self.race_share >= self._shares[check]:
                    yield from self._check(check)
                    check += 1
                else:
                    yield Step(next(steps))

    def read(self) -> dict[str, Losses]:
        """What each way has lost since the last call, or since this race began."""
        found = {}
        for way, trainer in self.trainers.items():
            self._read(way)
            loss, accuracy = self._unread[way].loss, self._unread[way].accuracy
            steps = np.arange(trainer.step - len(loss), trainer.step) + 1
            found[way] = Losses(steps / trainer.steps_per_epoch, loss, accuracy)
            self._unread[way] = Losses(np.empty(0), [], [])
        return found

    def _read(self, way: str) -> None:
        trainer = self.trainers[way]
        loss, accuracy = trainer.read_back()
        if trainer.diverged_at is not None:
            self._retire(way, trainer.diverged_at)
        for kept in (self._since_check[way], self._unread[way]):
            kept.loss.extend(loss)
            kept.accuracy.extend(accuracy)

    def _check(self, check: int) -> Iterator[Checkpoint | None]:
        for way, trainer in self.trainers.items():
            since = self._since_check[way]
            self._read(way)
            if not_finite(trainer.model):
                self._retire(way, trainer.step)
            if way in self._retired:
                self.scores.end(way, self.seed, check)
                continue
            figures = {}
            if since.loss:
                figures["train_loss"] = float(np.mean(since.loss))
                figures["train_accuracy"] = float(np.mean(since.accuracy))
            for found in self._measure(way, trainer):
                if found is None:
                    yield None
                else:
                    figures.update(found)
            self.scores.put(way, self.seed, check, figures)
            self._since_check[way] = Losses(np.empty(0), [], [])
        yield Checkpoint(check, self.seed, check == len(self._shares) - 1)

    def _retire(self, way: str, step: int) -> None:
        self._retired.add(way)
        self.diverged.setdefault((way, self.seed), step)

    def _running(self) -> list[Trainer]:
        return [trainer for way, trainer in self.trainers.items() if way not in self._retired]

    def _effort(self) -> tuple[int, float]:
        images, seconds = self._done
        for trainer in self.trainers.values():
            images, seconds = images + trainer.step * trainer.batch_size, seconds + trainer.seconds
        return images, seconds
