"""The parts of a graph with modules: how large their boxes are, and how they are painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gui import theme
from gui.views import text
from gui.views.graphs.graph import PAD, fonts
from gui.views.graphs.nested import TITLE, Link, Size

ARROW = 9.0
# Between the triangle and the name; the sign of a skip, and what is before it; the legend.
_CHEVRON, _SIGN, _APART = 14.0, 15.0, 10.0
LEGEND = 3.0 * theme.GRID
# The largest radius of a bend: of a turn, and of a skip, which is an arc.
_BEND, _ARC = 1.5 * theme.GRID, 8.0 * theme.GRID
# The widths of lines: of a skip, and of one of many.
_STEP, _SKIP, _THIN = 2.0, 3.5, 1.8


def skip_colour() -> QColor:
    """The colour of edges that run past boxes."""
    return theme.current().line(1)


def path_of(link: Link, downwards: bool, pointed: bool) -> tuple[QPainterPath, QPolygonF]:
    """The line of an edge, and the head of its arrow. pointed: whether that is drawn."""
    points = [QPointF(*point) for point in link.points]
    head, end = _head(points, downwards, link)
    if pointed:
        points[-1] = end
    if link.kind == "step":
        path = QPainterPath(points[0])
        path.lineTo(points[1])
        middle = (points[1] + points[2]) / 2
        if downwards:
            bends = QPointF(points[1].x(), middle.y()), QPointF(points[2].x(), middle.y())
        else:
            bends = QPointF(middle.x(), points[1].y()), QPointF(middle.x(), points[2].y())
        path.cubicTo(*bends, points[2])
        path.lineTo(points[3])
        return path, head
    return _rounded(points, _ARC if link.past else _BEND), head


def _head(points: list[QPointF], downwards: bool, link: Link) -> tuple[QPolygonF, QPointF]:
    """The head, and where the line ends in it."""
    end = points[-1]
    before = next((p for p in reversed(points[:-1]) if p != end), None)
    if before is None or link.kind == "step":
        along = QPointF(0, 1) if downwards else QPointF(1, 0)
    else:
        away = end - before
        along = away / max(abs(away.x()), abs(away.y()))
    size = ARROW + 2 if link.past and not link.many else ARROW
    side = QPointF(-along.y(), along.x()) * (size / 2)
    back = end - along * size
    return QPolygonF([end, back - side, back + side]), end - along * (size - 1)


def _rounded(points: list[QPointF], largest: float) -> QPainterPath:
    """A line whose corners are bends; each takes at most half of a segment between two of them."""
    path = QPainterPath(points[0])
    last = len(points) - 2
    for i in range(1, len(points) - 1):
        before, corner, after = points[i - 1], points[i], points[i + 1]
        in_, out = before - corner, after - corner
        long_in = abs(in_.x()) + abs(in_.y())
        long_out = abs(out.x()) + abs(out.y())
        r_in = min(largest, long_in if i == 1 else long_in / 2)
        r_out = min(largest, long_out if i == last else long_out / 2)
        if min(r_in, r_out) < 0.5:
            path.lineTo(corner)
            continue
        # An arc that leaves a box quickly runs along for longer.
        r_in, r_out = min(r_in, 2.5 * r_out), min(r_out, 2.5 * r_in)
        first, second = corner + in_ * (r_in / long_in), corner + out * (r_out / long_out)
        path.lineTo(first)
        path.cubicTo(first + (corner - first) * 0.55, second + (corner - second) * 0.55, second)
    path.lineTo(points[-1])
    return path


def chevron(painter: QPainter, at: QPointF, opened: bool, colour: QColor) -> None:
    """A small triangle: to the right of what is folded, downwards of what is open."""
    size = 4.5
    corners = [QPointF(-size, -size), QPointF(size * 0.7, 0), QPointF(-size, size)]
    if opened:
        corners = [QPointF(-p.y(), p.x()) for p in corners]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([at + corner for corner in corners]))


def arc_sign(painter: QPainter, place: QRectF) -> None:
    """The sign of a skip: an arc from the end of a short line to its head."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, top, bottom = place.left() + 3, place.top() + 2, place.bottom() - 2
    painter.setPen(QPen(theme.current().muted, 2))
    painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    painter.setPen(QPen(skip_colour(), 2.5))
    path = QPainterPath(QPointF(x, top + 1))
    path.cubicTo(
        QPointF(place.right() + 3, top + 1),
        QPointF(place.right() + 3, bottom - 1),
        QPointF(x, bottom - 1),
    )
    painter.drawPath(path)


