"""The closed set of things that an exhibit can show.

Every payload is immutable, lives on the CPU, and holds read-only NumPy arrays, so it may cross
from the torch thread to the window without a lock and without a copy. The shapes, dtypes and
units that a kind asks for are checked when it is made: a wrong one raises ValueError in the
exhibit that made it, not in the widget that draws it.

`title`, on any payload, replaces the title of the output that it is shown in (for sentences that
depend on the run: "Probability of tabby cat with that patch hidden").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Tone = Literal["", "good", "bad"]
Floats = NDArray[np.float64]


def _frozen(array: Any, dtype: Any, *dimensions: int, name: str) -> NDArray[Any]:
    """`array` as a read-only, C-contiguous array of `dtype` with one of the given axis counts."""
    given = np.asarray(array)
    if given.dtype.kind == "f" and np.dtype(dtype).kind in "ui":
        raise ValueError(f"{name} must be {np.dtype(dtype).name}, not {given.dtype.name}")
    result = np.ascontiguousarray(given, dtype=dtype)
    if result is array or not result.flags.owndata:
        result = result.copy()
    if result.ndim not in dimensions:
        axes = " or ".join(map(str, dimensions))
        raise ValueError(f"{name} must have {axes} axes, not shape {result.shape}")
    result.setflags(write=False)
    return result


def _picture(array: Any, name: str) -> NDArray[np.uint8]:
    result = _frozen(array, np.uint8, 3, name=name)
    if result.shape[2] != 3:
        raise ValueError(f"{name} must be (height, width, 3), not {result.shape}")
    return result


def _same_length(count: int, name: str, values: Sequence[Any]) -> None:
    if values and len(values) != count:
        raise ValueError(f"{len(values)} {name} for {count} items")


@dataclass(frozen=True, kw_only=True)
class Payload:
    """What the kinds have in common."""

    title: str = ""


@dataclass(frozen=True)
class Curve(Payload):
    """Lines of y against x. The only kind whose frames add up: new points go to the end.

    series: name -> (x, y), both float64 of one length. A name appears in the legend. marker: the x
    that a slider stands at, a line across the plot; it stays where it is until another is given.
    bands: name of a series -> (low, high), both float64 as long as the series: how far its values
    spread around y, over seeds for instance; NaN where that is not known. replaces: this frame
    takes the place of all lines so far, as in every other kind, instead of adding to them.
    """

    series: Mapping[str, tuple[Any, Any]]
    marker: float | None = None
    bands: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    replaces: bool = False

    def __post_init__(self) -> None:
        checked = {}
        for name, (x, y) in self.series.items():
            x = _frozen(np.atleast_1d(x), np.float64, 1, name=f"x of {name}")
            y = _frozen(np.atleast_1d(y), np.float64, 1, name=f"y of {name}")
            if len(x) != len(y):
                raise ValueError(f"curve {name!r} has {len(x)} x and {len(y)} y")
            checked[name] = (x, y)
        object.__setattr__(self, "series", checked)
        bands = {name: self._band(name, *ends) for name, ends in self.bands.items()}
        object.__setattr__(self, "bands", bands)

    def _band(self, name: str, low: Any, high: Any) -> tuple[Floats, Floats]:
        if name not in self.series:
            raise ValueError(f"a band of {name!r}, which is no series")
        low = _frozen(np.atleast_1d(low), np.float64, 1, name=f"low of {name}")
        high = _frozen(np.atleast_1d(high), np.float64, 1, name=f"high of {name}")
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
            return Curve(more.series, marker, more.bands, True, title=title)
        series = dict(self.series)
        for name, points in more.series.items():
            series[name] = _joined(series[name], points) if name in series else points
        bands = {}
        for name in {**self.bands, **more.bands}:
            bands[name] = _joined(self._band_or_gap(name), more._band_or_gap(name))
        return Curve(series, marker, bands, self.replaces, title=title)

    def _band_or_gap(self, name: str) -> tuple[Floats, Floats]:
        """The band of a series; NaN for each of its points where there is none."""
        gap = np.full(len(self.series[name][0]) if name in self.series else 0, np.nan)
        return self.bands.get(name, (gap, gap))


def _joined(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])


@dataclass(frozen=True)
class Pictures(Payload):
    """Pictures side by side.

    images: a sequence of uint8 arrays (height, width, 3), RGB; they may differ in size.
    captions: one short line under each, or none at all; a newline parts it in two, of which each
    keeps to its line.
    tones: "good" or "bad" frames a picture in that colour; "" leaves it plain.
    selected: the index of the picture that is framed as chosen, or None.
    columns: how many beside each other; 0 lets the view choose. strip: all in one row, which
    scrolls where it is longer than the card. compared: the indices of two pictures of one size:
    the pointer then marks its place in every picture, and reads both there and their difference.
    """

    images: Sequence[Any]
    captions: Sequence[str] = ()
    tones: Sequence[Tone] = ()
    selected: int | None = None
    columns: int = 0
    strip: bool = False
    compared: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        images = tuple(_picture(image, f"picture {i}") for i, image in enumerate(self.images))
        object.__setattr__(self, "images", images)
        if self.compared and images[self.compared[0]].shape != images[self.compared[1]].shape:
            shapes = " and ".join(str(images[i].shape) for i in self.compared)
            raise ValueError(f"pictures of one size can be compared, not {shapes}")
        _same_length(len(images), "captions", self.captions)
        _same_length(len(images), "tones", self.tones)


@dataclass(frozen=True)
class Overlay(Payload):
    """Heat over a picture, with the scale that the heat is read by.

    image: uint8 (height, width, 3). heat: float32 (rows, columns), stretched over the picture;
    NaN where it is not known yet. low, high: the ends of the scale. label: what the heat is, with
    its unit. opacity in [0, 1]. box: (left, top, width, height) in pixels of the image, or None.
    extent: the part of the image that the heat is stretched over, in the same way; None for all.
    """

    image: Any
    heat: Any
    low: float
    high: float
    label: str
    opacity: float = 0.6
    box: tuple[float, float, float, float] | None = None
    extent: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", _picture(self.image, "image"))
        object.__setattr__(self, "heat", _frozen(self.heat, np.float32, 2, name="heat"))
        if not self.low <= self.high:
            raise ValueError(f"the scale runs from {self.low} to {self.high}")


@dataclass(frozen=True)
class Bars(Payload):
    """A horizontal bar for each label, longest meaning first; several series stand under another.

    labels: N names. series: name -> float64 (N,). low, high: the ends of the axis, and zero between
    them: the length of a bar is its value. form: how a value is written, as in format().
    highlight: the index of the label set in bold.
    """

    labels: Sequence[str]
    series: Mapping[str, Any]
    low: float = 0.0
    high: float = 1.0
    form: str = ".3f"
    highlight: int | None = None

    def __post_init__(self) -> None:
        if not self.low <= 0 <= self.high:
            raise ValueError(f"bars begin at zero: it is not between {self.low} and {self.high}")
        object.__setattr__(self, "labels", tuple(self.labels))
        series = {k: _frozen(v, np.float64, 1, name=k) for k, v in self.series.items()}
        for name, values in series.items():
            if len(values) != len(self.labels):
                raise ValueError(f"{name}: {len(values)} values for {len(self.labels)} labels")
        object.__setattr__(self, "series", series)


@dataclass(frozen=True)
class Filters(Payload):
    """Weights of a convolution as small pictures, square-pixelled.

    weights: float32 (N, height, width, C), C = 1 (drawn grey) or 3 (drawn in colour), in the
    weights' own units. The view draws zero as mid grey and scales each filter by its own largest
    magnitude, so that strength does not hide shape. selected: the index of the chosen one.
    """

    weights: Any
    selected: int | None = None

    def __post_init__(self) -> None:
        weights = _frozen(self.weights, np.float32, 4, name="weights")
        if weights.shape[3] not in (1, 3):
            raise ValueError(f"weights must be (N, height, width, 1 or 3), not {weights.shape}")
        object.__setattr__(self, "weights", weights)

    def pixels(self) -> NDArray[np.uint8]:
        """uint8 (N, height, width, 3): zero is 128, each filter's own extreme is 0 or 255."""
        peak = np.abs(self.weights).max(axis=(1, 2, 3), keepdims=True, initial=1e-12)
        scaled = np.rint(127.5 + 127.5 * self.weights / peak).astype(np.uint8)
        return np.broadcast_to(scaled, (*scaled.shape[:3], 3)).copy()


