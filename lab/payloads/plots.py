"""Payloads that are drawn between axes: curves, histograms, surfaces and scatter plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lab.payloads.base import Floats, Payload, frozen, same_length


@dataclass(frozen=True)
class Curve(Payload):
    """Lines of y against x. The only kind whose frames add up: new points go to the end.

    series: name -> (x, y), both float64 of one length. A name appears in the legend. marker: the x
    that a slider stands at, a line across the plot; it stays where it is until another is given.
    bands: name of a series -> (low, high), both float64 as long as the series: how far its values
    spread around y, over seeds for instance; NaN where that is not known. replaces: this frame
    takes the place of all lines so far, as in every other kind, instead of adding to them. dots:
    names of series that are drawn as points without a line, as data that a curve is fitted to.
    """

    series: Mapping[str, tuple[Any, Any]]
    marker: float | None = None
    bands: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    replaces: bool = False
    dots: Sequence[str] = ()

    def __post_init__(self) -> None:
        series = {name: line(name, *points) for name, points in self.series.items()}
        object.__setattr__(self, "series", series)
        bands = {name: self._band(name, *ends) for name, ends in self.bands.items()}
        object.__setattr__(self, "bands", bands)
        if unknown := [name for name in self.dots if name not in series]:
            raise ValueError(f"dots of {unknown[0]!r}, which is no series")
        object.__setattr__(self, "dots", tuple(self.dots))

    def _band(self, name: str, low: Any, high: Any) -> tuple[Floats, Floats]:
        if name not in self.series:
            raise ValueError(f"a band of {name!r}, which is no series")
        low = frozen(np.atleast_1d(low), np.float64, 1, name=f"low of {name}")
        high = frozen(np.atleast_1d(high), np.float64, 1, name=f"high of {name}")
        points = len(self.series[name][0])
        if not len(low) == len(high) == points:
            lengths = f"{len(low)} low and {len(high)} high ends"
            raise ValueError(f"the band of {name!r} has {lengths} for {points} points")
        if (low > high).any():
            raise ValueError(f"the band of {name!r} has a low end above its high one")
        return low, high

    def extended(self, more: Curve) -> Curve:
        """This curve with the points of `more` after its own, or `more` alone if it replaces.

        A band goes on in the same way; it has a gap where one of the two knows none. The result
        replaces if either does, so frames may be joined in any order before they are shown.
        """
        marker = self.marker if more.marker is None else more.marker
        title = more.title or self.title
        if more.replaces:
            return Curve(more.series, marker, more.bands, True, more.dots, title=title)
        series = dict(self.series)
        for name, points in more.series.items():
            series[name] = _joined(series[name], points) if name in series else points
        bands = {}
        for name in {**self.bands, **more.bands}:
            bands[name] = _joined(self._band_or_gap(name), more._band_or_gap(name))
        dots = dict.fromkeys((*self.dots, *more.dots))
        return Curve(series, marker, bands, self.replaces, tuple(dots), title=title)

    def _band_or_gap(self, name: str) -> tuple[Floats, Floats]:
        """The band of a series; NaN for each of its points where there is none."""
        gap = np.full(len(self.series[name][0]) if name in self.series else 0, np.nan)
        return self.bands.get(name, (gap, gap))


def line(name: str, x: Any, y: Any) -> tuple[Floats, Floats]:
    """A line's points as read-only float64 (N,) each; ValueError for different lengths."""
    x = frozen(np.atleast_1d(x), np.float64, 1, name=f"x of {name}")
    y = frozen(np.atleast_1d(y), np.float64, 1, name=f"y of {name}")
    if len(x) != len(y):
        raise ValueError(f"curve {name!r} has {len(x)} x and {len(y)} y")
    return x, y


def _joined(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])


