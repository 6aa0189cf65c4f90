"""What a training curve looks like: which of the usual failures, if any.

Rules of thumb on the curves alone, as one reads them by eye. A curve that looks like a failure is
no proof of its cause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal[
    "diverged", "chance", "thrown", "unstable", "slow", "overfitting", "underfitting", "learns"
]

# The thresholds, as fractions of the loss of guessing, ln(classes): a loss above CHANCE of it is
# that of guessing; above THROWN times it the steps were too large; rises in the second half that
# sum to more than ROUGH are more than the noise of batches; what falls by more than FALLING in the
# last quarter is not done; a test loss that ends by more than RISES above its minimum rises; what
# stays above HIGH is too high for a network that fits.
CHANCE, THROWN, ROUGH, FALLING, RISES, HIGH = 0.9, 1.5, 0.05, 0.04, 0.04, 0.15


@dataclass(frozen=True)
class Diagnosis:
    """kind: which failure the curve looks like. words: the same in a line, with its figures."""

    kind: Kind
    words: str


def diagnose(
    train: Floats, test: Floats, classes: int, diverged_at: int | None = None
) -> Diagnosis:
    """What the curves of a training look like.

    train, test: cross-entropy in nats at the same checkpoints, float64 (N,), N >= 1; NaN where it
    was not measured. diverged_at: the step at which the loss was NaN or infinite.
    """
    if diverged_at is not None:
        return Diagnosis("diverged", f"diverged at step {diverged_at:,}")
    known = np.isfinite(train) & np.isfinite(test)
    if not known.any():
        return Diagnosis("diverged", "the loss is NaN or infinite")
    train, test = train[known], test[known]
    chance, end, half = math.log(classes), float(train[-1]), len(train) // 2
    if train.min() > CHANCE * chance:
        if train.max() > THROWN * chance:
            return Diagnosis("thrown", f"thrown to {train.max():,.0f}, then as guessing")
        return Diagnosis("chance", f"stays at {end:.2f}, as guessing")
    rises = float(np.clip(np.diff(train[half:]), 0, None).sum())
    if rises > ROUGH * chance and end > 1.3 * train.min():
        return Diagnosis("unstable", "unstable: goes up and down")
    if float(train[-1 - len(train) // 4]) - end > FALLING * chance:
        return Diagnosis("slow", f"too slow: still falling at {end:.2f}")
    least = int(test.argmin())
    if test[-1] - test[least] > RISES * chance and end < train[least]:
        risen = f"from {test[least]:.2f} to {test[-1]:.2f}"
        return Diagnosis("overfitting", f"overfitting: test loss rises {risen}")
    if end > HIGH * chance:
        return Diagnosis("underfitting", f"underfitting: levels off at {end:.2f}")
    return Diagnosis("learns", f"learns, to a test loss of {test[-1]:.2f}")