@dataclass(frozen=True)
class Matrix(Payload):
    """A table of numbers as colours.

    values: float64 (rows, columns). rows, columns: their names (or empty). low, high: the scale;
    None takes the values' own. annotate: write each number (as in format()) in its cell.
    """

    values: Any
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    low: float | None = None
    high: float | None = None
    annotate: str = ""

    def __post_init__(self) -> None:
        values = _frozen(self.values, np.float64, 2, name="values")
        object.__setattr__(self, "values", values)
        _same_length(values.shape[0], "row names", self.rows)
        _same_length(values.shape[1], "column names", self.columns)


@dataclass(frozen=True)
class Histogram(Payload):
    """Counts between edges. edges: float64 (N + 1,), rising. series: name -> float64 (N,)."""

    edges: Any
    series: Mapping[str, Any]

    def __post_init__(self) -> None:
        edges = _frozen(self.edges, np.float64, 1, name="edges")
        if len(edges) < 2 or (np.diff(edges) <= 0).any():
            raise ValueError("edges must rise, and be two or more")
        series = {k: _frozen(v, np.float64, 1, name=k) for k, v in self.series.items()}
        for name, counts in series.items():
            if len(counts) != len(edges) - 1:
                raise ValueError(f"{name}: {len(counts)} counts between {len(edges)} edges")
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "series", series)


