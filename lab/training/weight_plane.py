"""Least squares with two weights: its loss, the penalties, and the descent to their minimum.

The loss is 1/2 (w - w*)' H (w - w*), which any linear regression on two correlated inputs has up to
a constant: H is their second moment, w* the solution without a penalty. With a penalty the minimum
is where an ellipse of the loss touches a level line of the penalty (Hastie et al., "The Elements of
Statistical Learning", figure 3.11).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lab.training.regularisers import Regulariser, Strength

Floats = NDArray[np.float64]

# The second input matters little and is correlated with the first.
MOMENT = np.array([[1.0, 0.4], [0.4, 0.6]])
SOLUTION = np.array([1.6, 0.5])
START = np.array([-1.0, 1.6])


def loss(w: Floats) -> Floats:
    """float64 (..., 2) to (...)."""
    away = w - SOLUTION
    return np.asarray(0.5 * np.einsum("...i,ij,...j->...", away, MOMENT, away))


def penalty(w: Floats, strength: Strength) -> Floats:
    """l1 * (|w1| + |w2|) + l2 * (w1² + w2²): float64 (..., 2) to (...)."""
    return np.asarray(strength.l1 * np.abs(w).sum(-1) + strength.l2 * np.square(w).sum(-1))


def descent(
    regulariser: Regulariser, strength: Strength, steps: int = 400, rate: float = 0.05
) -> Floats:
    """Gradient descent from START on loss plus penalty: float64 (steps + 1, 2).

    L1 by its subgradient, sign(w), or where the regulariser is proximal by soft thresholding.
    """
    used, w, path = regulariser.of(strength), START.copy(), [START.copy()]
    for _ in range(steps):
        slope = MOMENT @ (w - SOLUTION) + 2 * used.l2 * w
        if regulariser.proximal:
            w = w - rate * slope
            w = np.sign(w) * np.maximum(np.abs(w) - rate * used.l1, 0.0)
        else:
            w = w - rate * (slope + used.l1 * np.sign(w))
        path.append(w)
    return np.array(path)


def level_line(w: Floats, strength: Strength, points: int = 181) -> Floats:
    """Where the penalty is what it is at w, float64 (2,): a closed line, float64 (points, 2).

    A diamond for L1, a circle for L2, in between for the elastic net. NaN where all is 0.
    """
    level = float(penalty(w, strength))
    angle = np.linspace(0, 2 * np.pi, points)
    way = np.stack([np.cos(angle), np.sin(angle)], 1)
    if not level:
        return np.full((points, 2), np.nan)
    a, b = strength.l2, strength.l1 * np.abs(way).sum(1)
    # a r² + b r = level, solved so that it holds for a = 0 too.
    radius = 2 * level / (b + np.sqrt(b**2 + 4 * a * level))
    return np.asarray(radius[:, None] * way)
