"""Test time: all units, against random networks one by one and averaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lab.datasets import Dataset
from lab.exhibit import Frame
from lab.payloads import Curve
from lab.training.comparison import test_figures
from lab.training.evaluation import evaluate
from lab.training.monte_carlo import MonteCarlo
from lab.training.trainer import Trainer

ALL, AVERAGE, SINGLE = "all units", "average so far", "single network"


@dataclass(frozen=True)
class Estimates:
    """The two estimates of one network. all_units: its accuracy in eval mode, in [0, 1]."""

    all_units: float
    random: MonteCarlo

    def figures(self) -> dict[str, float]:
        """Accuracies by measure, of all networks drawn so far."""
        average = self.random.averages[-1]
        return {
            "monte_carlo": average,
            "difference": average - self.all_units,
            "single": float(np.mean(self.random.singles)),
        }

    def curve(self, passes: int, name: str) -> Curve:
        """Accuracy against the number of networks that are averaged. name: of the way."""
        singles, averages = self.random.singles[:passes], self.random.averages[:passes]
        x = np.arange(1, len(singles) + 1)
        return Curve(
            {
                ALL: ((x[0], x[-1]), (self.all_units, self.all_units)),
                AVERAGE: (x, averages),
                SINGLE: (x, singles),
            },
            dots=(SINGLE,),
            replaces=True,
            title=f"{name}: single {np.mean(singles):.1%}, averaged {averages[-1]:.1%}",
        )


class TestTime:
    """What is measured of each way; of the first seed's networks the estimates are kept."""

    __test__ = False  # it is no test, whatever its name begins with

    def __init__(self, data: Dataset, first_seed: int, names: Mapping[str, str]) -> None:
        self._data, self._first, self._names = data, first_seed, names
        self.kept: dict[str, Estimates] = {}

    def measure(
        self, way: str, trainer: Trainer, passes: int
    ) -> Iterator[Mapping[str, float] | None]:
        """A Measure; after the last step also `fitted`, the accuracy on the training images.

        With all units, as on the test images. Then of a random network its `Estimates.figures`.
        """
        all_units, data = 0.0, self._data
        for figures in test_figures(way, trainer):
            all_units = figures["test_accuracy"] if figures else 0.0
            yield figures
        if trainer.step < trainer.total_steps:
            return
        for result in evaluate(trainer.model, data.train_images, data.train_labels):
            yield {"fitted": result.accuracy} if result else None
        if way == "none":
            return
        seed = trainer.seed or 0
        random = MonteCarlo(trainer.model, data.test_images, data.test_labels, seed)
        estimates = Estimates(all_units, random)
        if seed == self._first:
            self.kept[way] = estimates
        for _ in random.passes(passes):
            yield None
        yield estimates.figures()

    def shown(self, way: str, passes: int) -> Frame:
        """The curve of a way; nothing before it has drawn a network."""
        estimates = self.kept.get(way)
        if estimates is None or not estimates.random.singles:
            return Frame()
        return Frame({"monte_carlo": estimates.curve(passes, self._names[way])})

    def extended(self, way: str, passes: int) -> Iterator[Frame]:
        """Draw more networks of a way until there are so many; ends with its curve."""
        if way in self.kept:
            for _ in self.kept[way].random.passes(passes):
                yield Frame()
        yield self.shown(way, passes)
