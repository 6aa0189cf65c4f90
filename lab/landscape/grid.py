"""A square grid of points, evaluated from coarse to fine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STRIDES = (4, 2, 1)


def passes(rows: int, columns: int) -> list[list[tuple[int, int]]]:
    """The (row, column) of each pass: every 4th, every 2nd, the rest; none twice.

    rows, columns: 4n + 1, so that the middle and the edges are in the first pass.
    """
    found: list[list[tuple[int, int]]] = [[] for _ in STRIDES]
    for row in range(rows):
        for column in range(columns):
            coarse = [row % s == 0 and column % s == 0 for s in STRIDES].index(True)
            found[coarse].append((row, column))
    return found


def filled(values: Floats) -> Floats:
    """`values` (rows, columns) with each NaN interpolated between the points of a coarser pass.

    All NaN where the first pass is not done.
    """
    result: Floats | None = None
    for stride in STRIDES:
        some = values[::stride, ::stride]
        if result is None:
            if np.isnan(some).any():
                return np.full_like(values, np.nan)
            result = some
        else:
            result = np.where(np.isnan(some), _doubled(result), some)
    assert result is not None
    return result


def _doubled(values: Floats) -> Floats:
    """(n, m) to (2n - 1, 2m - 1), linearly between neighbours."""
    rows, columns = values.shape
    wide = np.empty((rows, 2 * columns - 1))
    wide[:, ::2], wide[:, 1::2] = values, (values[:, :-1] + values[:, 1:]) / 2
    result = np.empty((2 * rows - 1, 2 * columns - 1))
    result[::2], result[1::2] = wide, (wide[:-1] + wide[1:]) / 2
    return result
