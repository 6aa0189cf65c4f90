"""The graphics items of a plot: lines, bands and bars, drawn in screen pixels."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen, QTransform

from gui.views.plots import lines
from gui.views.plots.lines import Points

# Coordinates are clipped to this many pixels: Qt's arithmetic overflows far outside.
_FAR = 1e5
# Items are drawn up to this many pixels beyond the box: a line on its edge keeps its full width.
BEYOND = 5


class Item(pg.GraphicsObject):
    """A graphics item drawn in screen pixels, at any zoom."""

    def boundingRect(self) -> QRectF:
        box = self.getViewBox()
        if box is None:
            return QRectF()
        seen = box.viewRect()
        wide = BEYOND * seen.width() / max(box.width(), 1)
        tall = BEYOND * seen.height() / max(box.height(), 1)
        return QRectF(seen.adjusted(-wide, -tall, wide, tall))

    def viewRangeChanged(self, *_: object) -> None:
        """Called by pyqtgraph when the view box shows another range."""
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, *_: object) -> None:
        where = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, where)
        painter.restore()

    def draw(self, painter: QPainter, where: QTransform) -> None:
        """Draw it; `where` transforms data coordinates to pixels."""
        raise NotImplementedError


def across(where: QTransform, x: Points) -> Points:
    """x coordinates as pixels from the left, clipped."""
    return np.clip(x * where.m11() + where.dx(), -_FAR, _FAR)


def down(where: QTransform, y: Points) -> Points:
    """y coordinates as pixels from the top, clipped."""
    return np.clip(y * where.m22() + where.dy(), -_FAR, _FAR)


class Series(Item):
    """One or more y over x, downsampled to what the screen can show."""

    def __init__(self, rank: int) -> None:
        super().__init__()
        self.setZValue(-rank)
        self._columns: tuple[Points, ...] = ()
        self._rising = True
        self._in_view: tuple[tuple[float, ...], tuple[Points, ...]] | None = None

    def set_numbers(self, *columns: Points) -> None:
        """x, and one or more y: float64 of one length, NaN for gaps."""
        self._columns, self._in_view = columns, None
        self._rising = bool((np.diff(columns[0]) >= 0).all())
        self.update()

    def points_in_view(self, where: QTransform) -> tuple[Points, ...]:
        """The points in view, downsampled to about one a pixel, in pixels."""
        box = self.getViewBox()
        key = where.m11(), where.m22(), where.dx(), where.dy(), box.width()
        if self._in_view is None or self._in_view[0] != key:
            seen = self._columns
            if self._rising:
                # One more at each side, so that the line goes on to the edge.
                low, high = box.viewRange()[0]
                first, last = np.searchsorted(seen[0], (low, high), "left")
                part = slice(max(int(first) - 2, 0), int(last) + 2)
                seen = tuple(column[part] for column in seen)
            x, *ys = lines.thinned(*seen, limit=max(int(box.width()), 64), rising=self._rising)
            self._in_view = key, (across(where, x), *(down(where, y) for y in ys))
        return self._in_view[1]


class Line(Series):
    """A line through points; it breaks where one is not finite."""

    def set_pen(self, colour: QColor, dash: Qt.PenStyle, dots: bool = False) -> None:
        """Set the colour and the dash pattern. dots: its points alone, without a line."""
        self._pen, self._dots = (colour, dash), dots
        self.update()

    def draw(self, painter: QPainter, where: QTransform) -> None:
        drawing = painter.paintEngine().type() == QPaintEngine.Type.SVG
        x, y = self.points_in_view(where)
        if self._dots:
            lines.draw_dots(painter, x, y, self._pen[0], lines.ALONE)
        else:
            lines.draw(painter, x, y, *self._pen, exact=drawing)


class Band(Series):
    """A shaded band from a low to a high y."""

    def set_colour(self, colour: QColor) -> None:
        """Set the colour, of which the band is a translucent shade."""
        self._colour = colour
        self.update()

    def draw(self, painter: QPainter, where: QTransform) -> None:
        x, low, high = self.points_in_view(where)
        shade = QColor(self._colour)
        shade.setAlphaF(0.22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        for part in lines.runs(np.isfinite(x) & np.isfinite(low) & np.isfinite(high)):
            there = np.stack([x[part], high[part]], 1)
            back = np.stack([x[part], low[part]], 1)[::-1]
            painter.drawPolygon(lines.polygon(np.concatenate([there, back])))


class Bars(Item):
    """The bars of a histogram, translucent, with one outline."""

    def __init__(self, rank: int) -> None:
        super().__init__()
        self.setZValue(rank)

    def set_numbers(self, edges: Points, heights: Points, floor: float) -> None:
        """edges: (N + 1,); heights: (N,), NaN for none; floor: y of their base."""
        self._edges = np.repeat(edges, 2)
        tops = np.where(np.isfinite(heights), np.maximum(heights, floor), floor)
        self._outline = np.concatenate([[floor], np.repeat(tops, 2), [floor]])
        self.update()

    def set_colour(self, colour: QColor, opacity: float) -> None:
        """Set the colour, and the opacity of the fill."""
        self._colour, self._opacity = colour, opacity
        self.update()

    def draw(self, painter: QPainter, where: QTransform) -> None:
        outline = np.stack([across(where, self._edges), down(where, self._outline)], 1)
        fill = QColor(self._colour)
        fill.setAlphaF(self._opacity)
        painter.setBrush(fill)
        painter.setPen(QPen(self._colour, 1.5))
        painter.drawPolygon(lines.polygon(outline))
