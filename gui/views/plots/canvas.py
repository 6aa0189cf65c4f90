"""The canvas of every plot: pyqtgraph's scene and view box, and axes of our own.

Of pyqtgraph's global settings only the clean-up at exit is changed. Colours and fonts are the
theme's, read at each paint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyqtgraph
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import QGraphicsView, QWidget

from gui import theme
from gui.views.plots import axes
from gui.views.plots.items import BEYOND

# The closest and the farthest zoom, as fractions of the full range.
_NEAREST, _FARTHEST = 1e-6, 20.0
# The closest zoom as a fraction of the numbers: below it floats cannot be told apart.
_DIGITS = 1e-12
# Beyond these limits transformations overflow.
_REACH, _EXPONENTS = (-1e101, 1e101), (-330.0, 300.0)


@dataclass(frozen=True)
class Cross:
    """The cross-hair in axis coordinates, and the dots on it; None for no line."""

    x: float | None = None
    y: float | None = None
    dots: tuple[tuple[float, float, QColor], ...] = ()


def cosmetic(colour: QColor, width: float, dash: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen whose width in pixels does not change with the zoom."""
    pen = QPen(colour, width, dash)
    pen.setCosmetic(True)
    return pen


# pyqtgraph's clean-up at exit crashes on widgets that Qt has already destroyed.
pyqtgraph.setConfigOption("exitCleanup", False)


class Box(pg.ViewBox):
    """The view box: the wheel zooms about the pointer, the left button pans."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.disableAutoRange()

    def shape(self) -> QPainterPath:
        """The region that items are clipped to."""
        path = QPainterPath()
        path.addRect(self.rect().adjusted(-BEYOND, -BEYOND, BEYOND, BEYOND))
        return path

    def keyPressEvent(self, event: Any) -> None:
        """Keys are the plot's."""
        event.ignore()


class Margin(pg.GraphicsWidget):
    """The tick labels of one axis: there the wheel and the left button act on that axis."""

    def __init__(self, box: Box, axis: int) -> None:
        super().__init__()
        self._box, self._axis = box, axis

    def wheelEvent(self, event: Any) -> None:
        event.setPos(self.mapToItem(self._box, event.pos()))
        self._box.wheelEvent(event, axis=self._axis)

    def mouseDragEvent(self, event: Any) -> None:
        """pyqtgraph's own event."""
        self._box.mouseDragEvent(event, axis=self._axis)


