"""Heatmaps: numbers in viridis, with their colour scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from gui import theme
from gui.views import text
from lab.media.colours import VIRIDIS, viridis

# Pixels for a scale beside a heatmap, and the least width of one below it.
SCALE_WIDTH = 92
SCALE_LEAST = 160
_BAR = 14


def scale_height() -> float:
    """Pixels for a scale below a heatmap."""
    return _BAR + theme.GRID / 2 + text.line_height(theme.font(theme.CAPTION))


def image(values: NDArray[Any], low: float, high: float, opacity: float = 1.0) -> QImage:
    """An image with one pixel for each number of values (rows, columns); NaN is transparent."""
    alpha = np.where(np.isnan(values), 0.0, opacity)
    pixels = np.empty((*values.shape, 4), np.uint8)
    # ARGB32 is blue, green, red, alpha in memory on the little-endian machines that Qt runs on.
    pixels[..., :3] = np.rint(viridis(values, low, high)[..., ::-1] * alpha[..., None])
    pixels[..., 3] = np.rint(255 * alpha)
    rows, columns = values.shape
    layout = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, columns, rows, 4 * columns, layout).copy()


def ink(colour: NDArray[np.uint8]) -> QColor:
    """Black or white, whichever has more contrast with `colour` (WCAG relative luminance)."""
    linear = (np.asarray(colour) / 255.0) ** 2.2
    luminance = float(linear @ (0.2126, 0.7152, 0.0722))
    return QColor("#000000") if luminance > 0.179 else QColor("#ffffff")


def paint_scale(
    painter: QPainter, area: QRectF, low: float, high: float, label: str, form: str = ""
) -> None:
    """Draw an upright colour bar with its ends and, if there is room, its label.

    form: how the ends are written, as in format(), else with three digits.
    """
    bar = QRectF(area.x(), area.y(), _BAR, area.height())
    strip = QImage(VIRIDIS[::-1].tobytes(), 1, 256, 3, QImage.Format.Format_RGB888)
    painter.drawImage(bar, strip)
    look = theme.current()
    font = theme.font(theme.CAPTION)
    right = area.adjusted(_BAR + theme.GRID, 0, 0, 0)
    step = text.line_height(font)
    for end, edge in ((high, text.TOP_LEFT), (low, text.BOTTOM_LEFT)):
        words = text.written(end, form) if form else text.number(end, 3)
        text.draw(painter, right, words, font, look.text, edge)
    middle = QRectF(right.x(), right.y() + 1.5 * step, step, right.height() - 3 * step)
    if label and middle.height() > 2 * step:
        text.draw_upwards(painter, middle, label, font, look.muted)


def paint_scale_below(painter: QPainter, area: QRectF, low: float, high: float, label: str) -> None:
    """Draw a horizontal colour bar, low at the left, with its label between its ends."""
    painter.drawImage(QRectF(area.x(), area.y(), area.width(), _BAR), _lying())
    look = theme.current()
    font = theme.font(theme.CAPTION)
    line = text.line_height(font)
    words = QRectF(area.x(), area.bottom() - line, area.width(), line)
    # Rather fewer digits than no label: the label has the unit.
    for digits in (3, 2, 1, 3):
        ends = text.number(low, digits), text.number(high, digits)
        left, right = (text.width(end, font) + theme.GRID for end in ends)
        between = words.adjusted(left, 0, -right, 0)
        if text.width(label, font) <= between.width():
            break
    text.draw(painter, words, ends[0], font, look.text, text.LEFT)
    text.draw(painter, words, ends[1], font, look.text, text.RIGHT)
    if text.width(label, font) <= between.width():
        centred = words.width() - 2 * max(left, right)
        if text.width(label, font) <= centred:
            between = QRectF(words.center().x() - centred / 2, words.y(), centred, line)
        text.draw(painter, between, label, font, look.muted, text.CENTRE)


def _lying() -> QImage:
    return QImage(VIRIDIS.tobytes(), 256, 1, 3 * 256, QImage.Format.Format_RGB888).copy()
