"""Theoretical receptive fields: the pixels that a unit of a network can depend on.

Araujo, Norris and Sim, 2019, "Computing Receptive Fields of Convolutional Neural Networks", for
size, stride and start. Beyond that the exact box of each unit: padding sees nothing, a window that
hangs over the edge sees less, and attention in windows sees its windows. Where branches join, a
field is their hull. Of attention under a mask what the mask leaves counts (its weights are
exp(-100), nothing in float32).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from lab.structure.bounds import NOTHING, Bounds
from lab.structure.field_rules import State, result_of
from lab.structure.trace import Trace

Box = tuple[int, int, int, int]
"""(left, top, width, height) in pixels of the image."""


@dataclass(frozen=True)
class Field:
    """The receptive fields of one operation's units.

    size: (rows, columns) in pixels, padding included, as if the image went on. Where the fields of
    one layer differ in size (attention in windows), the largest inside the image. stride: pixels
    between the fields of neighbouring units ("jump"); start: the first row and column that unit
    (0, 0) sees, negative in the padding. whole: each unit depends on all that the network reads of
    the image (linear layers, global pooling, attention over all tokens, squeeze-and-excitation);
    then size is that of its box, stride 0 and start that box's corner. units: the places of the
    result, (rows, columns), (tokens,), or () where it has none. axes: theirs in the result.
    """

    size: tuple[int, int]
    stride: tuple[float, float]
    start: tuple[int, int]
    whole: bool
    units: tuple[int, ...]
    axes: tuple[int, ...]
    _rows: Bounds = field(repr=False, compare=False)
    _columns: Bounds = field(repr=False, compare=False)

    def box(self, *place: int) -> Box:
        """The exact box of a unit, inside the image; (0, 0, 0, 0) for one that sees nothing.

        place: as in `units`. Where it is the image's border that ends a field, or a stride that
        leaves pixels over, the box is smaller than `size`. IndexError for a place that there is
        not.
        """
        if len(place) != len(self.units) or any(
            not 0 <= at < count for at, count in zip(place, self.units, strict=True)
        ):
            raise IndexError(f"no unit {place} of {self.units}")
        top, height = self._side(self._rows, place)
        left, width = self._side(self._columns, place)
        return (left, top, width, height) if width and height else (0, 0, 0, 0)

    def sees(self, box: Box) -> tuple[bool, bool]:
        """Whether the unit in the middle sees all of a box, and whether all units do."""
        left, top, width, height = box
        ends = [(self._rows, top, height), (self._columns, left, width)]
        every = all((b[0] <= at).all() and (-b[1] >= at + n - 1).all() for b, at, n in ends)
        if every or not self.units:
            return every, every
        x, y, wide, high = self.box(*(count // 2 for count in self.units))
        middle = x <= left and y <= top and x + wide >= left + width and y + high >= top + height
        return middle, every

    def _side(self, sides: Bounds, place: Sequence[int]) -> tuple[int, int]:
        index: list[int | slice] = [slice(None)] * sides.ndim
        for axis, at in zip(self.axes, place, strict=True):
            index[axis + 1] = at if sides.shape[axis + 1] > 1 else 0
        return _extent(sides[tuple(index)])


def fields(trace: Trace) -> tuple[Field, ...]:
    """The receptive field of each operation of a trace, in its order."""
    states: list[State] = []
    for operation in trace.operations:
        inputs = [states[i] for i in operation.inputs]
        state = result_of(operation, inputs)
        # Where any part of it sees everything, it does so everywhere.
        states.append(state.all(state.shape, state.axes) if state.whole else state)
    return tuple(_field(state) for state in states)


def index_of(trace: Trace, path: str) -> int:
    """The operation whose result is what the module at `path` returns: at its first call.

    Of a module of several operations, the last of them. KeyError where there is none.
    """
    for i, each in enumerate(trace.operations):
        if each.name == path:
            return i
    inside = [
        i
        for i, each in enumerate(trace.operations)
        if each.path == path or each.path.startswith(f"{path}.")
    ]
    if not inside:
        raise KeyError(path)
    return inside[-1]


def depths(trace: Trace) -> list[int]:
    """For each operation, the layers with weights on the longest way to its result, it included."""
    found: list[int] = []
    for each in trace.operations:
        found.append(each.layers + max((found[i] for i in each.inputs), default=0))
    return found


def sizes_by_depth(trace: Trace, known: Sequence[Field]) -> dict[int, int]:
    """Layers with weights so far -> edge in pixels of the largest field there.

    Of the operations whose results have several places. known: of `fields`.
    """
    found: dict[int, int] = {}
    for depth, each in zip(depths(trace), known, strict=True):
        if prod(each.units) > 1:
            found[depth] = max(found.get(depth, 0), *each.size)
    return found


def _field(state: State) -> Field:
    axes = state.axes or _token_axes(state)
    units = tuple(state.shape[axis] for axis in axes)
    if state.whole:
        left, width = _extent(state.columns)
        top, height = _extent(state.rows)
        size, stride, start = (height, width), (0.0, 0.0), (top, left)
    elif state.plain:
        down, across = state.plain
        size, stride = (down.size, across.size), (down.jump, across.jump)
        start = (down.start, across.start)
    else:
        size = (_largest(state.rows), _largest(state.columns))
        stride, start = (0.0, 0.0), (0, 0)
    return Field(size, stride, start, state.whole, units, axes, state.rows, state.columns)


def _extent(bounds: Bounds) -> tuple[int, int]:
    first, last = (int(end) for end in bounds.reshape(2, -1).min(1))
    return (0, 0) if first == NOTHING else (first, -last - first + 1)


def _largest(bounds: Bounds) -> int:
    seeing = bounds[0] != NOTHING
    return int((-bounds[1] - bounds[0] + 1)[seeing].max(initial=0))


def _token_axes(state: State) -> tuple[int, ...]:
    """Of (1, tokens, C) or (1, C, tokens), and of windows of tokens, (1, windows, tokens, C)."""
    rank = len(state.shape)
    if rank < 3:
        return ()
    lengths = zip(state.rows.shape[1:], state.columns.shape[1:], strict=True)
    differing = tuple(axis for axis, both in enumerate(lengths) if max(both) > 1)
    return differing or tuple(range(1, rank - 1))
