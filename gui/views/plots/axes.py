"""Axes: round limits, round ticks, names with units.

Painted here and not by pyqtgraph's AxisItem: with its axes and its legend a redraw of two lines of
2,000 points took 11 to 25 ms, of which the lines themselves were 2 to 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from gui import theme
from gui.views import text

Ends = tuple[float, float]
Points = NDArray[np.float64]

# Smallest distance between ticks, in pixels.
_APART_X, _APART_Y = 96, 40
# The fraction of a tick step by which data may exceed the axis.
_OUT = 0.03


def step(low: float, high: float, parts: float) -> float:
    """The round number (1, 2 or 5 times a power of ten) nearest above a `parts`-th of a range."""
    raw = (high - low) / max(parts, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * f for f in (1, 2, 5, 10) if power * f >= raw * (1 - 1e-9))


def nice(low: float, high: float, parts: int = 10) -> Ends:
    """The range widened to round numbers, so that an axis does not change with every new point.

    An excess below a line's width is ignored: a score that starts at -0.01 needs no axis from -10.
    """
    if not high - low > 1e-12 * max(abs(low), abs(high)):
        around = abs(low) * 0.1 or 1.0
        return low - around, high + around
    by = step(low, high, parts)
    return math.floor(low / by + _OUT) * by, math.ceil(high / by - _OUT) * by


def decades(low: float, high: float) -> Ends:
    """The same for exponents of ten: whole ones, or round fractions within a decade."""
    return (math.floor(low), math.ceil(high)) if high - low >= 1 else nice(low, high)


def placed(values: Points, logarithmic: bool) -> Points:
    """Axis coordinates of numbers: the numbers, or their base-10 logarithms.

    NaN for what cannot be drawn: zero and below on a logarithmic axis, and beyond 1e100, where
    transformations overflow, on a linear one: values of a run that diverged.
    """
    if logarithmic:
        positive = np.isfinite(values) & (values > 0)
        return np.where(positive, np.log10(np.where(positive, values, 1.0)), np.nan)
    size = np.abs(values)
    if not size.size or (size.min() > 1e-100 and size.max() < 1e100):
        return values
    return np.where(size < 1e100, np.where(size > 1e-100, values, 0.0), np.nan)


def nearest(values: Points, number: float, logarithmic: bool) -> int:
    """The index of the value that is nearest to a number on the axis."""
    away = np.abs(placed(values, logarithmic) - placed(np.array(number), logarithmic))
    return int(np.where(np.isfinite(away), away, np.inf).argmin())


def ends_of(values: Points, logarithmic: bool) -> Ends:
    """Round limits around the finite values; 0 and 1 for none. Exponents if logarithmic."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    return (decades if logarithmic else nice)(float(known.min()), float(known.max()))


def ticks(low: float, high: float, parts: float) -> list[tuple[float, str]]:
    """(value, label) for about `parts` round numbers in a range."""
    by = step(low, high, parts)
    places = max(0, -math.floor(math.log10(by) + 1e-9))
    first, last = math.ceil(low / by - 1e-6), math.floor(high / by + 1e-6)
    values = [i * by for i in range(first, last + 1)]
    most = max(abs(low), abs(high))
    if places <= 5 and most < 1e7:
        return [(v, f"{v:,.{places}f}".replace("-", "−")) for v in values]
    # Enough digits to tell neighbouring ticks apart at any zoom.
    digits = max(4, math.ceil(math.log10(most / by)) + 1)
    return [(v, text.number(v, digits)) for v in values]


def log_ticks(low: float, high: float, parts: float) -> list[tuple[float, str]]:
    """The same for a range of exponents of ten; values are exponents. Two at least."""
    every = max(1, math.ceil((high - low) / max(parts, 1)))
    found = _powers(low, high, every, (1, 2, 5) if high - low < parts / 3 else (1,))
    while len(found) < 2 and every > 1:
        every //= 2
        found = _powers(low, high, every, (1,))
    if len(found) < 2:
        found = _powers(low, high, 1, (1, 2, 5))
    # Within a decade evenly spaced numbers are easier to read.
    for some in (min(parts, 8), 2, 4, 8):
        if len(found) < 2 and low > -300:
            even = ticks(10.0**low, 10.0**high, some)
            found = [(math.log10(value), words) for value, words in even if value > 0]
    return found