def paint_link(
    painter: QPainter, path: QPainterPath, head: QPolygonF | None, link: Link, chosen: bool
) -> None:
    """Draw an edge. head: of its arrow, if it has one. chosen: an end is the selected node."""
    look = theme.current()
    colour = QColor(skip_colour() if link.past else look.muted)
    width = _STEP if not link.past else _THIN if link.many and not chosen else _SKIP
    if link.many and not chosen:
        colour.setAlphaF(0.7)
    painter.setPen(QPen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if head is not None:
        painter.drawPolygon(head)


@dataclass(frozen=True)
class Box:
    """A node or a folded module. lines: the first is set in bold. skips: how many are inside."""

    lines: Sequence[str]
    folded: bool = False
    skips: int = 0

    def size(self) -> Size:
        """(width, height) in pixels."""
        strong, font = fonts()
        first, *rest = self.lines
        widths = [text.width(first, strong), *(text.width(line, font) for line in rest)]
        if self.folded:
            widths[0] += _CHEVRON
        if self.skips:
            widths[1] += _APART + _SIGN + text.width(str(self.skips), font)
        high = text.line_height(strong) + len(rest) * text.line_height(font)
        return max(widths) + 2 * PAD, high + PAD

    def paint(
        self,
        painter: QPainter,
        rect: QRectF,
        colours: tuple[QColor, QColor] | None,
        chosen: bool,
        lit: bool,
    ) -> None:
        """Draw it. colours: of its edge and its inside, None for the plain ones."""
        look = theme.current()
        edge, fill = colours or (look.muted, look.selection if chosen else look.field)
        painter.setPen(QPen(look.accent if chosen or lit else edge, 3 if chosen else 1.5))
        painter.setBrush(fill)
        if self.folded:
            # A second edge behind it: there is more inside.
            painter.drawRoundedRect(rect.translated(4, 4), 6, 6)
        painter.drawRoundedRect(rect, 6, 6)
        strong, font = fonts()
        y = rect.top() + 0.5 * PAD
        for number, line in enumerate(self.lines):
            type_ = font if number else strong
            place = QRectF(rect.left(), y, rect.width(), text.line_height(type_))
            if number == 0 and self.folded:
                left = rect.center().x() - (text.width(line, strong) + _CHEVRON) / 2
                at = QPointF(left + 5, place.center().y())
                chevron(painter, at, False, look.accent if lit else look.text)
                place.translate(_CHEVRON / 2, 0)
            if number == 1 and self.skips:
                self._paint_skips(painter, place, line)
            else:
                text.draw(painter, place, line, type_, look.text, text.CENTRE)
            y += place.height()

    def _paint_skips(self, painter: QPainter, place: QRectF, line: str) -> None:
        """A line with the number of skips at its end."""
        ink, (_, font) = theme.current().text, fonts()
        wide, count = text.width(line, font), str(self.skips)
        left = place.center().x() - (wide + _APART + _SIGN + text.width(count, font)) / 2
        place.setLeft(left)
        text.draw(painter, place, line, font, ink)
        left += wide + _APART
        arc_sign(painter, QRectF(left, place.top(), _SIGN - 4, place.height()))
        place.setLeft(left + _SIGN)
        text.draw(painter, place, count, font, ink)


def title_width(name: str) -> float:
    """The width of the name of an open module, in pixels."""
    return text.width(name, fonts()[0]) + _CHEVRON


def title_of(rect: QRectF) -> QRectF:
    """The part of a frame with its name."""
    return QRectF(rect.left(), rect.top(), rect.width(), TITLE)


def paint_frame(painter: QPainter, rect: QRectF, name: str, deep: int, lit: bool) -> None:
    """An open module. deep: how many others are around it."""
    look = theme.current()
    painter.setPen(QPen(look.accent if lit else look.border, 1.5))
    painter.setBrush(look.window if deep % 2 else look.card)
    painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
    title, ink = title_of(rect), look.accent if lit else look.muted
    chevron(painter, QPointF(title.left() + PAD, title.center().y()), True, ink)
    text.draw(painter, title.adjusted(PAD + _CHEVRON - 4, 0, 0, 0), name, fonts()[0], ink)


def paint_legend(painter: QPainter, place: QRectF) -> None:
    """What the arcs are, above the graph."""
    look, (_, font) = theme.current(), fonts()
    painter.fillRect(place, look.card)
    left, high = place.left() + 4, text.line_height(font)
    arc_sign(painter, QRectF(left, place.top(), _SIGN - 4, high))
    words = QRectF(left + _SIGN + 4, place.top(), place.width(), high)
    text.draw(painter, words, "skip connection", font, look.text)
