"""The base of all views: an empty state, picking by mouse and keyboard, a readout."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.views import text
from gui.views.images import image_menu
from lab.exhibit import Output
from lab.media.pictures import Picture
from lab.payloads import Payload

# Pixels, (width, height), below which a view is not readable, whatever it shows.
LEAST = (180.0, 110.0)


class View(QWidget):
    """Draws the payloads of one output.

    A subclass overrides `accept` to take a payload in and `paint` to draw it; `count` and
    `rect_of` if its items can be picked; `readout` if it has values to show at the pointer;
    `pixel_at` and `picture_at` if it shows pictures. `picked` and `pointed` are only emitted if the
    output names the parameters that they set.
    """

    picked = Signal(int)
    # An image of this view, a lab.media.pictures.Picture, for the light table.
    sent = Signal(object)
    pointed = Signal(int, int)
    # In a line for the lecturer: what was done, and what could not be.
    said = Signal(str)
    failed = Signal(str)

    def __init__(self, output: Output, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.output = output
        # A payload of this view's kind; None until there is one.
        self.payload: Any = None
        self.selected: int | None = None
        self.hint = "Press Run"
        self.has_keys = False
        self.setMouseTracking(True)
        # A view fills its own background: else Qt paints the card and the window behind it at each
        # redraw, through the style sheet.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(output.title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        if output.picks:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # For the panel.

    def show_payload(self, payload: Payload) -> None:
        """Show `payload` from the next paint event on."""
        self.payload = payload
        self.accept(payload)
        if self.selected is not None and self.selected >= self.count():
            self.selected = None
        self.update()

    def clear(self) -> None:
        """Show the hint again."""
        self.payload = None
        self.selected = None
        self.forget()
        self.update()

    def set_hint(self, hint: str) -> None:
        """Set the text that is shown while there is no payload; "Press Run" by default."""
        self.hint = hint
        self.update()

    def select(self, index: int | None) -> None:
        """Frame an item as selected, without emitting `picked`."""
        self.selected = index
        self.update()

    # For subclasses.

    def accept(self, payload: Any) -> None:
        """Take in a payload of this view's kind."""

    def forget(self) -> None:
        """Drop what is cached of the payloads shown so far."""

    def restyle(self) -> None:
        """Drop what is cached in the colours of the theme before."""

    def paint_ground(self, painter: QPainter) -> None:
        """Fill the whole view with the card's colour."""
        painter.fillRect(self.rect(), theme.current().card)

    def paint(self, painter: QPainter) -> None:
        """Draw the payload; called only if there is one that is not empty."""

    def is_empty(self) -> bool:
        """Whether the payload has nothing to draw."""
        return False

    def fits(self, width: float, height: float) -> bool:
        """Whether what it shows could be read at this size: not cut, no picture too small."""
        return width >= LEAST[0] and height >= LEAST[1]

    @property
    def scrolls(self) -> bool:
        """Whether one scrolls to see all of it."""
        return False

    def count(self) -> int:
        """The number of items that can be picked."""
        return 0

    def rect_of(self, index: int) -> QRectF:
        """The rectangle of an item, in pixels of this widget."""
        raise NotImplementedError

    def index_at(self, position: QPointF) -> int | None:
        """The index of the item at a point of this widget."""
        for index in range(self.count()):
            if self.rect_of(index).contains(position):
                return index
        return None

    def row_length(self) -> int:
        """The number of items by which the up and down keys move."""
        return 1

    def readout(self, position: QPointF) -> str:
        """The values at a point of this widget, as text for a tooltip; empty for none."""
        return ""

    def pixel_at(self, position: QPointF) -> tuple[int, int] | None:
        """The pixel (column, row) of the picture at a point of this widget."""
        return None

    def picture_at(self, position: QPointF) -> Picture | None:
        """The image at a point of this widget, in its own pixels, named by its caption."""
        return None

    # Qt.

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 64)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self.paint_ground(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self.payload is None or self.is_empty():
                words = self.hint if self.payload is None else "Nothing to show"
                muted = theme.current().muted
                room = QRectF(self.rect())
                text.draw(painter, room, words, theme.font(), muted, text.CENTRE, lines=3)
            else:
                self.paint(painter)
            if self.has_keys:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.current().accent, 2.0))
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.mark_keys(event)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.mark_keys(event)
        super().focusOutEvent(event)

    def mark_keys(self, event: QFocusEvent) -> None:
        """Show who has the keys, where they came by Tab.

        A menu or another window takes them for a while, and gives them back: that changes nothing.
        """
        passing = Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason
        by_key = Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason
        if event.reason() not in passing:
            self.has_keys = event.gotFocus() and event.reason() in by_key
            self.update()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.restyle()
            self.update()
        super().changeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.payload is None:
            return
        position = event.position()
        if self.output.picks:
            over = self.index_at(position) is not None
            shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
        if self.output.points and (pixel := self.pixel_at(position)):
            self.setCursor(Qt.CursorShape.CrossCursor)
            self.pointed.emit(*pixel)
        QToolTip.showText(event.globalPosition().toPoint(), self.readout(position), self)

    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position()) if self.payload and self.output.picks else None
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self._pick(index)
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = self.count() - 1
        if last < 0 or not self.output.picks:
            super().keyPressEvent(event)
            return
        Key = Qt.Key
        now = -1 if self.selected is None else self.selected
        steps = {
            Key.Key_Right: now + 1,
            Key.Key_Left: now - 1,
            Key.Key_Down: now + self.row_length() if now >= 0 else 0,
            Key.Key_Up: now - self.row_length(),
            Key.Key_Home: 0,
            Key.Key_End: last,
        }
        wanted = steps.get(Key(event.key()))
        if wanted is None:
            super().keyPressEvent(event)
        elif 0 <= wanted <= last and wanted != now:
            self._pick(wanted)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        picture = None if self.payload is None else self.picture_at(QPointF(event.pos()))
        if picture is None:
            super().contextMenuEvent(event)
            return
        told = self.sent.emit, self.said.emit, self.failed.emit
        image_menu(self, picture, *told).popup(event.globalPos())

    def named(self, caption: str, pixels: NDArray[np.uint8]) -> Picture:
        """An image of this view. caption: below it; its first line is the name."""
        words = caption.partition("\n")[0].strip() or self.output.title.partition(":")[0]
        return Picture(words, pixels)

    def _pick(self, index: int) -> None:
        self.select(index)
        self.picked.emit(index)
