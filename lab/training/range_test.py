"""The learning-rate range test: which learning rate a network can be trained with.

Smith, "Cyclical learning rates for training neural networks" (2017), section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.training.trainer import Trainer

Floats = NDArray[np.float64]

# The test ends where the smoothed loss is this many times its minimum.
STOP = 3.0
# The width of the smoothing, as a share of all steps.
WIDTH = 0.025
# Steps between two looks at the losses, which are read back from the device.
EVERY = 5


@dataclass(frozen=True)
class Reading:
    """Learning rates read off a range test.

    minimum: where the smoothed loss is least. steepest: where it falls fastest per decade of the
    learning rate, below that.
    """

    minimum: float
    steepest: float

    @property
    def below_minimum(self) -> float:
        """An order of magnitude below the minimum: the more careful reading of the two."""
        return self.minimum / 10


def rate_at(step: int, steps: int, low: float, high: float) -> float:
    """The learning rate of a step from 0: it grows exponentially, from `low` to `high` in the last.

    Smith lets it grow linearly; exponentially it covers several orders of magnitude in one test.
    """
    return low * math.exp(math.log(high / low) * step / (steps - 1))


def smoothed(losses: Floats, width: float) -> Floats:
    """Gaussian-weighted means over neighbouring steps: float64 (N,) to the same.

    width: the standard deviation of the weights, in steps. At the ends the weights are those of the
    steps that are there.
    """
    reach = math.ceil(3 * width)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    sums = np.convolve(losses, weights, "full")[reach : reach + len(losses)]
    shares = np.convolve(np.ones(len(losses)), weights, "full")[reach : reach + len(losses)]
    mean: Floats = sums / shares
    return mean


def reading(rates: Floats, losses: Floats, fell: float = 0.05) -> Reading | None:
    """What a range test says; None where the loss fell by less than the fraction `fell`.

    rates: rising by a constant factor. losses: smoothed, float64 (N,) as the rates.
    """
    if len(losses) < 3 or not np.isfinite(losses).all():
        return None
    least = int(losses.argmin())
    if losses[least] > (1 - fell) * losses[0] or least == 0:
        return None
    slope = np.gradient(losses)[: least + 1]
    return Reading(float(rates[least]), float(rates[slope.argmin()]))


class RangeTest:
    """A range test: the learning rate grows with each step, until the loss explodes.

    build(lr): a trainer with a constant schedule that asks lr() for its learning rate; it makes at
    least `steps` steps. low, high: of the learning rate. rates, losses: of the steps that were read
    back, float64 (N,); smoothed: the losses, smoothed.
    """

    def __init__(
        self,
        build: Callable[[Callable[[], float]], Trainer],
        steps: int = 150,
        low: float = 1e-5,
        high: float = 10.0,
    ) -> None:
        self._ends, self._steps, self._made = (low, high), steps, 0
        self.trainer = build(self._rate)
        self.rates: Floats = np.empty(0)
        self.losses: Floats = np.empty(0)
        self.smoothed: Floats = np.empty(0)

    def _rate(self) -> float:
        return rate_at(self._made, self._steps, *self._ends)

    @property
    def share(self) -> float:
        """The fraction of its steps that it has made, in [0, 1]."""
        return min(self._made / self._steps, 1.0)

    def run(self) -> Iterator[None]:
        """Make the steps; yields after some. Ends early where the loss explodes, or is NaN."""
        for step in self.trainer.steps():
            self._made = step
            if step % EVERY == 0 or step >= self._steps:
                self._read()
                yield None
                if step >= self._steps or self._exploded():
                    return

    def _read(self) -> None:
        found, _ = self.trainer.read_back()
        self.losses = np.concatenate([self.losses, found])
        at = range(len(self.losses))
        self.rates = np.array([rate_at(i, self._steps, *self._ends) for i in at])
        finite = np.isfinite(self.losses)
        known = len(finite) if finite.all() else int(finite.argmin())
        self.smoothed = smoothed(self.losses[:known], WIDTH * self._steps)

    def _exploded(self) -> bool:
        if len(self.smoothed) < len(self.losses):
            return True
        return bool(self.smoothed[-1] > STOP * self.smoothed.min())

    def reading(self) -> Reading | None:
        """What it says so far; None where the loss has not fallen."""
        return reading(self.rates[: len(self.smoothed)], self.smoothed)
