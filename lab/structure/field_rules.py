"""What each operation does to receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt

from lab.structure import bounds as rules
from lab.structure.bounds import Bounds
from lab.structure.trace import INPUT, Operation


@dataclass(frozen=True)
class Axis:
    """Rows or columns by the closed form: unit i sees `size` pixels from start + i * jump on."""

    size: int = 1
    jump: float = 1
    start: int = 0

    def windowed(self, kernel: int, stride: float, padding: int, dilation: int = 1) -> Axis:
        """Of windows over these units."""
        more = round((kernel - 1) * dilation * self.jump)
        return Axis(self.size + more, self.jump * stride, self.start - round(padding * self.jump))


@dataclass(frozen=True)
class State:
    """An operation's result.

    rows, columns: its bounds. axes: of rows and columns in its shape; () where they are gone.
    plain: rows and columns by the closed form, None where there is none. whole: each value depends
    on the whole input.
    """

    shape: tuple[int, ...]
    rows: Bounds
    columns: Bounds
    axes: tuple[int, ...]
    plain: tuple[Axis, Axis] | None
    whole: bool = False

    def mapped(
        self,
        shape: tuple[int, ...],
        change: Callable[[Bounds], Bounds],
        axes: tuple[int, ...],
        plain: tuple[Axis, Axis] | None,
    ) -> State:
        """With a change of both bounds."""
        rows, columns = change(self.rows), change(self.columns)
        return State(shape, rows, columns, axes, plain, self.whole)

    def over(self, shape: tuple[int, ...], axes: Sequence[int]) -> State:
        """Each value now depends on all those along these axes."""
        axes = [axis % len(self.shape) for axis in axes]
        plain = None if set(axes) & set(self.axes) else self.plain
        mixed = self.mapped(shape, lambda b: rules.hull(b, axes), self.axes, plain)
        differed = any(max(b.shape[1:]) > 1 for b in (self.rows, self.columns))
        same = all(max(b.shape[1:]) == 1 for b in (mixed.rows, mixed.columns))
        return mixed.all(shape, self.axes) if differed and same else mixed

    def all(self, shape: tuple[int, ...], axes: tuple[int, ...] = ()) -> State:
        """Each value now depends on whatever any of them did."""
        rank = len(shape)
        rows, columns = (rules.everything(b, rank) for b in (self.rows, self.columns))
        return State(shape, rows, columns, axes, None, True)


# What computes each value from the one at its place, whatever the channels (the last but two axes,
# or the last of all): the bounds are the same along these.
_IN_PLACE = {
    *("BatchNorm1d", "BatchNorm2d", "LayerNorm", "LayerNorm2d", "LocalResponseNorm"),
    *("ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish"),
    *("Sigmoid", "Hardsigmoid", "Tanh", "Hardtanh", "Hardswish", "Softplus", "Softsign", "sin"),
    *("Identity", "Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "FeatureAlphaDropout"),
    *("StochasticDepth", "tanh", "exp", "sqrt", "abs", "neg", "pow", "clamp", "softplus"),
    *("leaky_relu", "elu", "hardtanh", "hardsigmoid", "square", "DropConnect"),
}
_TOGETHER = {"add", "subtract", "multiply", "divide", "maximum", "minimum", "where"}
_WINDOWS = ("Conv2d", "MaxPool2d", "AvgPool2d", "LPPool2d")


def result_of(operation: Operation, inputs: Sequence[State]) -> State:
    """What the result of an operation depends on, given that of its inputs."""
    kind, shape = operation.kind, operation.shape
    rank = len(shape)
    if kind == INPUT:
        rows, columns = (rules.of_pixels(shape[axis], axis, rank) for axis in (2, 3))
        return State(shape, rows, columns, (2, 3), (Axis(), Axis()))
    if not inputs:
        nothing = rules.nothing(rank)
        return State(shape, nothing, nothing, (), None)
    first = inputs[0]
    if kind == "concatenate":
        return _concatenated(operation, inputs)
    if kind in _TOGETHER or (kind in _IN_PLACE and len(inputs) > 1):
        return _joined(shape, inputs)
    if len(inputs) == 1 and (rule := _RULES.get(kind)):
        return rule(operation, first)
    if kind in _IN_PLACE:
        return first.mapped(shape, lambda b: b, first.axes, first.plain)
    # Anything else may mix all that it takes.
    return _joined((1,), [each.all((1,)) for each in inputs]).all(shape)


def _windows(operation: Operation, given: State) -> State:
    pairs = (operation.kernel, operation.stride, operation.padding, operation.dilation)
    geometry = [tuple(pair[k] for pair in pairs if pair) for k in range(2)]
    shape = operation.shape
    axes = (len(shape) - 2, len(shape) - 1)
    sides = [given.rows, given.columns]
    if operation.kind.startswith("Conv") and operation.groups == 1:
        sides = [rules.hull(side, [len(shape) - 3]) for side in sides]
    for k, axis in enumerate(axes):
        for which, side in enumerate(sides):
            # Bounds that are the same along an axis are so of any window along it.
            if side.shape[axis + 1] > 1:
                sides[which] = rules.windowed(side, axis, shape[axis], *geometry[k])
    plain = given.plain and (
        given.plain[0].windowed(*geometry[0]),
        given.plain[1].windowed(*geometry[1]),
    )
    return State(shape, sides[0], sides[1], axes, plain, given.whole)


def _adaptive(operation: Operation, given: State) -> State:
    shape = operation.shape
    axes = (len(shape) - 2, len(shape) - 1)
    if shape[-2:] == (1, 1):
        return given.all(shape, axes)
    sides = [given.rows, given.columns]
    for axis in axes:
        sides = [
            rules.adaptive(side, axis, shape[axis]) if side.shape[axis + 1] > 1 else side
            for side in sides
        ]
    plain = None
    if given.plain:
        kernels = [-(-given.shape[axis] // shape[axis]) for axis in axes]
        ratios = [given.shape[axis] / shape[axis] for axis in axes]
        for k, axis in enumerate(axes):
            if given.shape[axis] % shape[axis]:
                windows = range(shape[axis])
                n, m = given.shape[axis], shape[axis]
                kernels[k] = max(-(-(i + 1) * n // m) - i * n // m for i in windows)
        plain = (
            given.plain[0].windowed(kernels[0], ratios[0], 0),
            given.plain[1].windowed(kernels[1], ratios[1], 0),
        )
    return State(shape, sides[0], sides[1], axes, plain, given.whole)


def _linear(operation: Operation, given: State) -> State:
    return given.over(operation.shape, [-1])


def _attention(operation: Operation, given: State) -> State:
    return given.over(operation.shape, [-2, -1])


def _softmax(operation: Operation, given: State) -> State:
    return given.over(operation.shape, [operation.more.get("axis", -1)])


def _mean(operation: Operation, given: State) -> State:
    axes = operation.more.get("axis", 0)
    axes = [axis % len(given.shape) for axis in ([axes] if isinstance(axes, int) else axes)]
    if set(given.axes) <= set(axes):
        return given.all(operation.shape)
    kept = given.over(given.shape, axes)
    if len(operation.shape) == len(given.shape):
        return kept
    return _reshaped_to(
        kept, tuple(1 if a in axes else n for a, n in enumerate(given.shape)), operation.shape
    )


def _reshape(operation: Operation, given: State) -> State:
    return _reshaped_to(given, given.shape, operation.shape)


def _reshaped_to(given: State, before: tuple[int, ...], shape: tuple[int, ...]) -> State:
    places = {
        old[0]: new[0] for old, new in rules.groups(before, shape) if len(old) == len(new) == 1
    }
    axes = tuple(places[axis] for axis in given.axes if axis in places)
    lost = len(axes) < len(given.axes)
    plain = None if lost else given.plain
    return given.mapped(
        shape, lambda b: rules.reshaped(b, before, shape), () if lost else axes, plain
    )


def _permute(operation: Operation, given: State) -> State:
    order = operation.more["axes"]
    axes = tuple(order.index(axis) for axis in given.axes)
    turned = (0, *(axis + 1 for axis in order))
    return given.mapped(operation.shape, lambda b: b.transpose(turned), axes, given.plain)


def _slice(operation: Operation, given: State) -> State:
    start, step = operation.more.get("start"), operation.more.get("step")
    if start is None or step is None:
        return given.all(operation.shape)
    kept = [axis for axis, by in enumerate(step) if by]
    axes = tuple(kept.index(axis) for axis in given.axes if axis in kept)
    plain = None
    if len(axes) == len(given.axes) and given.plain:
        sides = [
            Axis(side.size, side.jump * step[axis], side.start + round(start[axis] * side.jump))
            for side, axis in zip(given.plain, given.axes, strict=True)
        ]
        plain = sides[0], sides[1]
    shape = operation.shape
    axes = axes if len(axes) == len(given.axes) else ()
    return given.mapped(shape, lambda b: rules.sliced(b, start, step, shape), axes, plain)


def _split(operation: Operation, given: State) -> State:
    axis = operation.more.get("axis", 0) % len(given.shape)
    if len(operation.shape) != len(given.shape):
        return given.all(operation.shape)
    return given.over(operation.shape, [axis])


def _pad(operation: Operation, given: State) -> State:
    widths, rank = operation.more["widths"], len(given.shape)
    pairs = {rank - 1 - k // 2: widths[k : k + 2] for k in range(0, len(widths), 2)}

    def changed(bounds: Bounds) -> Bounds:
        for axis, (before, after) in pairs.items():
            # Along an axis of equal values, channels for instance, the added ones change nothing.
            if bounds.shape[axis + 1] > 1:
                bounds = rules.padded(bounds, axis, before, after, given.shape[axis])
        return bounds

    plain = None
    if given.plain:
        sides = [
            side.windowed(1, 1, pairs.get(axis, (0, 0))[0])
            for side, axis in zip(given.plain, given.axes, strict=True)
        ]
        plain = sides[0], sides[1]
    return given.mapped(operation.shape, changed, given.axes, plain)


def _window_attention(operation: Operation, given: State) -> State:
    window, shift = operation.more["window"], operation.more["shift"]
    counts = operation.shape[1:3]
    labels = [rules.window_labels(counts[k], window[k], shift[k]) for k in range(2)]

    def changed(bounds: Bounds) -> Bounds:
        for k in range(2):
            bounds = rules.grouped(bounds, k + 1, labels[k])
        return rules.hull(bounds, [3])

    return given.mapped(operation.shape, changed, given.axes, None)


def _partition(operation: Operation, given: State) -> State:
    """(1, C, H, W) to (1, windows, places in a window, C)."""
    _, channels, rows, columns = given.shape
    edge = isqrt(operation.shape[2])
    parts = (1, channels, rows // edge, edge, columns // edge, edge)

    def changed(bounds: Bounds) -> Bounds:
        apart = rules.reshaped(bounds, given.shape, parts).transpose(0, 1, 3, 5, 4, 6, 2)
        turned = (1, parts[2], parts[4], edge, edge, channels)
        return rules.reshaped(apart, turned, operation.shape)

    return given.mapped(operation.shape, changed, (), None)


def _departition(operation: Operation, given: State) -> State:
    """(1, windows, places in a window, C) to (1, C, H, W)."""
    _, channels, rows, columns = operation.shape
    edge = isqrt(given.shape[2])
    parts = (1, rows // edge, columns // edge, edge, edge, channels)

    def changed(bounds: Bounds) -> Bounds:
        apart = rules.reshaped(bounds, given.shape, parts).transpose(0, 1, 6, 2, 4, 3, 5)
        turned = (1, channels, parts[1], edge, parts[2], edge)
        return rules.reshaped(apart, turned, operation.shape)

    return given.mapped(operation.shape, changed, (2, 3), None)


def _group_norm(operation: Operation, given: State) -> State:
    return given.all(operation.shape)


_RULES: dict[str, Callable[[Operation, State], State]] = {
    **dict.fromkeys(_WINDOWS, _windows),
    **dict.fromkeys(("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"), _adaptive),
    **dict.fromkeys(("reshape", "flatten", "Flatten", "Unflatten"), _reshape),
    **{"Linear": _linear, "Softmax": _softmax, "mean": _mean, "permute": _permute},
    **{"slice": _slice, "split": _split, "pad": _pad},
    **{"MultiheadAttention": _attention, "attention": _attention},
    **{"window attention": _window_attention},
    **{"window partition": _partition, "window departition": _departition},
    **dict.fromkeys(("GroupNorm", "InstanceNorm2d"), _group_norm),
}


def _concatenated(operation: Operation, inputs: Sequence[State]) -> State:
    axis = operation.more.get("axis", 0) % len(operation.shape)
    joined = _joined(operation.shape, inputs)
    if joined.whole:
        return joined
    rows, columns = (
        rules.concatenated([(getattr(each, side), each.shape[axis]) for each in inputs], axis)
        for side in ("rows", "columns")
    )
    same = all(b.shape[axis + 1] == 1 for b in (rows, columns))
    plain = joined.plain if same else None
    return State(operation.shape, rows, columns, joined.axes, plain)


def _joined(shape: tuple[int, ...], inputs: Sequence[State]) -> State:
    """Of values made of one value of each input."""
    rows, columns = (
        rules.joined([getattr(each, side) for each in inputs]) for side in ("rows", "columns")
    )
    seeing = [each for each in inputs if each.axes]
    axes = next((each.axes for each in seeing if len(each.shape) == len(shape)), ())
    plain = None
    if seeing and all(each.plain and each.axes == axes for each in seeing):
        sides = [_union([each.plain[k] for each in seeing if each.plain]) for k in range(2)]
        plain = sides[0], sides[1]
    whole = any(each.whole for each in inputs)
    return State(shape, rows, columns, axes, plain, whole)


def _union(sides: Sequence[Axis]) -> Axis:
    """The hull of several fields of the same unit."""
    start = min(side.start for side in sides)
    end = max(side.start + side.size for side in sides)
    return Axis(end - start, max(side.jump for side in sides), start)
