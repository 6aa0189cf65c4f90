"""What all plots have in common: zooming, reading values off, copying and saving."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from gui import theme
from gui.views.plots import keys, menu, saving
from gui.views.plots.axes_view import AxesView
from gui.views.plots.canvas import Cross
from gui.views.plots.saving import FORMS, Copy, Form
from lab.exhibit import Output
from lab.records import csv_text


class PlotView(AxesView):
    """A plot follows its data until it is zoomed or moved; a double click lets it follow again.

    A subclass overrides `cross_at` for the cross-hair, beside what `AxesView` asks for.
    """

    def __init__(self, output: Output, parent: QWidget | None = None) -> None:
        super().__init__(output, parent)
        self._pointer: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # For subclasses.

    def cross_at(self, position: QPointF) -> Cross | None:
        """The cross-hair for a point of this widget inside the axes; None for none."""
        return None

    def letters(self) -> tuple[keys.Key, ...]:
        """The keys of the plot while it has the focus."""
        return keys.KEYS

    # The contract of a view.

    def accept(self, payload: Any) -> None:
        super().accept(payload)
        if not self.is_empty():
            self._point(self._pointer)
            if self._pointer is not None and QToolTip.isVisible():
                # The values read at a resting pointer change with the payload.
                QToolTip.showText(QCursor.pos(), self.readout(self._pointer), self)

    def paint_over(self, painter: QPainter) -> None:
        super().paint_over(painter)
        if self.has_keys:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.current().accent, 2.0))
            painter.drawRect(self.plan().area)

    def _moved(self) -> None:
        super()._moved()
        self._point(None)

    # Keys and mouse.

    def see_all(self) -> None:
        """Show all data, and follow them from now on."""
        self.follows = True
        if self.payload is not None and not self.is_empty():
            self._lay()

    def toggle_log_x(self) -> None:
        """Switch the x axis between linear and logarithmic."""
        self.log_x = not self.log_x
        self.see_all()

    def toggle_log_y(self) -> None:
        """Switch the y axis between linear and logarithmic."""
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
        """Show the cross-hair at the pointer, or hide it."""
        was, self._pointer = self._pointer, position
        inside = position is not None and self.plan().area.contains(position)
        self.canvas.cross(self.cross_at(position) if inside and position is not None else None)
        if was is not None and not inside:
            QToolTip.hideText()

    def mark_keys(self, event: QFocusEvent) -> None:
        super().mark_keys(event)
        self.canvas.viewport().update()

    # Copying and saving.

    def menu(self) -> QMenu:
        """The context menu."""
        on = {"toggle_log_x": self.log_x, "toggle_log_y": self.log_y}
        own = [
            menu.Entry(key.text, getattr(self, key.method), key.key, on.get(key.method))
            for key in self.letters()
        ]
        copies = [menu.Entry(f"Copy as {form}", partial(self.copy, form)) for form in FORMS]
        files = [menu.Entry(f"Save as {form}…", partial(self.save, form)) for form in FORMS]
        return menu.make(self, (own, copies, files))

    def snapshot(self) -> Copy:
        """The plot as it is now, to be copied or saved."""
        title = self.payload.title or self.output.title
        numbers = partial(csv_text, self.payload, self.output)
        return Copy(title, self.size(), self.render_plot, numbers)

    def copy(self, form: Form) -> None:
        """Put the plot on the clipboard, and say so."""
        saving.copy(self, self.snapshot(), form)

    def save(self, form: Form) -> None:
        """Ask for a file and write the plot into it; say so, or what was wrong."""
        saving.save(self, self.snapshot(), form, "the plot")

    def render_plot(self, painter: QPainter, place: QRectF) -> None:
        """Draw the plot into `place` of another device, without the cross-hair."""
        self._point(None)
        self.canvas.render(painter, place, self.rect())
