"""Words and numbers as the views write them."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


def number(value: float) -> str:
    """A number for a scale or a legend: four digits that matter, and a true minus."""
    if not math.isfinite(value):
        return "–"
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.4g}".replace("-", "−")


@lru_cache(maxsize=8192)
def width(text: str, font: QFont) -> float:
    """The width of one line of text, in pixels."""
    return QFontMetricsF(font).horizontalAdvance(text)


@lru_cache(maxsize=64)
def line_height(font: QFont) -> float:
    """From one line to the next, in pixels."""
    return math.ceil(QFontMetricsF(font).height())


@lru_cache(maxsize=4096)
def wrapped(text: str, font: QFont, room: int, lines: int) -> tuple[str, ...]:
    """`text` in at most `lines` lines of `room` pixels; the last ends in … if there is more."""
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


def draw(
    painter: QPainter,
    area: QRectF,
    text: str,
    font: QFont,
    colour: QColor,
    align: Qt.AlignmentFlag = LEFT,
    lines: int = 1,
) -> None:
    """Write `text` into `area`, wrapped to at most `lines` lines as one block."""
    painter.setFont(font)
    painter.setPen(colour)
    rows = wrapped(text, font, max(int(area.width()), 1), lines)
    step = line_height(font)
    block = QRectF(area.x(), area.y(), area.width(), step * len(rows))
    if align & Qt.AlignmentFlag.AlignVCenter:
        block.moveTop(area.center().y() - block.height() / 2)
    elif align & Qt.AlignmentFlag.AlignBottom:
        block.moveBottom(area.bottom())
    side = align & Qt.AlignmentFlag.AlignHorizontal_Mask
    for i, row in enumerate(rows):
        line = QRectF(block.x(), block.y() + i * step, block.width(), step)
        painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter, row)


def draw_upwards(
    painter: QPainter,
    area: QRectF,
    text: str,
    font: QFont,
    colour: QColor,
    align: Qt.AlignmentFlag = CENTRE,
) -> None:
    """Write one line that reads from bottom to top; its right is the top of `area`."""
    painter.save()
    painter.translate(QPointF(area.center()))
    painter.rotate(-90)
    turned = QRectF(-area.height() / 2, -area.width() / 2, area.height(), area.width())
    draw(painter, turned, text, font, colour, align)
    painter.restore()
