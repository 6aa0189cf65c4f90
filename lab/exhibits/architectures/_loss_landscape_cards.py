"""The cards of the loss landscapes: four slices, a cut, a table and what a slice cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lab.exhibit import Frame, Output
from lab.exhibit.frames import Value
from lab.exhibits.architectures._loss_landscape_networks import Subject
from lab.exhibits.architectures._loss_landscape_slices import (
    Slice,
    around,
    one_scale,
    square,
)
from lab.landscape.directions import weights_of
from lab.payloads import Curve, Note, Surface, Table

PLACES = ("left", "right", "left_path", "right_path")
OUTPUTS = (
    Output("left", Surface, "Loss surface, random directions", (0, 0, 4, 4),
           x="direction 1", y="direction 2"),
    Output("right", Surface, "Loss surface, random directions", (0, 4, 4, 4),
           x="direction 1", y="direction 2"),
    Output("left_path", Surface, "Training path, in its principal plane", (4, 0, 4, 4),
           x="direction 1", y="direction 2"),
    Output("right_path", Surface, "Training path, in its principal plane", (4, 4, 4, 4),
           x="direction 1", y="direction 2"),
    Output("cut", Curve, "Cut along direction 1", (0, 8, 4, 4),
           x="direction 1", y="loss (nats)", log_y=True),
    Output("table", Table, "Figures of the planes", (4, 8, 2, 4)),
    Output("note", Note, "What a slice can and cannot show", (6, 8, 2, 4)),
)  # fmt: skip
# How far the random slices go: each filter by its own length.
REACH = 1.0


def _percent(value: float) -> str:
    return f"{value:.0%}" if value >= 0.005 else f"{value:.1g}".replace("e-0", "e−")


class Landscape:
    """Four slices: two of random directions, and two of paths or of other random directions.

    subjects: one network or two, the left one first. points: of a side of the upper slices.
    """

    def __init__(self, subjects: Sequence[Subject], points: int, seed: int) -> None:
        self._subjects = list(subjects)
        self._points, self._seed = points, seed
        self._slices: list[Slice] = []
        self._paths: list[Slice] = []
        self._path_shares: list[float] = []
        self._random_shares: list[float] = []

    def _random(self, place: int, pair: int) -> Slice:
        """The slice at one of the four places, of random directions."""
        alone = len(self._subjects) == 1
        subject = self._subjects[0 if alone else place % 2]
        plane = subject.random_plane(self._directions(place, pair))
        axis = square(REACH, self._points if place < 2 else self._fewer)
        number = f"pair {self._number(place, pair) + 1}"
        name = f"{subject.title}, {number}" if alone else subject.title
        title = f"{subject.title}: random plane" + (f", {number}" if alone or place > 1 else "")
        return Slice(plane, axis, axis, name, title)

    def _number(self, place: int, pair: int) -> int:
        """Of the directions at a place, from 0: those of a single network all differ."""
        return 4 * (pair - 1) + place if len(self._subjects) == 1 else 2 * (pair - 1) + place // 2

    def _directions(self, place: int, pair: int) -> int:
        """The seed of the directions at a place."""
        return 1000 * self._seed + self._number(place, pair)

    @property
    def _fewer(self) -> int:
        """Points of a side of the lower slices: about half as many, 4n + 1."""
        return max(9, self._points // 8 * 4 + 1)

    def preview(self, pair: int) -> Iterator[Frame]:
        """The upper slices of networks in training, coarse."""
        slices = [self._random(place, pair) for place in range(2)]
        for each in slices:
            each.title += ", in training"
            for _ in each.measure(1):
                yield Frame()
        self._slices = slices

    def trained(self) -> None:
        """Take the training paths of all networks, which are there now."""
        for subject in self._subjects:
            plane, found = subject.path_plane()
            x, y = (around(found.path[:, i], self._fewer) for i in range(2))
            self._path_shares.append(sum(found.shares))
            title = f"{subject.title}: path, principal plane ({self._path_shares[-1]:.0%})"
            self._paths.append(Slice(plane, x, y, subject.title, title, found.path))

    def measure(self, pair: int) -> Iterator[float]:
        """Measure all slices, coarse ones first; yields the share that is done, in [0, 1]."""
        upper = [self._random(place, pair) for place in range(2)]
        lower = self._paths or [self._random(place, pair) for place in (2, 3)]
        if self._paths:
            seed = self._directions(0, pair)
            self._random_shares = [subject.share_in_random(seed) for subject in self._subjects]
        for last in (1, 2, 3):
            for each in (*upper, *lower):
                for _ in each.measure(last):
                    yield self._share((*upper, *lower))
            # Coarse surfaces do not take the place of finer ones that are there.
            self._slices = [*upper, *lower]

    def _share(self, slices: Sequence[Slice]) -> float:
        sizes = [each.values.size for each in slices]
        return sum(s.share * n for s, n in zip(slices, sizes, strict=True)) / sum(sizes)

    @property
    def whole(self) -> bool:
        """Whether there is a surface of each place."""
        return len(self._slices) == 4

    def shown(self, status: str, progress: float | None = None) -> Frame:
        """All cards, as far as they are known, on one scale."""
        if not self._slices:
            return Frame(status=status, progress=progress)
        scale = one_scale(self._slices, max(subject.classes for subject in self._subjects))
        outputs: dict[str, Surface | Curve | Table | Note] = {
            name: each.surface(scale) for name, each in zip(PLACES, self._slices, strict=False)
        }
        outputs |= {"cut": self._cut(), "table": self._table(), "note": self._note()}
        return Frame(outputs, status=status, progress=progress)

    def _cut(self) -> Curve:
        """Both upper slices along their first direction, through the centre."""
        series = {}
        for each in self._slices[:2]:
            row = each.values[len(each.y) // 2]
            known = np.isfinite(row)
            series[each.name] = each.x[known], row[known]
        return Curve(series, replaces=True)

    def _table(self) -> Table:
        columns, rows = ["Network", "Loss", "Not convex"], []
        for each in self._slices[:2]:
            rough = "–" if np.isnan(each.roughness) else f"{each.roughness:.0%}"
            rows.append([each.name, f"{each.centre:.3f}", rough])
        if self._path_shares:
            columns.append("Path")
            for row, share in zip(rows, self._path_shares, strict=True):
                row.append(f"{share:.0%}")
        return Table(columns, rows)

    def _note(self) -> Note:
        count = sum(w.numel() for w in weights_of(self._subjects[0].model.network).values())
        images = len(self._subjects[0].labels)
        text = (
            f"A slice is 2 of {count:,} dimensions, and the loss is that of {images} images. What "
            "is not convex in it is not convex in all; but a bowl in it may be a saddle elsewhere."
        )
        if self._random_shares:
            random = self._random_shares[0]
            text += (
                f" The random plane holds {_percent(random)} of the path's variance, its principal "
                f"plane {self._path_shares[0]:.0%}."
            )
        return Note(text)

    def figures(self) -> dict[str, Value]:
        """The metrics of complete slices."""
        upper = self._slices[:2]
        found: dict[str, Value] = {
            "loss_centre": [each.centre for each in upper],
            "roughness": [each.roughness for each in upper],
            "roughness_left": upper[0].roughness,
            "roughness_right": upper[1].roughness,
        }
        if self._path_shares:
            found["path_share"] = list(self._path_shares)
            found["random_share"] = list(self._random_shares)
        return found

    def outcome(self) -> str:
        """What came of it, in a line, from the figures alone."""
        told = ", ".join(f"{each.name} {each.roughness:.0%}" for each in self._slices[:2])
        return f"share of the slice that is not convex: {told}"
