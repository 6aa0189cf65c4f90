"""A few sentences in plain text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from gui import theme
from gui.views.base import View
from gui.views.pictures.pictures import mark
from lab.exhibit import Output
from lab.payloads import Note

_EDGE = 4
_MARK = 24


class NoteView(View):
    """Text that can be selected and copied; a tone adds a coloured edge and a tick or cross."""

    payload: Note

    def __init__(self, output: Output, parent: QWidget | None = None) -> None:
        super().__init__(output, parent)
        self.words = QPlainTextEdit(self)
        self.words.setReadOnly(True)
        self.words.setFrameShape(QFrame.Shape.NoFrame)
        self.words.setProperty("role", "words")
        self.words.setAccessibleName(output.title)
        self.words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.words.hide()

    def accept(self, payload: Note) -> None:
        # Setting the same text again would clear the selection.
        if self.words.toPlainText() != payload.text:
            self.words.setPlainText(payload.text)
        self.words.setVisible(bool(payload.text))
        self._place()

    def _place(self) -> None:
        # Placed here, not by a layout: that would wait for the event loop, and draw a frame before.
        toned = self.payload is not None and self.payload.tone
        left = _EDGE + _MARK + 2 * theme.GRID if toned else 0
        self.words.setGeometry(self.rect().adjusted(left, 0, 0, 0))

    def fits(self, width: float, height: float) -> bool:
        """Whether half of the text is seen before one scrolls."""
        if self.payload is None or self.is_empty():
            return super().fits(width, height)
        left = _EDGE + _MARK + 2 * theme.GRID if self.payload.tone else 0
        room = QRectF(0, 0, width - left - 2 * self.words.document().documentMargin(), 1e6)
        metrics = QFontMetricsF(theme.font())
        needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self.payload.text).height()
        return super().fits(width, height) and height >= needed / 2

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def forget(self) -> None:
        self.words.clear()
        self.words.hide()

    def is_empty(self) -> bool:
        return not self.payload or not self.payload.text

    def paint(self, painter: QPainter) -> None:
        tone, look = self.payload.tone, theme.current()
        if tone:
            colour = look.good if tone == "good" else look.bad
            painter.fillRect(QRectF(0, 0, _EDGE, self.height()), colour)
            mark(painter, QPointF(_EDGE + theme.GRID + _MARK, 2), _MARK, tone, colour)
