"""Which rows, or columns, of the image each value of a network's tensors depends on.

Bounds are int32 (2, *shape): the first pixel and minus the last one, so that the hull of several is
their least. An axis along which they are the same for all values has length 1. What depends on
nothing has NOTHING in both. Rows and columns are followed apart, since the hull of rectangles is
the hull of their sides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Bounds = NDArray[np.int32]
Shape = tuple[int, ...]

NOTHING = np.int32(2**30)


def of_pixels(count: int, axis: int, rank: int) -> Bounds:
    """Of the image itself: pixel i of `axis` depends on pixel i."""
    pixels = np.arange(count, dtype=np.int32)
    shape = [1] * rank
    shape[axis] = count
    return np.stack([pixels, -pixels]).reshape(2, *shape)


def nothing(rank: int) -> Bounds:
    """Of constants."""
    return np.full((2, *[1] * rank), NOTHING, np.int32)


def hull(bounds: Bounds, axes: Sequence[int]) -> Bounds:
    """What all values along these axes of the tensor depend on together; the axes are kept."""
    return np.asarray(bounds.min(tuple(axis + 1 for axis in axes), keepdims=True))


def everything(bounds: Bounds, rank: int) -> Bounds:
    """What all values together depend on, for a tensor of `rank` axes."""
    return np.asarray(bounds.reshape(2, -1).min(1).reshape(2, *[1] * rank))


def joined(several: Sequence[Bounds]) -> Bounds:
    """What values made of one value of each depend on; they broadcast as tensors do."""
    rank = max(each.ndim for each in several)
    result = None
    for each in several:
        # Missing axes come first, after the pair.
        wide = each.reshape(2, *[1] * (rank - each.ndim), *each.shape[1:])
        result = wide if result is None else np.minimum(result, wide)
    assert result is not None
    return result


def windowed(
    bounds: Bounds, axis: int, count: int, kernel: int, stride: int, padding: int, dilation: int
) -> Bounds:
    """Of `count` windows along an axis: window i begins at i * stride - padding.

    What lies beyond the ends is padding and depends on nothing, also where the last window hangs
    over (ceil_mode).
    """
    length = bounds.shape[axis + 1]
    first = np.arange(count)[:, None] * stride - padding
    places = first + np.arange(kernel)[None, :] * dilation
    inside = (places >= 0) & (places < length)
    moved = np.moveaxis(bounds, axis + 1, -1)[..., np.clip(places, 0, length - 1)]
    return _back(np.where(inside, moved, NOTHING).min(-1), axis)


def adaptive(bounds: Bounds, axis: int, count: int) -> Bounds:
    """Of adaptive pooling to `count` windows: window i from floor(i n / count) to the ceiling."""
    length = bounds.shape[axis + 1]
    moved = np.moveaxis(bounds, axis + 1, -1)
    parts = [
        moved[..., i * length // count : -(-(i + 1) * length // count)].min(-1)
        for i in range(count)
    ]
    return _back(np.stack(parts, -1), axis)


def grouped(bounds: Bounds, axis: int, labels: NDArray[np.int_]) -> Bounds:
    """Each value along an axis depends on all values with its label: attention in windows."""
    if bounds.shape[axis + 1] == 1:
        return bounds
    moved = np.moveaxis(bounds, axis + 1, -1)
    result = np.empty_like(moved)
    for label in np.unique(labels):
        mask = labels == label
        result[..., mask] = moved[..., mask].min(-1, keepdims=True)
    return _back(result, axis)


def padded(bounds: Bounds, axis: int, before: int, after: int, length: int) -> Bounds:
    """With values that depend on nothing added at both ends; cut off where negative.

    length: of the axis before that, where the bounds are the same along it.
    """
    if before == after == 0:
        return bounds
    moved = np.moveaxis(bounds, axis + 1, -1)
    if moved.shape[-1] == 1:
        moved = np.broadcast_to(moved, (*moved.shape[:-1], length))
    moved = moved[..., max(-before, 0) : moved.shape[-1] - max(-after, 0)]
    widths = [(0, 0)] * (moved.ndim - 1) + [(max(before, 0), max(after, 0))]
    return _back(np.pad(moved, widths, constant_values=NOTHING), axis)


def concatenated(several: Sequence[tuple[Bounds, int]], axis: int) -> Bounds:
    """Of (bounds, length along the axis): one after another along an axis.

    Where none of them differs along it, as along channels, each value counts as depending on what
    all of them depend on: the hull of the branches.
    """
    rank = several[0][0].ndim - 1
    axis %= rank
    if all(bounds.shape[axis + 1] == 1 for bounds, _ in several):
        return joined([bounds for bounds, _ in several])
    other = np.broadcast_shapes(
        *((*b.shape[: axis + 1], 1, *b.shape[axis + 2 :]) for b, _ in several)
    )
    wide = [
        np.broadcast_to(b, (*other[: axis + 1], length, *other[axis + 2 :]))
        for b, length in several
    ]
    return np.concatenate(wide, axis + 1)


def sliced(bounds: Bounds, start: Sequence[int], step: Sequence[int], shape: Shape) -> Bounds:
    """Of x[...]: start and step along each axis of x; a step of 0 takes one value, without axis.

    shape: of the result.
    """
    lengths = iter(shape)
    index: list[slice | int] = [slice(None)]
    for axis, (first, by) in enumerate(zip(start, step, strict=True)):
        same = bounds.shape[axis + 1] == 1
        if not by:
            index.append(0 if same else first)
            continue
        count = next(lengths)
        index.append(slice(None) if same else slice(first, first + by * (count - 1) + 1, by))
    return np.asarray(bounds[tuple(index)])


def reshaped(bounds: Bounds, before: Shape, after: Shape) -> Bounds:
    """Of a reshape from one shape to another, in C order."""
    parts, shape = [], []
    for old, new in groups(before, after):
        kept = [bounds.shape[axis + 1] for axis in old]
        if all(length == 1 for length in kept):
            parts.append(kept)
            shape += [1] * len(new)
        else:
            parts.append([before[axis] for axis in old])
            shape += [after[axis] for axis in new]
    full = [length for part in parts for length in part]
    return np.broadcast_to(bounds, (2, *full)).reshape(2, *shape)


def groups(before: Shape, after: Shape) -> list[tuple[list[int], list[int]]]:
    """The axes of two shapes of one size, in the smallest groups with equal numbers of values."""
    found: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(before) or j < len(after):
        ends = i == len(before), j == len(after)
        # An axis of length 1 comes and goes by itself.
        if ends[1] or (not ends[0] and before[i] == 1 != after[j]):
            found.append(([i], []))
            i += 1
            continue
        if ends[0] or after[j] == 1 != before[i]:
            found.append(([], [j]))
            j += 1
            continue
        old, new = [i], [j]
        i, j = i + 1, j + 1
        while (left := _product(before, old)) != (right := _product(after, new)):
            if left < right:
                old.append(i)
                i += 1
            else:
                new.append(j)
                j += 1
        found.append((old, new))
    return found


def window_labels(count: int, window: int, shift: int) -> NDArray[np.int_]:
    """Of `count` places in a row: those that attend to one another in a shifted window (Swin).

    The row is padded to whole windows and rolled by the shift. The mask of Liu et al., 2021, keeps
    apart what was not together before that.
    """
    whole = -(-count // window) * window
    if window >= whole:
        shift = 0
    rolled = (np.arange(count) - shift) % whole
    wrapped = (rolled >= whole - shift) if shift else np.zeros(count, bool)
    return np.asarray(rolled // window * 2 + wrapped)


def _product(shape: Shape, axes: Sequence[int]) -> int:
    return math.prod(shape[axis] for axis in axes)


def _back(moved: Bounds, axis: int) -> Bounds:
    return np.moveaxis(moved, -1, axis + 1)
