"""A legend above a plot: a line or a box in each series' colour, its name, and a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QTransform

from gui import theme
from gui.views import text

_SAMPLE = 28.0
_BOX = 12.0


@dataclass(frozen=True)
class Entry:
    """One series. dash: the pen that its line is drawn with; mark: the shape of its points.

    With neither it is a filled box.
    """

    name: str
    colour: QColor
    value: str = ""
    dash: Qt.PenStyle | None = None
    mark: QPainterPath | None = None

    def width(self) -> float:
        """How wide it is drawn, with the gap after it."""
        sample = _BOX if self.dash is None else _SAMPLE
        font, strong = fonts()
        # At least the width of a usual number, so that the next entries stay where they are.
        value = max(text.width(self.value, strong), text.width("0.0000", strong))
        value = value + theme.GRID if self.value else 0.0
        return sample + theme.GRID + text.width(self.name, font) + value + 3 * theme.GRID


def fonts() -> tuple[QFont, QFont]:
    """(of the names, of the values)."""
    return theme.font(theme.CAPTION), theme.font(theme.CAPTION, theme.Weight.DemiBold)


def row_height() -> float:
    """The height of one row, in pixels."""
    return text.line_height(fonts()[0]) + theme.GRID / 2


def places(entries: Sequence[Entry], width: float) -> list[QPointF]:
    """The top left corner of each entry, in as many rows as they need."""
    result, x, y = [], 0.0, 0.0
    for entry in entries:
        if x > 0 and x + entry.width() - 3 * theme.GRID > width:
            x, y = 0.0, y + row_height()
        result.append(QPointF(x, y))
        x += entry.width()
    return result


def height(entries: Sequence[Entry], width: float) -> float:
    """The height of the whole legend; 0 for none."""
    return places(entries, width)[-1].y() + row_height() if entries else 0.0


def paint(painter: QPainter, area: QRectF, entries: Sequence[Entry]) -> None:
    """Draw the legend from the top left of `area`."""
    look = theme.current()
    font, strong = fonts()
    for entry, place in zip(entries, places(entries, area.width()), strict=True):
        x, y = area.x() + place.x(), area.y() + place.y()
        middle = y + row_height() / 2
        if entry.mark is not None:
            box = QRectF(x, middle - _BOX / 2, _BOX, _BOX)
            painter.fillPath(_scaled_to(box, entry.mark), entry.colour)
            x += _BOX
        elif entry.dash is None:
            painter.fillRect(QRectF(x, middle - _BOX / 2, _BOX, _BOX), entry.colour)
            x += _BOX
        else:
            painter.setPen(QPen(entry.colour, 3, entry.dash, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(x, middle), QPointF(x + _SAMPLE, middle))
            x += _SAMPLE
        x += theme.GRID
        room = area.right() - x
        named = text.width(entry.name, font) + 1
        line = QRectF(x, y, min(named, room), row_height())
        text.draw(painter, line, entry.name, font, look.text)
        if entry.value:
            value = QRectF(x + named + theme.GRID - 1, y, room - named, row_height())
            text.draw(painter, value, entry.value, strong, look.text)


def _scaled_to(box: QRectF, mark: QPainterPath) -> QPainterPath:
    """A mark of any size, scaled to fill a box."""
    bounds = mark.boundingRect()
    place = QTransform.fromTranslate(box.center().x(), box.center().y())
    place.scale(box.width() / bounds.width(), box.height() / bounds.height())
    return place.translate(-bounds.center().x(), -bounds.center().y()).map(mark)