def _powers(low: float, high: float, every: int, factors: Sequence[int]) -> list[tuple[float, str]]:
    """(exponent, label) of the factors times each power of ten divisible by `every`."""
    plain = low >= -4 and high <= 5
    found = []
    for power in range(math.floor(low), math.ceil(high) + 1):
        for factor in factors if power % every == 0 else ():
            at = power + math.log10(factor)
            if low - 1e-9 <= at <= high + 1e-9:
                times = "" if factor == 1 else f"{factor}·"
                words = f"{factor * 10.0**power:,g}" if plain else times + text.power_of_ten(power)
                found.append((at, words))
    return found


@dataclass(frozen=True)
class Axes:
    """Two axes: the rectangle of the data, and the limits there (logarithmic: exponents)."""

    area: QRectF
    x: Ends
    y: Ends
    x_name: str = ""
    y_name: str = ""
    log_x: bool = False
    log_y: bool = False

    def x_ticks(self) -> list[tuple[float, str]]:
        """(value, label)."""
        find = log_ticks if self.log_x else ticks
        return find(*self.x, self.area.width() / _APART_X)

    def y_ticks(self) -> list[tuple[float, str]]:
        """(value, label)."""
        find = log_ticks if self.log_y else ticks
        return find(*self.y, self.area.height() / _APART_Y)

    def across(self, x: Any) -> Any:
        """x coordinates as pixels from the left of the widget."""
        share = (np.asarray(x) - self.x[0]) / (self.x[1] - self.x[0])
        return self.area.left() + share * self.area.width()

    def down(self, y: Any) -> Any:
        """y coordinates as pixels from the top of the widget."""
        share = (np.asarray(y) - self.y[0]) / (self.y[1] - self.y[0])
        return self.area.bottom() - share * self.area.height()

    def value_at(self, position: QPointF) -> tuple[float, float] | None:
        """The (x, y) at a point of the widget; None outside the axes."""
        if not self.area.contains(position):
            return None
        right = (position.x() - self.area.left()) / self.area.width()
        up = (self.area.bottom() - position.y()) / self.area.height()
        x, y = self.x[0] + right * (self.x[1] - self.x[0]), self.y[0] + up * (self.y[1] - self.y[0])
        return 10**x if self.log_x else x, 10**y if self.log_y else y


def lay_out(
    room: QRectF,
    x: Ends,
    y: Ends,
    x_name: str = "",
    y_name: str = "",
    log_x: bool = False,
    log_y: bool = False,
    least: float = 0.0,
) -> Axes:
    """Axes that fill `room` together with their tick labels and names.

    least: the smallest margin at the left for the tick labels, in pixels.
    """
    font = theme.font(theme.CAPTION)
    line, gap = text.line_height(font), theme.GRID
    bottom = line + gap / 2 + (line + gap / 2 if x_name else 0)
    top = line / 2
    inside = QRectF(room.x(), room.y() + top, room.width(), max(room.height() - top - bottom, 1))
    draft = Axes(inside, x, y, x_name, y_name, log_x, log_y)
    figures = max((text.width(words, font) for _, words in draft.y_ticks()), default=0)
    left = max(math.ceil(figures) + gap + (line + gap / 2 if y_name else 0), least)
    last = max((text.width(words, font) for _, words in draft.x_ticks()), default=0) / 2
    area = inside.adjusted(left, 0, -math.ceil(last), 0)
    area.setWidth(max(area.width(), 1))
    return replace(draft, area=area)


def paint(painter: QPainter, axes: Axes, room: QRectF) -> None:
    """Draw the grid, the tick labels and the names."""
    look, area, gap = theme.current(), axes.area, theme.GRID
    font = theme.font(theme.CAPTION)
    line = text.line_height(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(look.grid, 1))
    x_ticks, y_ticks = axes.x_ticks(), axes.y_ticks()
    for value, _ in x_ticks:
        at = float(axes.across(value))
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
    for value, _ in y_ticks:
        at = float(axes.down(value))
        painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at))
    painter.setPen(QPen(look.muted, 1))
    painter.drawLine(area.bottomLeft(), area.bottomRight())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for value, words in x_ticks:
        place = QRectF(float(axes.across(value)) - 60, area.bottom() + gap / 2, 120, line)
        text.draw(painter, place, words, font, look.text, text.CENTRE)
    for value, words in y_ticks:
        place = QRectF(room.left(), float(axes.down(value)) - line / 2, 0, line)
        place.setRight(area.left() - gap)
        text.draw(painter, place, words, font, look.text, text.RIGHT)
    if axes.x_name:
        place = QRectF(area.left(), room.bottom() - line, area.width(), line)
        text.draw(painter, place, axes.x_name, font, look.muted, text.CENTRE)
    if axes.y_name:
        place = QRectF(room.left(), area.top(), line, area.height())
        text.draw_upwards(painter, place, axes.y_name, font, look.muted)
