"""Figures of a surface that was measured on a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def least_curvature(z: Floats) -> Floats:
    """The smaller eigenvalue of the 2 x 2 Hessian of a surface, by central differences.

    z: (rows, columns), 3 or more of each, of a grid with the same step in both axes, which is the
    unit: (rows - 2, columns - 2), of the inner points.
    """
    inner = z[1:-1, 1:-1]
    across = z[1:-1, 2:] - 2 * inner + z[1:-1, :-2]
    along = z[2:, 1:-1] - 2 * inner + z[:-2, 1:-1]
    mixed = (z[2:, 2:] - z[2:, :-2] - z[:-2, 2:] + z[:-2, :-2]) / 4
    least = (across + along) / 2 - np.sqrt(((across - along) / 2) ** 2 + mixed**2)
    return np.asarray(least)


def roughness(z: Floats) -> float:
    """The share of the inner points at which the surface is not convex, in [0, 1].

    There the smaller eigenvalue of its Hessian is negative (compare Li et al., 2018, section 6, who
    look at the Hessian of all weights). 0 for any convex function. Points whose neighbours are not
    all finite are left out; NaN where there are no others.
    """
    with np.errstate(invalid="ignore"):
        least = least_curvature(np.where(np.isfinite(z), z, np.nan))
    known = np.isfinite(least)
    # Not below the rounding of float32 losses.
    slack = 1e-6 * np.abs(np.where(np.isfinite(z), z, 0.0))[1:-1, 1:-1]
    return float((least < -slack)[known].mean()) if known.any() else float("nan")
