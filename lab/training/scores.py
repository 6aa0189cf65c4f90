"""What was measured of several ways of training, at several times, from several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Scores:
    """Figures by measure ("test_accuracy") and way of training, for each seed at each checkpoint.

    ways: their names, in order. seeds: one race each. times: when the checkpoints are, in the unit
    of the x axis (epochs, steps), rising.
    """

    def __init__(self, ways: Sequence[str], seeds: Sequence[int], times: Sequence[float]) -> None:
        self.ways, self.seeds = tuple(ways), tuple(seeds)
        self.times = np.asarray(times, np.float64)
        self._figures: dict[tuple[str, str], dict[tuple[int, int], float]] = {}
        self._ended: dict[tuple[str, int], int] = {}

    def put(self, way: str, seed: int, check: int, figures: Mapping[str, float]) -> None:
        """Enter figures, by measure, of one way at the checkpoint number `check`, from 0."""
        for measure, value in figures.items():
            self._figures.setdefault((measure, way), {})[seed, check] = value

    def end(self, way: str, seed: int, check: int) -> None:
        """From that checkpoint on all figures are NaN: the training diverged."""
        self._ended.setdefault((way, seed), check)

    def at(self, measure: str, way: str, check: int = -1) -> Floats:
        """float64 (N,): the figures at a checkpoint, of the seeds that have come to it."""
        check %= len(self.times)
        figures = self._figures.get((measure, way), {})
        known = [
            np.nan if check >= self._ended.get((way, seed), len(self.times))
            else figures.get((seed, check))
            for seed in self.seeds
        ]  # fmt: skip
        return np.array([value for value in known if value is not None], np.float64)

    def line(self, measure: str, way: str) -> tuple[Floats, Floats, Floats]:
        """(times, mean, spread), each float64 (N,), of the checkpoints that any seed has come to.

        The mean is NaN where a training had diverged. spread: NaN for one seed.
        """
        found = [self.at(measure, way, check) for check in range(len(self.times))]
        known = [i for i, figures in enumerate(found) if len(figures)]
        means = [found[i].mean() for i in known]
        spreads = [spread(found[i]) if len(found[i]) > 1 else np.nan for i in known]
        return self.times[known], np.array(means), np.array(spreads, np.float64)

    def latest(self, measure: str, way: str) -> Floats:
        """float64 (N,): the figures at the last checkpoint that any seed has come to."""
        found = (self.at(measure, way, check) for check in reversed(range(len(self.times))))
        return next((figures for figures in found if len(figures)), np.empty(0))

    def mean(self, measure: str, way: str) -> float:
        """The mean of `latest`; NaN where nothing is known, and where a training diverged."""
        figures = self.latest(measure, way)
        return float(figures.mean()) if len(figures) else float("nan")

    def spread(self, measure: str, way: str) -> float:
        """The spread of `latest`."""
        return spread(self.latest(measure, way))


def spread(values: Sequence[float] | Floats) -> float:
    """The standard deviation of a sample (n - 1); 0 for fewer than two values."""
    return float(np.std(np.asarray(values, np.float64), ddof=1)) if len(values) > 1 else 0.0
