"""Polynomials through points, in exact arithmetic, and fitted to noisy ones by least squares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.polynomial import legendre

from lab.training.scores import Floats

Coefficients = tuple[Fraction, ...]
"""Of 1, x, x^2 and so on."""


def interpolated(points: Sequence[tuple[int, int]]) -> Coefficients:
    """The polynomial of least degree through `points`, exactly: Newton's divided differences.

    points: (x, y), with distinct x. ValueError for two of one x.
    """
    xs = [Fraction(x) for x, _ in points]
    if len(set(xs)) < len(xs):
        raise ValueError(f"no polynomial has two values at one x: {list(points)}")
    table = [Fraction(y) for _, y in points]
    for order in range(1, len(xs)):
        for i in range(len(xs) - 1, order - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (xs[i] - xs[i - order])
    result = [Fraction(0)] * len(xs)
    # Horner's scheme on Newton's form: result = result * (x - xs[i]) + table[i].
    for x, difference in zip(reversed(xs), reversed(table), strict=True):
        shifted = [Fraction(0), *result[:-1]]
        result = [high - x * low for high, low in zip(shifted, result, strict=True)]
        result[0] += difference
    while len(result) > 1 and result[-1] == 0:
        result.pop()
    return tuple(result)


def value_at(coefficients: Sequence[Fraction], x: int | Fraction) -> Fraction:
    """The polynomial's exact value at x."""
    value = Fraction(0)
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value


def fitted(x: Floats, y: Floats, degree: int) -> Floats:
    """The least-squares polynomial: its coefficients of the Legendre polynomials on [-1, 1].

    x: float64 (N,), in [-1, 1]. y: float64 (N,) or (N, K) for K fits at once. Returns float64
    (degree + 1,) or (degree + 1, K). With fewer points than coefficients, of all the polynomials
    through the points it is the one with the smallest coefficients. In powers of x the same
    equations could not be solved from degree 20 on: their condition number passes 1e8.
    """
    found = np.linalg.lstsq(legendre.legvander(x, degree), y, rcond=None)[0]
    return np.asarray(found, np.float64)


def values(x: Floats, coefficients: Floats) -> Floats:
    """What a polynomial of `fitted` gives at x: float64 (N,), or (N, K) for K of them."""
    found: Floats = legendre.legvander(x, len(coefficients) - 1) @ coefficients
    return found


def sine(x: Floats) -> Floats:
    """One period over [-1, 1]: what the noisy points are drawn from (Bishop, 2006, section 1.1)."""
    found: Floats = np.sin(np.pi * x)
    return found


@dataclass(frozen=True)
class Points:
    """Noisy points of a function: x, float64 (N,), evenly spaced, and y, float64 (N, draws)."""

    x: Floats
    y: Floats


def drawn(
    count: int,
    noise: float,
    draws: int,
    random: np.random.Generator,
    function: Callable[[Floats], Floats] = sine,
) -> tuple[Points, Points]:
    """(training points, test points): `draws` times new noise at the same x in [-1, 1].

    count: of the training points. noise: standard deviation. There are TEST test points, between
    the first and the last training point.
    """

    def noisy(x: Floats, standard: Floats) -> Points:
        return Points(x, function(x)[:, None] + noise * standard)

    # The test noise first, and each draw's by itself: with another count the rest stays.
    test = random.standard_normal((draws, TEST)).T
    train = random.standard_normal((draws, MOST))[:, :count].T
    return noisy(np.linspace(-1, 1, count), train), noisy(np.linspace(-1, 1, TEST), test)


TEST = 200
MOST = 100


def errors(train: Points, test: Points, degree: int) -> tuple[Floats, Floats]:
    """(training error, test error) of the fit of that degree: root mean squares, (draws,) each."""
    coefficients = fitted(train.x, train.y, degree)

    def error(points: Points) -> Floats:
        found: Floats = np.sqrt(((values(points.x, coefficients) - points.y) ** 2).mean(0))
        return found

    return error(train), error(test)
