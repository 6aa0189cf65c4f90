"""Slices through the loss: grids that are measured from coarse to fine, and how they are shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lab.landscape.grid import filled, passes
from lab.landscape.plane import LossPlane
from lab.landscape.shape import roughness
from lab.payloads import Surface

Floats = NDArray[np.float64]
# Points whose losses are read back at once.
TOGETHER = 4
# Surfaces are cut where the loss is so many times that of guessing, ln(classes).
CUT = 10


class Slice:
    """The loss on a grid of a plane. x, y: coordinates in the plane, 4n + 1 each, rising.

    name: of the network, and of the slice where there are several. title: of its card. path:
    (steps, 2) in the same coordinates, or None. values: float64 (rows, columns), NaN where it is
    not measured yet. done: passes that are complete.
    """

    def __init__(
        self,
        plane: LossPlane,
        x: Floats,
        y: Floats,
        name: str,
        title: str,
        path: Floats | None = None,
    ) -> None:
        self._plane, self.x, self.y, self.path = plane, x, y, path
        self.name, self.title = name, title
        self.values = np.full((len(y), len(x)), np.nan)
        self.done = 0

    def measure(self, last: int = 3) -> Iterator[None]:
        """Measure the passes up to the number `last`, from 1; yields after each batch of images."""
        found = passes(len(self.y), len(self.x))
        while self.done < last:
            cells = found[self.done]
            for begin in range(0, len(cells), TOGETHER):
                some = cells[begin : begin + TOGETHER]
                points = [(float(self.x[column]), float(self.y[row])) for row, column in some]
                rows, columns = zip(*some, strict=True)
                for losses in self._plane.measure(points):
                    if losses is not None:
                        self.values[rows, columns] = losses.tolist()
                    yield
            self.done += 1

    @property
    def share(self) -> float:
        """The share of the points that is measured, in [0, 1]."""
        return float(1 - np.isnan(self.values).mean())

    @property
    def centre(self) -> float:
        """The loss in the middle of the grid."""
        return float(self.values[len(self.y) // 2, len(self.x) // 2])

    @property
    def roughness(self) -> float:
        """`lab.landscape.shape.roughness`; NaN before all points are measured."""
        return float("nan") if np.isnan(self.values).any() else roughness(self.values)

    def surface(self, scale: tuple[float, float]) -> Surface:
        """What is known, with what lies between interpolated."""
        paths = {} if self.path is None else {"Training path": (self.path[:, 0], self.path[:, 1])}
        return Surface(
            self.x,
            self.y,
            filled(self.values),
            paths,
            *scale,
            log=True,
            label="loss (nats)",
            title=self.title,
        )


def one_scale(slices: Sequence[Slice], classes: int) -> tuple[float, float]:
    """The ends of a scale for all of them: the least loss, and at most the cut."""
    known = np.concatenate([each.values[np.isfinite(each.values)] for each in slices])
    cut = CUT * math.log(classes)
    low = max(float(known.min()), 1e-3) if known.size else 1.0
    return min(low, cut / 2), cut


def square(reach: float, points: int) -> Floats:
    """`points` coordinates from -reach to reach, with 0 in the middle."""
    return np.linspace(-reach, reach, points)


def around(coordinates: Floats, points: int) -> Floats:
    """Coordinates from one end of a path to the other, with a fifth more on each side."""
    low, high = float(coordinates.min()), float(coordinates.max())
    margin = 0.2 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, points)