@dataclass(frozen=True)
class Histogram(Payload):
    """Counts between edges. edges: float64 (N + 1,), rising. series: name -> float64 (N,)."""

    edges: Any
    series: Mapping[str, Any]

    def __post_init__(self) -> None:
        edges = frozen(self.edges, np.float64, 1, name="edges")
        if len(edges) < 2 or (np.diff(edges) <= 0).any():
            raise ValueError("edges must rise, and be two or more")
        series = {k: frozen(v, np.float64, 1, name=k) for k, v in self.series.items()}
        for name, counts in series.items():
            if len(counts) != len(edges) - 1:
                raise ValueError(f"{name}: {len(counts)} counts between {len(edges)} edges")
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "series", series)


@dataclass(frozen=True)
class Surface(Payload):
    """A function of two variables. x: (columns,), y: (rows,), z: float64 (rows, columns).

    paths: lines over it by name, such as the way of an optimiser: (x, y), both float64 of one
    length, NaN for a gap; the last point is marked. low, high: the ends of the scale, at which z is
    cut; None for its own: with the same ends two surfaces can be compared. log: a logarithmic
    scale, of heights and colours; what is not above 0 has no place on it. label: what z is, with
    its unit.
    """

    x: Any
    y: Any
    z: Any
    paths: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    log: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ValueError(f"the scale runs from {self.low} to {self.high}")
        if self.log and self.low is not None and self.low <= 0:
            raise ValueError(f"a logarithmic scale cannot begin at {self.low}")
        paths = {name: line(name, *points) for name, points in self.paths.items()}
        object.__setattr__(self, "paths", paths)
        for name, axes in (("x", 1), ("y", 1), ("z", 2)):
            value = frozen(getattr(self, name), np.float64, axes, name=name)
            object.__setattr__(self, name, value)
        if self.z.shape != (len(self.y), len(self.x)):
            raise ValueError(f"z is {self.z.shape} over {len(self.y)} y and {len(self.x)} x")


@dataclass(frozen=True)
class Scatter(Payload):
    """Points in a plane, in the colour of their class or of a number.

    points: float64 (N, 2), x and y; a point that is not finite is not drawn. classes: int64 (N,),
    each the index of a name in `names`; or values: float64 (N,), read by a scale from low to high
    (None: the values' own ends) whose name with its unit is `label`; or neither, for one colour.
    form: how a value is written, as in format(), else with a few digits.
    captions: what the pointer reads at each point, or none. selected: the index of the point that
    is framed as chosen, or None. x: the name of the x axis with its unit, where it is not always
    that of the output.
    """

    points: Any
    classes: Any = None
    names: Sequence[str] = ()
    values: Any = None
    label: str = ""
    form: str = ""
    low: float | None = None
    high: float | None = None
    captions: Sequence[str] = ()
    selected: int | None = None
    x: str = ""

    def __post_init__(self) -> None:
        points = frozen(self.points, np.float64, 2, name="points")
        if points.shape[1] != 2:
            raise ValueError(f"points must be (N, 2), not {points.shape}")
        if self.classes is not None and self.values is not None:
            raise ValueError("points are coloured by their classes or by values, not by both")
        for name, dtype in (("classes", np.int64), ("values", np.float64)):
            if (given := getattr(self, name)) is not None:
                given = frozen(given, dtype, 1, name=name)
                if len(given) != len(points):
                    raise ValueError(f"{len(given)} {name} for {len(points)} points")
                object.__setattr__(self, name, given)
        if (
            self.classes is not None
            and ((self.classes < 0) | (self.classes >= len(self.names))).any()
        ):
            raise ValueError(f"a class is no index of the {len(self.names)} names")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ValueError(f"the scale runs from {self.low} to {self.high}")
        if self.selected is not None and not 0 <= self.selected < len(points):
            raise ValueError(f"point {self.selected} is selected of {len(points)}")
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "captions", tuple(self.captions))
        same_length(len(points), "captions", self.captions)

    def scale(self) -> tuple[float, float]:
        """The ends of the scale that the values are read by."""
        known = self.values[np.isfinite(self.values)] if self.values is not None else np.empty(0)
        low = self.low if self.low is not None else float(known.min(initial=np.inf))
        high = self.high if self.high is not None else float(known.max(initial=-np.inf))
        return (low, high) if low <= high else (0.0, 1.0)
