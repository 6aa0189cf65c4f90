"""Positions grouped into batches that are computed as rectangles of one size.

A batch computes the largest of its rectangles for each of its positions. Large batches waste work
on the smaller ones, small batches pay the fixed cost of a batch more often.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# Fixed cost of a batch, as a fraction of an average full one: measured on two cores.
FIXED_COST = 0.2
# Number of positions grouped at a time, which takes about 20 ms whatever the stride.
BLOCK = 1024


def batches(heights: Ints, widths: Ints, channels: Ints, most: int) -> Iterator[slice]:
    """Yield slices of positions, batches of at most `most`, with a low total cost.

    heights, widths: pixels that change, (values, positions), similar positions next to each other.
    channels: of each value. The cost is the number of activations computed.
    """
    for begin in range(0, heights.shape[1], BLOCK):
        block = slice(begin, begin + BLOCK)
        ends = _ends(heights[:, block], widths[:, block], channels, most)
        yield from (slice(begin + i, begin + j) for i, j in pairwise([0, *ends]))


def ordered(sizes: tuple[Ints, Ints], chosen: tuple[Ints, Ints]) -> Ints:
    """Indices that sort positions so that neighbours change rectangles of similar sizes.

    sizes: pixels that change along (vertical, horizontal), (values, intervals). chosen: the index
    of each position's interval along both axes.
    """
    # Intervals with the same sizes in all values get one number.
    rows, columns = (
        np.unique(s, axis=1, return_inverse=True)[1].reshape(-1)[c]
        for s, c in zip(sizes, chosen, strict=True)
    )
    return np.lexsort((columns, rows))


def _ends(heights: Ints, widths: Ints, channels: Ints, most: int) -> list[int]:
    """The ends of the batches in the cheapest split of positions in this order."""
    count = heights.shape[1]
    # Values with the same rectangles count as one: a convolution, its activation, the next layer.
    both, same = np.unique(np.hstack([heights, widths]), axis=0, return_inverse=True)
    heights, widths = both[:, :count], both[:, count:]
    channels = np.bincount(same.reshape(-1), channels, len(both)).astype(np.int64)
    fixed = FIXED_COST * most * float((channels @ (heights * widths)).mean())
    # The least cost of the first n positions, and where the last of their batches begins.
    cost = np.full(count + 1, np.inf)
    cost[0] = 0
    begins = np.zeros(count + 1, np.int64)
    for i in range(count):
        # Batches that begin at i, of one position, two, and so on.
        area = np.maximum.accumulate(heights[:, i : i + most], 1)
        area = area * np.maximum.accumulate(widths[:, i : i + most], 1)
        lengths = np.arange(1, area.shape[1] + 1)
        found = cost[i] + fixed + (channels @ area) * lengths
        better = i + lengths[found < cost[i + lengths]]
        cost[better], begins[better] = found[better - i - 1], i
    ends = [count]
    while begins[ends[-1]]:
        ends.append(int(begins[ends[-1]]))
    return ends[::-1]
