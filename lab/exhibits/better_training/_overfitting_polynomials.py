"""Polynomials through the lecture's sequence, and fitted to noisy points."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from lab.exhibit import Frame, Value
from lab.payloads import Curve, Note
from lab.training.polynomials import drawn, errors, fitted, interpolated, sine, value_at, values

SEQUENCE = (1, 3, 5, 7)
GIVEN, FIFTH = "given", "fifth"
# Draws of the noise, and the largest degree.
DRAWS, DEGREES = 40, 20
# Errors below are drawn here: a fit through all points has none but rounding.
FLOOR = 0.01
# A fit is not drawn beyond.
EDGE = 3.0
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def polynomial(fifth: int | None = None) -> tuple[Fraction, ...]:
    """The polynomial through the sequence at 1, 2, 3, 4, and through `fifth` at 5 if given."""
    numbers = SEQUENCE if fifth is None else (*SEQUENCE, fifth)
    return interpolated(list(enumerate(numbers, 1)))


def written(coefficients: Sequence[Fraction]) -> str:
    """A polynomial as text: "18111/2 x⁴ − 90555 x³ + 2"."""
    parts = []
    for power, coefficient in reversed(list(enumerate(coefficients))):
        if not coefficient:
            continue
        sign = "−" if coefficient < 0 else "+"
        size = "" if power and abs(coefficient) == 1 else f"{abs(coefficient)} "
        name = "x" + (str(power).translate(_SUPERSCRIPTS) if power > 1 else "") if power else ""
        parts += [sign, f"{size}{name}".strip()]
    if parts and parts[0] == "+":
        parts = parts[1:]
    return " ".join(parts).replace("− ", "−", 1) if parts[:1] == ["−"] else " ".join(parts) or "0"


def sequence(fifth: int, end: float = 5.0) -> Frame:
    """The line and the quartic through the sequence. end: where the quartic is drawn to."""
    x = np.linspace(1, 5, 401)
    polynomials = {"quartic": polynomial(fifth), "line 2x − 1": polynomial()}
    series: dict[str, Any] = {
        name: (x, np.polynomial.polynomial.polyval(x, [float(c) for c in coefficients]))
        for name, coefficients in polynomials.items()
    }
    series["quartic"] = tuple(column[x <= end] for column in series["quartic"])
    series[GIVEN] = np.arange(1, 5), np.array(SEQUENCE)
    title = "1, 3, 5, 7, ?"
    if end >= 5:
        quartic, line = (int(value_at(found, 5)) for found in polynomials.values())
        title += f" The line gives {line}, the quartic {quartic:,}"
        series[FIFTH] = [5, 5], [quartic, line]
    dots = [name for name in (GIVEN, FIFTH) if name in series]
    return Frame({"sequence": Curve(series, replaces=True, dots=dots, title=title)})


def solution(fifth: int) -> Frame:
    """The quartic's formula, its exact values, and why there is one for any fifth number."""
    coefficients = polynomial(fifth)
    found = [int(value_at(coefficients, x)) for x in range(1, 6)]
    leading = (fifth - value_at(polynomial(), 5)) / 24
    text = (
        f"f(x) = {written(coefficients)}\n\n"
        + ",  ".join(f"f({x}) = {value:,}" for x, value in enumerate(found, 1))
        + f"\n\nExactly: f(x) = 2x − 1 + {leading} (x − 1)(x − 2)(x − 3)(x − 4), and the product "
        "is 0 at all four points. So any fifth number has its polynomial: training error 0 says "
        "nothing of the next number."
    )
    metrics: dict[str, Value] = {"f5": found[-1]}
    return Frame({"solution": Note(text)}, metrics)


class NoisyFits:
    """Fits to noisy points: the same noise, scaled, whatever the sliders say."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def frame(self, degree: int, count: int, noise: float) -> Frame:
        """The fit to the first draw, and the errors of all draws against the degree."""
        train, test = drawn(count, noise, DRAWS, np.random.default_rng(self._seed))
        found = np.array([errors(train, test, d) for d in range(DEGREES + 1)])
        x = np.linspace(-1, 1, 501)
        y = values(x, fitted(train.x, train.y[:, 0], degree))
        fit = Curve(
            {
                "fit": (x, np.where(np.abs(y) <= EDGE, y, np.nan)),
                "true function": (x, sine(x)),
                "training points": (train.x, train.y[:, 0]),
            },
            replaces=True,
            dots=["training points"],
            title=f"Degree {degree}: "
            + "training {:.2f}, test {:.3g}".format(*found[degree, :, 0]),
        )
        # Means and spreads of the logarithm: a few draws have errors a hundred times as large.
        logs = np.log(np.maximum(found, FLOOR))
        mean, spread = logs.mean(2), logs.std(2, ddof=1)
        degrees = np.arange(DEGREES + 1.0)
        sides = {"training error": 0, "test error": 1}
        best = int(mean[:, 1].argmin())
        against = Curve(
            {name: (degrees, np.exp(mean[:, i])) for name, i in sides.items()},
            float(degree),
            {
                name: (np.exp(mean[:, i] - spread[:, i]), np.exp(mean[:, i] + spread[:, i]))
                for name, i in sides.items()
            },
            replaces=True,
            title=f"Error against capacity: test error least at degree {best}",
        )
        in_training, in_test = np.exp(mean[degree]).tolist()
        metrics: dict[str, Value] = {
            "fit_train_error": in_training,
            "fit_test_error": in_test,
            "fit_test_spread": float(spread[degree, 1]),
            "fit_gap": in_test - in_training,
            "best_degree": best,
        }
        return Frame({"fit": fit, "errors": against}, metrics)