class Canvas(pg.GraphicsView):
    """Paints the axes, the items in the view box, and the legend."""

    # The range changed by hand; and by hand or by the program.
    moved = Signal()
    ranged = Signal()
    # pyqtgraph resizes while it is made.
    _plan: axes.Axes | None = None

    def __init__(
        self, plot: QWidget, room: Callable[[], QRectF], over: Callable[[QPainter], None]
    ) -> None:
        """plot: gets the mouse events. room: of the axes. over: paints the foreground."""
        super().__init__(plot, useOpenGL=False, background=None)
        self._plot, self._room, self._over = plot, room, over
        self.box = Box()
        self._full: object = None
        self._setting = False
        self.setCentralItem(self.box)
        self.margins = Margin(self.box, 0), Margin(self.box, 1)
        for margin in self.margins:
            self.addItem(margin)
        # Repaints are requested by the plot: cheaper than tracking what has changed in the scene.
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        # The marker is behind the lines, the cross-hair in front of them.
        self.marker = self._line(90, Qt.PenStyle.DashLine, 2.0, -90)
        self.hair = tuple(self._line(angle, Qt.PenStyle.SolidLine, 1.0, 10) for angle in (90, 0))
        self._cross: Cross | None = None
        self.dots = pg.ScatterPlotItem(size=10, pxMode=True, antialias=True)
        self.dots.setZValue(11)
        self.dots.hide()
        self.box.addItem(self.dots)
        self.restyle()
        self.box.sigRangeChangedManually.connect(lambda _: self.moved.emit())
        self.box.sigRangeChanged.connect(self._ranged)

    def _line(self, angle: int, dash: Qt.PenStyle, width: float, level: float) -> Any:
        pen = cosmetic(theme.current().muted, width, dash)
        line = pg.InfiniteLine(angle=angle, movable=False, pen=pen)
        line.setZValue(level)
        line.hide()
        self.box.addItem(line)
        return line

    # For the plot.

    def restyle(self) -> None:
        """Apply the theme's colours."""
        look = theme.current()
        self.setBackgroundBrush(look.card)
        for line in (self.marker, *self.hair):
            line.pen.setColor(look.muted)
        self.dots.setPen(cosmetic(look.card, 1.5))
        self.redraw()

    def redraw(self) -> None:
        """Repaint everything, including the cached background."""
        self.resetCachedContent()
        self.viewport().update()

    def lay(self, plan: axes.Axes) -> None:
        """Put the axes where `plan` says."""
        if plan == self._plan:
            return
        self._plan = plan
        self._setting = True
        try:
            self.box.setGeometry(plan.area)
            self.box.setRange(xRange=plan.x, yRange=plan.y, padding=0)
            # Otherwise the next zoom would use the transformation of the last paint.
            self.box.updateMatrix()
        finally:
            self._setting = False
        area, size = plan.area, self.size()
        below = QRectF(area.left(), area.bottom(), area.width(), size.height() - area.bottom())
        self.margins[0].setGeometry(below)
        self.margins[1].setGeometry(QRectF(0, area.top(), area.left(), area.height()))
        self.redraw()

    def resizeEvent(self, event: Any) -> None:
        """pyqtgraph gives the box all of the view; of a hidden one, not before it is shown."""
        super().resizeEvent(event)
        if self._plan is not None:
            self.box.setGeometry(self._plan.area)

    def limit(self, full: tuple[axes.Ends, axes.Ends], logarithmic: tuple[bool, bool]) -> None:
        """Limit zooming and panning to the surroundings of the full range."""
        if (full, logarithmic) == self._full:
            return
        self._full = full, logarithmic
        limits = {}
        for name, (low, high), log in zip("XY", full, logarithmic, strict=True):
            least, most = _EXPONENTS if log else _REACH
            span, size = high - low, max(abs(low), abs(high))
            limits[f"{name.lower()}Min"] = max(low - _FARTHEST * span, least)
            limits[f"{name.lower()}Max"] = min(high + _FARTHEST * span, most)
            limits[f"min{name}Range"] = max(_NEAREST * span, _DIGITS * size)
            limits[f"max{name}Range"] = _FARTHEST * span
        self._setting = True
        try:
            self.box.setLimits(**limits)
        finally:
            self._setting = False

    def ends(self) -> tuple[axes.Ends, axes.Ends]:
        """The visible range of both axes."""
        (left, right), (low, high) = self.box.viewRange()
        return (left, right), (low, high)

    def _ranged(self, *_: object) -> None:
        if not self._setting:
            self.ranged.emit()

    def cross(self, cross: Cross | None) -> None:
        """Show the cross-hair, or none."""
        if cross == self._cross:
            return
        self._cross = cross
        for line, at in zip(self.hair, (cross and cross.x, cross and cross.y), strict=True):
            line.setVisible(at is not None)
            if at is not None:
                line.setValue(at)
        dots = cross.dots if cross else ()
        self.dots.setVisible(bool(dots))
        self.dots.setData(spots=[{"pos": (x, y), "brush": colour} for x, y, colour in dots])
        self.viewport().update()

    # Painting.

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """The background and the axes, which Qt caches until `redraw`."""
        painter.fillRect(rect, theme.current().card)
        if self._plan is not None:
            axes.paint(painter, self._plan, self._room())

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        self._over(painter)

    # The mouse.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._plot.mousePressEvent(event)
        # The right button has a menu; pyqtgraph would zoom with it.
        if event.button() != Qt.MouseButton.RightButton:
            super().mousePressEvent(event)
        event.accept()  # or Qt would hand it to the plot a second time

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._plot.mouseMoveEvent(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._plot.mouseDoubleClickEvent(event)
        event.accept()

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self._plot.leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # the menu is the plot's
