"""Positions put into batches that are computed together, as rectangles of one size.

A batch computes for each of its positions what the largest needs. Few and large batches waste
that, many and small ones lose the time that a batch takes of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# What a batch takes of itself, over the time of a full one of mean size: measured on two cores.
ALONE = 0.2
# So many positions are split at a time: in about 20 ms, whatever the stride.
BLOCK = 1024


def batches(heights: Ints, widths: Ints, channels: Ints, most: int) -> Iterator[slice]:
    """Yield slices of positions, each in one batch of at most `most`, at little cost together.

    heights, widths: pixels that change, (values, positions), in an order that puts like ones side
    by side; channels: of each value. The cost is how many numbers are computed.
    """
    for begin in range(0, heights.shape[1], BLOCK):
        block = slice(begin, begin + BLOCK)
        ends = _ends(heights[:, block], widths[:, block], channels, most)
        yield from (slice(begin + i, begin + j) for i, j in pairwise([0, *ends]))


def ordered(sizes: tuple[Ints, Ints], chosen: tuple[Ints, Ints]) -> Ints:
    """Positions sorted so that neighbours change rectangles of like sizes.

    sizes: pixels that change along (vertical, horizontal), (values, intervals); chosen: which
    intervals the positions are.
    """
    # Intervals with the same sizes throughout are one kind.
    rows, columns = (
        np.unique(s, axis=1, return_inverse=True)[1].reshape(-1)[c]
        for s, c in zip(sizes, chosen, strict=True)
    )
    return np.lexsort((columns, rows))


def _ends(heights: Ints, widths: Ints, channels: Ints, most: int) -> list[int]:
    """Where batches of positions in this order end so that no other split is cheaper."""
    count = heights.shape[1]
    # Many values change the same rectangles: a convolution, its activation, the next pointwise one.
    both, same = np.unique(np.hstack([heights, widths]), axis=0, return_inverse=True)
    heights, widths = both[:, :count], both[:, count:]
    channels = np.bincount(same.reshape(-1), channels, len(both)).astype(np.int64)
    alone = ALONE * most * float((channels @ (heights * widths)).mean())
    # The least cost of the first n positions, and where the last of their batches begins.
    cost = np.full(count + 1, np.inf)
    cost[0] = 0
    begins = np.zeros(count + 1, np.int64)
    for i in range(count):
        # Batches from i on, of one position, two, and so on.
        area = np.maximum.accumulate(heights[:, i : i + most], 1)
        area = area * np.maximum.accumulate(widths[:, i : i + most], 1)
        lengths = np.arange(1, area.shape[1] + 1)
        found = cost[i] + alone + (channels @ area) * lengths
        better = i + lengths[found < cost[i + lengths]]
        cost[better], begins[better] = found[better - i - 1], i
    ends = [count]
    while begins[ends[-1]]:
        ends.append(int(begins[ends[-1]]))
    return ends[::-1]
