"""Test time: all units, against random networks one by one and averaged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lab.datasets import Dataset
from lab.exhibit import Frame
from lab.payloads import Curve, Histogram
from lab.training.comparison import test_figures
from lab.training.evaluation import evaluate
from lab.training.monte_carlo import MonteCarlo
from lab.training.trainer import Trainer

ALL, AVERAGE, SINGLE = "all units × keep probability", "average so far", "one random network"
# At least so many, and so wide (1 point of accuracy) is the part of the axis that is shown.
BINS, WIDTH = 12, 0.01


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

    def curve(self, passes: int) -> Curve:
        """Accuracy against the number of networks that are averaged."""
        singles, averages = self.random.singles[:passes], self.random.averages[:passes]
        x = np.arange(1, len(singles) + 1)
        return Curve(
            {
                ALL: ((x[0], x[-1]), (self.all_units, self.all_units)),
                AVERAGE: (x, averages),
                SINGLE: (x, singles),
            },
            replaces=True,
        )

    def histogram(self, passes: int) -> Histogram:
        """How the accuracies of the single networks are distributed, beside the two estimates."""
        singles, average = self.random.singles[:passes], self.random.averages[:passes][-1]
        known = [*singles, average, self.all_units]
        middle, half = (max(known) + min(known)) / 2, (max(known) - min(known)) / 2
        half = max(1.1 * half, WIDTH / 2)
        edges = np.linspace(middle - half, middle + half, BINS + 1)
        series = {SINGLE: singles, "their average": [average], ALL: [self.all_units]}
        return Histogram(
            edges,
            {name: np.histogram(values, edges)[0] for name, values in series.items()},
            title=f"Ensemble: single networks {np.mean(singles):.1%} on average, "
            f"together {average:.1%}",
        )


class TestTime:
    """What is measured of each way; of the first seed's networks the estimates are kept."""

    __test__ = False  # it is no test, whatever its name begins with

    def __init__(self, data: Dataset, first_seed: int) -> None:
        self._data, self._first = data, first_seed
        self.kept: dict[str, Estimates] = {}

    def measure(
        self, way: str, trainer: Trainer, passes: int
    ) -> Iterator[Mapping[str, float] | None]:
        """A Measure; after the last step of a random network also its `Estimates.figures`.

        train_accuracy: on the training images, with all units, as on the test images.
        """
        all_units, data = 0.0, self._data
        for figures in test_figures(way, trainer):
            all_units = figures["test_accuracy"] if figures else 0.0
            yield figures
        for result in evaluate(trainer.model, data.train_images, data.train_labels):
            yield {"train_accuracy": result.accuracy} if result else None
        if way == "none" or trainer.step < trainer.total_steps:
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
        """The two cards of a way; nothing before it has drawn a network."""
        estimates = self.kept.get(way)
        if estimates is None or not estimates.random.singles:
            return Frame()
        curve, histogram = estimates.curve(passes), estimates.histogram(passes)
        return Frame({"monte_carlo": curve, "ensemble": histogram})

    def extended(self, way: str, passes: int) -> Iterator[Frame]:
        """Draw more networks of a way until there are so many; ends with its cards."""
        if way in self.kept:
            for _ in self.kept[way].random.passes(passes):
                yield Frame()
        yield self.shown(way, passes)
