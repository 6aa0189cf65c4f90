"""Networks without and with augmentation, trained in turn from several seeds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import Tensor

from lab.datasets import Dataset
from lab.networks import models
from lab.networks.finite import check_weights
from lab.networks.models import card_for
from lab.payloads import Bars, Curve
from lab.system.clock import rate
from lab.training.evaluation import evaluate
from lab.training.race import from_seed, race
from lab.training.trainer import OptimiserSettings, Trainer

WITHOUT, WITH = "without", "with"
# Evaluations on the test images, the last at the end.
CHECKS = 10
BATCH = 50
# The trainer's defaults for SGD with one cycle: learning rate, weight decay.
SETTINGS = OptimiserSettings(0.05, 2e-3)


def spread(values: list[float]) -> float:
    """The standard deviation of a sample; 0 for a single value."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


@dataclass(frozen=True)
class Checkpoint:
    """Accuracies of all networks after `epoch` epochs, in [0, 1], one for each seed.

    share: of the training that is done, in [0, 1]. test, train: by WITHOUT and WITH. train: over
    the batches since the last checkpoint as they entered the network, that is augmented in WITH.
    """

    epoch: float
    share: float
    seeds: tuple[int, ...]
    test: dict[str, list[float]]
    train: dict[str, list[float]]

    def curve(self) -> Curve:
        """Means over the seeds, the next points of three lines.

        Training with augmentation is left out: accuracy on augmented images is not comparable.
        """
        lines = {f"test, {side}": self.test[side] for side in (WITHOUT, WITH)}
        lines[f"training, {WITHOUT}"] = self.train[WITHOUT]
        return Curve({name: (self.epoch, np.mean(values)) for name, values in lines.items()})

    def bars(self) -> Bars:
        """Test error for each seed, and the means."""
        labels = [f"seed {seed}" for seed in self.seeds]
        errors = {side: 1 - np.array(self.test[side]) for side in (WITHOUT, WITH)}
        series = {side: [*found, found.mean()] for side, found in errors.items()}
        means = (f"{e.mean():.1%} ± {100 * spread(self.test[s]):.1f}" for s, e in errors.items())
        worst = max(float(found.max()) for found in errors.values())
        return Bars(
            [*labels, "mean"],
            series,
            high=np.ceil(20 * worst) / 20 or 1.0,
            form=".1%",
            highlight=len(labels),
            title="Test error: without {}, with {}".format(*means),
        )


class Comparison:
    """Two networks for each seed that differ only in augmentation.

    data: all of its training images are used. augment, mix: called at every step, so that they may
    change during training.
    """

    def __init__(
        self,
        data: Dataset,
        network: str,
        epochs: int,
        seeds: range,
        augment: Callable[[Tensor], Tensor],
        mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    ) -> None:
        self._data, self._seeds, self._epochs = data, seeds, epochs
        device = data.train_labels.device
        self.trainers: dict[tuple[str, int], Trainer] = {}
        for seed in seeds:
            card = card_for(network, data, seed)
            for side in (WITHOUT, WITH):
                changed = side == WITH
                self.trainers[side, seed] = Trainer(
                    from_seed(seed, partial(models.build, card)).to(device),
                    data,
                    optimiser_name="sgd",
                    settings=lambda: SETTINGS,
                    batch_size=BATCH,
                    epochs=epochs,
                    augment=augment if changed else None,
                    mix=mix if changed else None,
                    seed=seed,
                )

    @property
    def count(self) -> int:
        """Number of networks."""
        return len(self.trainers)

    @property
    def share(self) -> float:
        """Share of the training done, in [0, 1], of the network that has done the least."""
        return min(trainer.step / trainer.total_steps for trainer in self.trainers.values())

    @property
    def epoch(self) -> float:
        """Epochs of the network that has done the least."""
        return min(trainer.epoch for trainer in self.trainers.values())

    @property
    def images_per_second(self) -> float:
        """Training images per second, over all networks."""
        trainers = self.trainers.values()
        seconds = sum(trainer.seconds for trainer in trainers)
        return rate(sum(trainer.step * trainer.batch_size for trainer in trainers), seconds)

    def run(self) -> Iterator[Checkpoint | None]:
        """Train all; yields None after each step, and a Checkpoint CHECKS times.

        Raises UserError where a training diverges.
        """
        checks = 1
        for _ in race(self.trainers):
            yield None
            if self.share * CHECKS >= checks:
                checks = int(self.share * CHECKS) + 1
                yield from self._checkpoint()

    def _checkpoint(self) -> Iterator[Checkpoint | None]:
        test: dict[str, list[float]] = {WITHOUT: [], WITH: []}
        train: dict[str, list[float]] = {WITHOUT: [], WITH: []}
        for (side, seed), trainer in self.trainers.items():
            title = f"the network {side} augmentation, seed {seed},"
            check_weights(trainer.model, title, "choose another architecture or seed")
            for result in evaluate(trainer.model, self._data.test_images, self._data.test_labels):
                if result is None:
                    yield None
                else:
                    test[side].append(result.accuracy)
            train[side].append(float(np.mean(trainer.read_back()[1])))
        yield Checkpoint(self.epoch, self.share, tuple(self._seeds), test, train)
