"""Text and numbers: formatting, measuring and drawing."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QStaticText,
    QTextLayout,
    QTextOption,
    QTransform,
)

# The position of text in its area: the fractions of the spare width and height before it.
Align = tuple[float, float]
LEFT: Align = (0.0, 0.5)
RIGHT: Align = (1.0, 0.5)
CENTRE: Align = (0.5, 0.5)
TOP: Align = (0.5, 0.0)
TOP_LEFT: Align = (0.0, 0.0)
BOTTOM_LEFT: Align = (0.0, 1.0)

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 4) -> str:
    """A number with `digits` significant digits and a true minus sign; "–" if not finite."""
    if not math.isfinite(value):
        return "–"
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e6):
        return f"{value:,.0f}".replace("-", "−")
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    if exponent:
        mantissa = {"1": "", "-1": "-"}.get(mantissa, f"{mantissa}·") + power_of_ten(int(exponent))
    return mantissa.replace("-", "−")


def written(value: float, form: str) -> str:
    """A number by format(), with a true minus sign; what rounds to zero has none.

    "–" if it is not finite.
    """
    if not math.isfinite(value):
        return "–"
    words = format(value, form)
    if words.startswith("-") and not any(digit in words for digit in "123456789"):
        words = words[1:]
    return words.replace("-", "−")


def power_of_ten(exponent: int) -> str:
    """10 with its exponent in superscript."""
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


@lru_cache(maxsize=8192)
def width(text: str, font: QFont) -> float:
    """The width of one line of text, in pixels."""
    return QFontMetricsF(font).horizontalAdvance(text)


@lru_cache(maxsize=64)
def line_height(font: QFont) -> float:
    """The distance from one line to the next, in pixels."""
    return math.ceil(QFontMetricsF(font).height())


@lru_cache(maxsize=4096)
def wrapped(text: str, font: QFont, room: int, lines: int) -> tuple[str, ...]:
    """`text` in at most `lines` lines of `room` pixels; the last is elided if there is more."""
    if lines <= 1:
        return (QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room),)
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    result: list[str] = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(room)
        start = line.textStart()
        if len(result) == lines - 1:
            rest = QFontMetricsF(font).elidedText(text[start:], Qt.TextElideMode.ElideRight, room)
            result.append(rest)
            break
        result.append(text[start : start + line.textLength()].rstrip())
    layout.endLayout()
    return tuple(result) or ("",)


@lru_cache(maxsize=4096)
def shortened(text: str, font: QFont, room: int) -> str:
    """`text` as one line of at most `room` pixels, elided in the middle."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideMiddle, room)


@lru_cache(maxsize=4096)
def _laid_out(words: str, font: QFont) -> QStaticText:
    """One line with its glyphs laid out, which is half of the cost of drawing it."""
    result = QStaticText(words)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.prepare(QTransform(), font)
    return result


def draw(
    painter: QPainter,
    area: QRectF,
    text: str,
    font: QFont,
    colour: QColor,
    align: Align = LEFT,
    lines: int = 1,
) -> None:
    """Draw `text` in `area`, wrapped to at most `lines` lines as one block."""
    painter.setFont(font)
    painter.setPen(colour)
    rows = wrapped(text, font, max(int(area.width() + 0.5), 1), lines)
    step = line_height(font)
    y = area.y() + align[1] * (area.height() - step * len(rows))
    for row in rows:
        x = area.x() + align[0] * (area.width() - width(row, font))
        painter.drawStaticText(QPointF(x, y), _laid_out(row, font))
        y += step


def draw_upwards(
    painter: QPainter,
    area: QRectF,
    text: str,
    font: QFont,
    colour: QColor,
    align: Align = CENTRE,
) -> None:
    """Draw one line that reads from bottom to top; RIGHT aligns it with the top of `area`."""
    painter.save()
    painter.translate(QPointF(area.center()))
    painter.rotate(-90)
    turned = QRectF(-area.height() / 2, -area.width() / 2, area.height(), area.width())
    draw(painter, turned, text, font, colour, align)
    painter.restore()
