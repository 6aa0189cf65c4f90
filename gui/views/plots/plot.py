"""What all plots have in common: they zoom, they read off, and they can be taken along."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QFileDialog, QMenu, QToolTip, QWidget

from gui import theme
from gui.views.base import View
from gui.views.plots import axes, clipboard, keys, legend, menu
from gui.views.plots.axes import Points
from gui.views.plots.canvas import Canvas, Cross
from gui.views.plots.saving import FORMS, Copy, Form
from lab.exhibit import Output
from lab.records import csv_text

# Pixels, (width, height), below the legend that axes with their figures need.
LEAST_AXES = (220.0, 130.0)
# How far a fixed end of an axis gives way to data, in lengths of the axis.
YIELDS = 9


class PlotView(View):
    """A plot follows its data until it is zoomed or moved; a double click lets it follow again.

    A subclass says what there is: `ends` around all of it, `lay_items` puts it into the box,
    `entries` names it in the legend, `cross_at` is where the cross-hair stands.
    """

    def __init__(self, output: Output, parent: QWidget | None = None) -> None:
        super().__init__(output, parent)
        self.log_x, self.log_y = output.log_x, output.log_y
        self.follows = True
        self._plan: axes.Axes | None = None
        self._entries: list[legend.Entry] = []
        self._framed = False
        self._pointer: QPointF | None = None
        self.canvas = Canvas(self, self.room, self.paint_over)
        self.canvas.hide()
        self.canvas.moved.connect(self._moved)
        self.canvas.ranged.connect(self._lay_axes)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # What a subclass says.

    def ends(self) -> tuple[axes.Ends, axes.Ends]:
        """The ends of both axes around all that there is; exponents on a logarithmic axis."""
        raise NotImplementedError

    def lay_items(self) -> None:
        """Give the items in the box the payload's numbers."""
        raise NotImplementedError

    def entries(self) -> list[legend.Entry]:
        """The legend."""
        return []

    def cross_at(self, position: QPointF) -> Cross | None:
        """Where the cross-hair stands for a point of this widget inside the axes."""
        return None

    def y_ends(self, placed: Points) -> axes.Ends:
        """The ends of the y axis: those that the output gives, else round ones around the data.

        placed: where the data stand on it. A fixed end gives way where data lie beyond it, up to
        YIELDS times the fixed length: one number that blew up must not press all others flat.
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
        """The room that is kept free at the right."""
        return 0.0

    def letters(self) -> tuple[keys.Key, ...]:
        """What one key does while the plot has the focus."""
        return keys.KEYS

    def names(self) -> tuple[str, str]:
        """The names of the axes."""
        return self.output.x, self.output.y

    def paint_beside(self, painter: QPainter, plan: axes.Axes) -> None:
        """Draw what stands beside the axes."""

    # The contract of a view.

    def fits(self, width: float, height: float) -> bool:
        """Whether the axes are large enough below the legend."""
        above = legend.height(self._entries, int(width)) if self.payload is not None else 0.0
        return width >= LEAST_AXES[0] and height - above >= LEAST_AXES[1]

    def accept(self, payload: Any) -> None:
        self.canvas.setVisible(not self.is_empty())
        if not self.is_empty():
            self._lay()
            self._point(self._pointer)
            if self._pointer is not None and QToolTip.isVisible():
                # What is read under a pointer that rests is of now, too.
                QToolTip.showText(QCursor.pos(), self.readout(self._pointer), self)

    def forget(self) -> None:
        self.canvas.hide()
        self.follows = True
        self.log_x, self.log_y = self.output.log_x, self.output.log_y

    def restyle(self) -> None:
        self.canvas.restyle()
        if self.payload is not None and not self.is_empty():
            self._lay()

    def repaint(self, *arguments: Any) -> None:
        """Draw at once, all of it: who measures what drawing takes calls this."""
        if self.canvas.isVisible():
            self.canvas.viewport().repaint()  # the view's own repaint would draw it twice
        else:
            super().repaint(*arguments)

    def plan(self) -> axes.Axes:
        """The axes as they are drawn now."""
        assert self._plan is not None, "there are no axes before there is something to draw"
        return self._plan

    def room(self) -> QRectF:
        """What the axes with their figures and names fill: all below the legend."""
        above = legend.height(self._entries, self.width())
        return QRectF(self.rect()).adjusted(0, above + theme.GRID / 2 if above else 0, 0, 0)

    # Laying out.

    def _lay(self) -> None:
        """Everything anew, of a payload, a size or a kind of axis."""
        self._entries = self.entries()
        full = self.ends()
        self.canvas.limit(full, (self.log_x, self.log_y))
        self._lay_axes(full if self.follows else None)
        self.lay_items()
        self.canvas.viewport().update()

    def _lay_axes(self, ends: tuple[axes.Ends, axes.Ends] | None = None) -> None:
        x, y = ends or self.canvas.ends()
        room = self.room().adjusted(0, 0, -self.margin(), 0)
        # While it is moved by hand it must not jump sideways with the width of its figures.
        least = 0.0 if self.follows or self._plan is None else self._plan.area.left()
        plan = axes.lay_out(room, x, y, *self.names(), self.log_x, self.log_y, least)
        if plan != self._plan:
            self._plan = plan
            self.canvas.lay(plan)
            self.canvas.viewport().update()

    def _moved(self) -> None:
        self.follows = False
        self._point(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.canvas.setGeometry(self.rect())
        if self.payload is not None and not self.is_empty():
            self._lay()

    def paint_over(self, painter: QPainter) -> None:
        """Draw the legend and what stands beside the axes."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        legend.paint(painter, QRectF(self.rect()), self._entries)
        if self._plan is not None:
            self.paint_beside(painter, self._plan)
        if self._framed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.current().accent, 2.0))
            painter.drawRect(self.plan().area)

    # What the lecturer does.

    def see_all(self) -> None:
        """Follow the data again."""
        self.follows = True
        if self.payload is not None and not self.is_empty():
            self._lay()

    def toggle_log_x(self) -> None:
        """The x axis: logarithmic, or linear again."""
        self.log_x = not self.log_x
        self.see_all()

    def toggle_log_y(self) -> None:
        """The y axis: logarithmic, or linear again."""
        self.log_y = not self.log_y
        self.see_all()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.see_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        for key in self.letters():
            if event.text().upper() == key.key and self.payload is not None:
                getattr(self, key.method)()
                return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.payload is not None and not self.is_empty():
            self.menu().popup(event.globalPos())

    # The cross-hair.

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() or self.payload is None or self.is_empty():
            self._point(None)
            return
        self._point(event.position())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)
        super().leaveEvent(event)

    def _point(self, position: QPointF | None) -> None:
        """Put the cross-hair where the pointer is, or take it away."""
        was, self._pointer = self._pointer, position
        inside = position is not None and self.plan().area.contains(position)
        self.canvas.cross(self.cross_at(position) if inside and position is not None else None)
        if was is not None and not inside:
            QToolTip.hideText()

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason
        self._frame(event.reason() in by_key)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._frame(False)
        super().focusOutEvent(event)

    def _frame(self, framed: bool) -> None:
        if framed != self._framed:
            self._framed = framed
            self.canvas.viewport().update()

    # Taken along.

    def menu(self) -> QMenu:
        """What the right button opens."""
        on = {"toggle_log_x": self.log_x, "toggle_log_y": self.log_y}
        own = [
            menu.Entry(key.text, getattr(self, key.method), key.key, on.get(key.method))
            for key in self.letters()
        ]
        copies = [menu.Entry(f"Copy as {form}", partial(self.copy, form)) for form in FORMS]
        files = [menu.Entry(f"Save as {form}…", partial(self.save, form)) for form in FORMS]
        return menu.make(self, (own, copies, files))

    def taken(self) -> Copy:
        """The plot as it is now, to be copied or saved."""
        title = self.payload.title or self.output.title
        numbers = partial(csv_text, self.payload, self.output)
        return Copy(title, self.size(), self.render_plot, numbers)

    def copy(self, form: Form) -> None:
        """Put the plot on the clipboard, and say so."""
        clipboard.put(self.taken().mime(form))
        self.said.emit("Copied")

    def save(self, form: Form) -> None:
        """Ask for a file and write the plot into it; say so, or what was wrong."""
        ending = form.lower()
        name, _ = QFileDialog.getSaveFileName(
            self, "Save the plot", f"{self.output.name}.{ending}", f"{form} (*.{ending})"
        )
        if not name:
            return
        path = Path(name if name.lower().endswith(f".{ending}") else f"{name}.{ending}")
        try:
            path.write_bytes(self.taken().written(form))
        except OSError as error:
            self.failed.emit(f"cannot save to {path}: {error.strerror}; choose another folder")
        else:
            self.said.emit(f"Saved {path.name}")

    def render_plot(self, painter: QPainter, place: QRectF) -> None:
        """Draw it elsewhere, without the cross-hair."""
        self._point(None)
        self.canvas.render(painter, place, self.rect())
