"""A graph as boxes and arrows, from left to right, or downwards where that is larger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPolygonF, QResizeEvent

from gui import theme
from gui.views import text
from gui.views.base import LEAST, View
from gui.views.graphs.layers import Placed, place
from lab.payloads import Graph

# Pixels between two layers, where there is room and at least; between boxes of a layer.
_ACROSS, _CLOSE, _DOWN = 5.0 * theme.GRID, 1.5 * theme.GRID, 2.0 * theme.GRID
PAD = 1.5 * theme.GRID
_ARROW = 9.0
# The largest scale: text no larger than a title.
_LARGEST = 1.6
# The share of a group's colour inside its boxes.
_TINT = 0.28
_NOTHING = Placed({}, [], (0.0, 0.0))

Sizes = Mapping[str, tuple[float, float]]


class GraphView(View):
    """The whole graph, scaled to fit. A node is picked by its index in the payload."""

    payload: Graph

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._names: list[str] = []
        self._sizes: dict[str, tuple[float, float]] = {}
        self._placed, self._downwards = _NOTHING, False

    def accept(self, payload: Graph) -> None:
        self._names = list(payload.nodes)
        strong, font = fonts()
        sizes = {}
        for name, words in payload.nodes.items():
            first, *rest = words.split("\n")
            widths = [text.width(first, strong), *(text.width(line, font) for line in rest)]
            high = text.line_height(strong) + len(rest) * text.line_height(font)
            sizes[name] = max(widths) + 2 * PAD, high + PAD
        self._sizes = sizes
        self._arrange()
        if payload.selected in self._names:
            self.selected = self._names.index(payload.selected)

    def _arranged(self, width: float, height: float) -> tuple[Placed, bool]:
        """The graph from left to right or downwards, whichever is larger; whether downwards."""
        if not self._sizes:
            return _NOTHING, False
        across = _spread(self._sizes, self.payload.edges, width)
        turned = {name: (high, wide) for name, (wide, high) in self._sizes.items()}
        down = _turned(_spread(turned, self.payload.edges, height))
        downwards = _scale(down, width, height) > _scale(across, width, height)
        return (down, True) if downwards else (across, False)

    def _arrange(self) -> None:
        self._placed, self._downwards = self._arranged(self.width(), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def forget(self) -> None:
        self._names, self._sizes, self._placed = [], {}, _NOTHING

    def is_empty(self) -> bool:
        return not self._names

    def count(self) -> int:
        return len(self._names)

    def scale(self) -> float:
        """The factor by which the graph is scaled to fit."""
        return _scale(self._placed, self.width(), self.height())

    def fits(self, width: float, height: float) -> bool:
        """Whether its text is at least as large as the smallest of the type scale."""
        if self.is_empty():
            return width >= LEAST[0] and height >= LEAST[1] / 2
        placed, _ = self._arranged(width, height)
        return _scale(placed, width, height) * theme.CAPTION >= theme.SMALL

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
            paint_edge(painter, [QPointF(*point) for point in route], self._downwards)
        strong, font = fonts()
        for index, name in enumerate(self._names):
            box = QRectF(*self._placed.boxes[name])
            chosen = index == self.selected
            plain = look.selection if chosen else look.window
            edge, fill = colours_of(self.payload, name) or (look.muted, plain)
            painter.setPen(QPen(look.accent if chosen else edge, 3 if chosen else 1.5))
            painter.setBrush(fill)
            painter.drawRoundedRect(box, 6, 6)
            first, *rest = self.payload.nodes[name].split("\n")
            y = box.top() + 0.5 * PAD
            for line, type_ in [(first, strong), *((words, font) for words in rest)]:
                place_ = QRectF(box.left(), y, box.width(), text.line_height(type_))
                text.draw(painter, place_, line, type_, look.text, text.CENTRE)
                y += place_.height()

    def readout(self, position: QPointF) -> str:
        index = self.index_at(position)
        # Only where the graph is scaled down may its text be too small to read.
        if index is None or self.scale() > 0.9:
            return ""
        return self.payload.nodes[self._names[index]]


def colours_of(payload: Graph, name: str) -> tuple[QColor, QColor] | None:
    """The colours of a node's edge and of its inside, if it is in a group; text is read on both."""
    look = theme.current()
    for number, group in enumerate(payload.groups):
        if name in group:
            edge, card = look.line(number), look.card
            channels = zip(
                (edge.red(), edge.green(), edge.blue()),
                (card.red(), card.green(), card.blue()),
                strict=True,
            )
            mixed = [round(_TINT * a + (1 - _TINT) * b) for a, b in channels]
            return edge, QColor(*mixed)
    return None


def paint_edge(painter: QPainter, route: list[QPointF], downwards: bool) -> None:
    """Draw an arrow along the points of a route, which leaves and arrives in one direction."""
    colour = theme.current().muted
    along = QPointF(0, _ARROW) if downwards else QPointF(_ARROW, 0)
    side = QPointF(_ARROW / 2, 0) if downwards else QPointF(0, _ARROW / 2)
    end = route[-1] - along
    path, last = QPainterPath(route[0]), route[0]
    for point in [*route[1:-1], end]:
        middle = (last + point) / 2
        if downwards:
            bends = QPointF(last.x(), middle.y()), QPointF(point.x(), middle.y())
        else:
            bends = QPointF(middle.x(), last.y()), QPointF(middle.x(), point.y())
        path.cubicTo(*bends, point)
        last = point
    painter.setPen(QPen(colour, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([route[-1], end - side, end + side]))


def _spread(sizes: Sizes, edges: Sequence[tuple[str, str]], room: float) -> Placed:
    """The graph from left to right, with as much between its layers as the room allows."""
    found, close = (place(sizes, edges, gap, _DOWN) for gap in (_ACROSS, _CLOSE))
    over, gained = found.size[0] - (room - 8), found.size[0] - close.size[0]
    if over <= 0 or gained <= 0:
        return found
    gap = _ACROSS - (_ACROSS - _CLOSE) * min(over / gained, 1.0)
    return place(sizes, edges, gap, _DOWN)


def _turned(placed: Placed) -> Placed:
    """The same from top to bottom."""
    boxes = {name: (y, x, high, wide) for name, (x, y, wide, high) in placed.boxes.items()}
    routes = [[(y, x) for x, y in route] for route in placed.routes]
    return Placed(boxes, routes, (placed.size[1], placed.size[0]))


def _scale(placed: Placed, width: float, height: float) -> float:
    wide, high = placed.size
    return min((width - 8) / wide, (height - 8) / high, _LARGEST)


def fonts() -> tuple[QFont, QFont]:
    """Of the first line of a box, and of the others."""
    return theme.font(theme.BODY, theme.Weight.DemiBold), theme.font(theme.CAPTION)
