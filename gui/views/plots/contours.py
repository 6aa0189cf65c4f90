"""Contour lines of a function on a grid, by marching squares (Lorensen and Cline, 1987, in 2D)."""

from __future__ import annotations

import numpy as np

from gui.views.plots.axes import Points, step

# About this many levels.
_LEVELS = 8


def levels(low: float, high: float) -> Points:
    """Round numbers between the ends of a scale, without the ends."""
    if not high > low:
        return np.empty(0)
    by = step(low, high, _LEVELS)
    values = by * np.arange(np.floor(low / by) + 1, np.ceil(high / by))
    return values[(values > low) & (values < high)]


def log_levels(low: float, high: float) -> Points:
    """The same for a logarithmic scale: 1, 2 and 5 times powers of ten, or the powers alone."""
    if not 0 < low < high:
        return np.empty(0)
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    values = np.sort(np.concatenate([powers, 2 * powers, 5 * powers]))
    values = values if high / low < 1e4 else powers
    return values[(values > low) & (values < high)]


def segments(x: Points, y: Points, z: Points, level: float) -> Points:
    """Where z, interpolated linearly, is `level`: N segments, (N, 2, 2), both ends as (x, y).

    x: (columns,) and y: (rows,), rising; z: (rows, columns). A cell with a corner that is not
    finite has none.
    """
    if min(z.shape) < 2:
        return np.empty((0, 2, 2))
    corners = np.stack([z[:-1, :-1], z[:-1, 1:], z[1:, 1:], z[1:, :-1]])
    above = corners > level
    crossed = above != np.roll(above, -1, 0)
    cells = np.isfinite(corners).all(0) & crossed.any(0)
    rows, columns = np.nonzero(cells)
    corners, above, crossed = corners[:, cells], above[:, cells], crossed[:, cells]
    # Around each cell from its first corner: (edge, cell).
    at_x = np.stack([x[columns], x[columns + 1], x[columns + 1], x[columns]])
    at_y = np.stack([y[rows], y[rows], y[rows + 1], y[rows + 1]])
    following = np.roll(corners, -1, 0)
    share = (level - corners) / np.where(crossed, following - corners, 1.0)
    places = np.stack(
        [
            at_x + share * (np.roll(at_x, -1, 0) - at_x),
            at_y + share * (np.roll(at_y, -1, 0) - at_y),
        ],
        -1,
    )
    saddle = crossed.all(0)
    plain = np.flatnonzero(~saddle)
    first, last = crossed.argmax(0), 3 - crossed[::-1].argmax(0)
    found = [np.stack([places[first[plain], plain], places[last[plain], plain]], 1)]
    # A saddle has four crossings: the mean of the corners decides which of them are connected.
    joined = (corners.mean(0) > level) == above[0]
    for cells_of, pairs in ((joined, ((0, 1), (2, 3))), (~joined, ((0, 3), (1, 2)))):
        some = np.flatnonzero(saddle & cells_of)
        found += [np.stack([places[a, some], places[b, some]], 1) for a, b in pairs]
    return np.concatenate(found)