@dataclass(frozen=True)
class Table(Payload):
    """Rows of text and numbers under named columns. highlight: the row set in bold, or None."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]
    highlight: int | None = None

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells under {len(self.columns)} columns")
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", tuple(tuple(row) for row in self.rows))


@dataclass(frozen=True)
class Surface(Payload):
    """A function of two variables. x: (columns,), y: (rows,), z: float64 (rows, columns)."""

    x: Any
    y: Any
    z: Any

    def __post_init__(self) -> None:
        for name, axes in (("x", 1), ("y", 1), ("z", 2)):
            value = _frozen(getattr(self, name), np.float64, axes, name=name)
            object.__setattr__(self, name, value)
        if self.z.shape != (len(self.y), len(self.x)):
            raise ValueError(f"z is {self.z.shape} over {len(self.y)} y and {len(self.x)} x")


@dataclass(frozen=True)
class Scatter(Payload):
    """Points in a plane, in the colour of their class or of a number.

    points: float64 (N, 2), x and y; a point that is not finite is not drawn. classes: int64 (N,),
    each the index of a name in `names`; or values: float64 (N,), read by a scale from low to high
    (None: the values' own ends) whose name with its unit is `label`; or neither, for one colour.
    captions: what the pointer reads at each point, or none. selected: the index of the point that
    is framed as chosen, or None.
    """

    points: Any
    classes: Any = None
    names: Sequence[str] = ()
    values: Any = None
    label: str = ""
    low: float | None = None
    high: float | None = None
    captions: Sequence[str] = ()
    selected: int | None = None

    def __post_init__(self) -> None:
        points = _frozen(self.points, np.float64, 2, name="points")
        if points.shape[1] != 2:
            raise ValueError(f"points must be (N, 2), not {points.shape}")
        if self.classes is not None and self.values is not None:
            raise ValueError("points are coloured by their classes or by values, not by both")
        for name, dtype in (("classes", np.int64), ("values", np.float64)):
            if (given := getattr(self, name)) is not None:
                given = _frozen(given, dtype, 1, name=name)
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
        _same_length(len(points), "captions", self.captions)

    def scale(self) -> tuple[float, float]:
        """The ends of the scale that the values are read by."""
        known = self.values[np.isfinite(self.values)] if self.values is not None else np.empty(0)
        low = self.low if self.low is not None else float(known.min(initial=np.inf))
        high = self.high if self.high is not None else float(known.max(initial=-np.inf))
        return (low, high) if low <= high else (0.0, 1.0)


@dataclass(frozen=True)
class Graph(Payload):
    """Boxes and arrows, drawn from left to right.

    nodes: name -> text in the box (lines parted by newlines). edges: (from, to) names.
    selected: the name of the node that is framed as chosen, or None.
    """

    nodes: Mapping[str, str]
    edges: Sequence[tuple[str, str]] = ()
    selected: str | None = None

    def __post_init__(self) -> None:
        for edge in self.edges:
            if unknown := set(edge) - set(self.nodes):
                raise ValueError(f"an edge names {sorted(unknown)}, which is no node")
        object.__setattr__(self, "nodes", dict(self.nodes))
        object.__setattr__(self, "edges", tuple(self.edges))


@dataclass(frozen=True)
class Note(Payload):
    """A sentence or a few, in plain text. tone: "good" or "bad" colours its edge."""

    text: str
    tone: Tone = field(default="")


KINDS: tuple[type[Payload], ...] = (
    *(Curve, Pictures, Overlay, Bars, Filters, Matrix),
    *(Histogram, Table, Surface, Scatter, Graph, Note),
)
