"""A graph as boxes and arrows, from left to right."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPen, QPolygonF

from gui import theme
from gui.views import text
from gui.views.base import LEAST, View
from gui.views.tables.layers import Placed, place
from lab.payloads import Graph

_ACROSS, _DOWN = 5.0 * theme.GRID, 2.0 * theme.GRID
_PAD = 1.5 * theme.GRID
_ARROW = 9.0
# The largest scale: text no larger than a title.
_LARGEST = 1.6
_NOTHING = Placed({}, [], (0.0, 0.0))


class GraphView(View):
    """The whole graph, scaled to fit. A node is picked by its index in the payload."""

    payload: Graph

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._names: list[str] = []
        self._placed = _NOTHING

    def accept(self, payload: Graph) -> None:
        self._names = list(payload.nodes)
        strong, font = _fonts()
        sizes = {}
        for name, words in payload.nodes.items():
            first, *rest = words.split("\n")
            widths = [text.width(first, strong), *(text.width(line, font) for line in rest)]
            high = text.line_height(strong) + len(rest) * text.line_height(font)
            sizes[name] = max(widths) + 2 * _PAD, high + 1.5 * _PAD
        self._placed = place(sizes, payload.edges, _ACROSS, _DOWN) if sizes else _NOTHING
        if payload.selected in self._names:
            self.selected = self._names.index(payload.selected)

    def forget(self) -> None:
        self._names, self._placed = [], _NOTHING

    def is_empty(self) -> bool:
        return not self._names

    def count(self) -> int:
        return len(self._names)

    def scale(self) -> float:
        """The factor by which the graph is scaled to fit."""
        return self._scale(self.width(), self.height())

    def _scale(self, width: float, height: float) -> float:
        wide, high = self._placed.size
        return min((width - 8) / wide, (height - 8) / high, _LARGEST)

    def fits(self, width: float, height: float) -> bool:
        """Whether its text is at least as large as the smallest of the type scale."""
        if self.is_empty():
            return width >= LEAST[0] and height >= LEAST[1] / 2
        return self._scale(width, height) * theme.CAPTION >= theme.SMALL

    def _origin(self) -> QPointF:
        wide, high = self._placed.size
        scale = self.scale()
        return QPointF((self.width() - wide * scale) / 2, (self.height() - high * scale) / 2)

    def rect_of(self, index: int) -> QRectF:
        left, top, wide, high = self._placed.boxes[self._names[index]]
        scale, origin = self.scale(), self._origin()
        return QRectF(
            origin.x() + left * scale, origin.y() + top * scale, wide * scale, high * scale
        )

    def paint(self, painter: QPainter) -> None:
        look = theme.current()
        painter.translate(self._origin())
        painter.scale(self.scale(), self.scale())
        for route in self._placed.routes:
            self._paint_edge(painter, [QPointF(*point) for point in route])
        strong, font = _fonts()
        for index, name in enumerate(self._names):
            box = QRectF(*self._placed.boxes[name])
            chosen = index == self.selected
            painter.setPen(QPen(look.accent if chosen else look.muted, 3 if chosen else 1.5))
            painter.setBrush(look.selection if chosen else look.window)
            painter.drawRoundedRect(box, 6, 6)
            first, *rest = self.payload.nodes[name].split("\n")
            y = box.top() + 0.75 * _PAD
            for line, type_ in [(first, strong), *((words, font) for words in rest)]:
                place_ = QRectF(box.left(), y, box.width(), text.line_height(type_))
                text.draw(painter, place_, line, type_, look.text, text.CENTRE)
                y += place_.height()

    def _paint_edge(self, painter: QPainter, route: list[QPointF]) -> None:
        colour = theme.current().muted
        end = route[-1] - QPointF(_ARROW, 0)
        path = QPainterPath(route[0])
        points = [*route[1:-1], end]
        last = route[0]
        for point in points:
            middle = (last.x() + point.x()) / 2
            path.cubicTo(QPointF(middle, last.y()), QPointF(middle, point.y()), point)
            last = point
        painter.setPen(QPen(colour, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        side = QPointF(0, _ARROW / 2)
        painter.drawPolygon(QPolygonF([route[-1], end - side, end + side]))

    def readout(self, position: QPointF) -> str:
        index = self.index_at(position)
        # Only where the graph is scaled down may its text be too small to read.
        if index is None or self.scale() > 0.9:
            return ""
        return self.payload.nodes[self._names[index]]


def _fonts() -> tuple[QFont, QFont]:
    return theme.font(theme.BODY, theme.Weight.DemiBold), theme.font(theme.CAPTION)
