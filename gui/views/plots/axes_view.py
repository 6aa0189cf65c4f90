"""A view between axes that follow its data until it is zoomed or moved."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.views.base import View
from gui.views.plots import axes, legend
from gui.views.plots.axes import Points
from gui.views.plots.canvas import Canvas
from lab.exhibit import Output

# The smallest readable size of axes with their labels: pixels, (width, height).
LEAST_AXES = (220.0, 130.0)
# How far a fixed limit of an axis is moved for data beyond it, as a multiple of the range.
YIELDS = 9


class AxesView(View):
    """A canvas with axes and a legend, laid out around the items of a subclass.

    A subclass overrides `ends`, the range of its data, `lay_items`, which updates its items, and
    `entries`, its legend.
    """

    def __init__(self, output: Output, parent: QWidget | None = None) -> None:
        super().__init__(output, parent)
        self.log_x, self.log_y = output.log_x, output.log_y
        self.follows = True
        self._plan: axes.Axes | None = None
        self._entries: list[legend.Entry] = []
        self.canvas = Canvas(self, self.room, self.paint_over)
        self.canvas.hide()
        self.canvas.moved.connect(self._moved)
        self.canvas.ranged.connect(self._lay_axes)

    # For subclasses.

    def ends(self) -> tuple[axes.Ends, axes.Ends]:
        """The limits of both axes around all data; exponents on a logarithmic axis."""
        raise NotImplementedError

    def lay_items(self) -> None:
        """Update the items in the view box from the payload."""
        raise NotImplementedError

    def entries(self) -> list[legend.Entry]:
        """The legend."""
        return []

    def y_ends(self, placed: Points) -> axes.Ends:
        """The limits of the y axis: those of the output, or round ones around the data.

        placed: the data in axis coordinates. A fixed limit is moved for data beyond it, by up to
        YIELDS times the fixed range: a single value that diverges must not flatten all others.
        """
        around, fixed = axes.ends_of(placed, self.log_y), self.output.y_range
        if fixed is None or (self.log_y and fixed[0] <= 0):
            return around
        low, high = axes.placed(np.array(fixed, np.float64), self.log_y).tolist()
        beyond = YIELDS * (high - low)
        known = placed[np.isfinite(placed)]
        below, above = known.min(initial=low) < low, known.max(initial=high) > high
        return (
            max(around[0], low - beyond) if below else low,
            min(around[1], high + beyond) if above else high,
        )

    def margin(self) -> float:
        """The width kept free at the right, in pixels."""
        return 0.0

    def names(self) -> tuple[str, str]:
        """The names of the axes."""
        return self.output.x, self.output.y

    def paint_beside(self, painter: QPainter, plan: axes.Axes) -> None:
        """Draw in the margin at the right."""

    # The contract of a view.

    def fits(self, width: float, height: float) -> bool:
        """Whether the axes are large enough below the legend."""
        above = legend.height(self._entries, int(width)) if self.payload is not None else 0.0
        return width >= LEAST_AXES[0] and height - above >= LEAST_AXES[1]

    def accept(self, payload: Any) -> None:
        self.canvas.setVisible(not self.is_empty())
        if not self.is_empty():
            self._lay()

    def forget(self) -> None:
        self.canvas.hide()
        self.follows = True
        self.log_x, self.log_y = self.output.log_x, self.output.log_y

    def restyle(self) -> None:
        self.canvas.restyle()
        if self.payload is not None and not self.is_empty():
            self._lay()

    def repaint(self, *arguments: Any) -> None:
        """Draw everything at once, for measurements of the drawing time."""
        if self.canvas.isVisible():
            self.canvas.viewport().repaint()  # the view's own repaint would draw it twice
        else:
            super().repaint(*arguments)

    def plan(self) -> axes.Axes:
        """The axes as they are drawn now."""
        assert self._plan is not None, "there are no axes before there is something to draw"
        return self._plan

    def room(self) -> QRectF:
        """The rectangle of the axes with their labels: all below the legend."""
        above = legend.height(self._entries, self.width())
        return QRectF(self.rect()).adjusted(0, above + theme.GRID / 2 if above else 0, 0, 0)

    # Laying out.

    def _lay(self) -> None:
        """Lay out everything for a new payload, size or kind of axis."""
        self._entries = self.entries()
        full = self.ends()
        self.canvas.limit(full, (self.log_x, self.log_y))
        self._lay_axes(full if self.follows else None)
        self.lay_items()
        self.canvas.viewport().update()

    def _lay_axes(self, ends: tuple[axes.Ends, axes.Ends] | None = None) -> None:
        x, y = ends or self.canvas.ends()
        room = self.room().adjusted(0, 0, -self.margin(), 0)
        # While it is panned the axes must not shift with the width of the tick labels.
        least = 0.0 if self.follows or self._plan is None else self._plan.area.left()
        plan = axes.lay_out(room, x, y, *self.names(), self.log_x, self.log_y, least)
        if plan != self._plan:
            self._plan = plan
            self.canvas.lay(plan)
            self.canvas.viewport().update()

    def _moved(self) -> None:
        self.follows = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.canvas.setGeometry(self.rect())
        if self.payload is not None and not self.is_empty():
            self._lay()

    def paint_over(self, painter: QPainter) -> None:
        """Draw the legend and the margin beside the axes."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        legend.paint(painter, QRectF(self.rect()), self._entries)
        if self._plan is not None:
            self.paint_beside(painter, self._plan)
