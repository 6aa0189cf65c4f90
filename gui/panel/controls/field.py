"""A line of text to edit, which gives the keys back when it is done."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit


def keeps_escape(event: QEvent) -> bool:
    """Whether the event asks if Esc is for the widget; accepts it, or the window would take it."""
    if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.ShortcutOverride:
        return False
    kept = event.key() == Qt.Key.Key_Escape
    event.setAccepted(kept)
    return kept


class ValueField(QLineEdit):
    """Enter takes what was typed, Esc leaves it; either way the keys are the window's again.

    `left`: the field is to be left, after Enter or Esc. `abandoned`: before that, after Esc.
    """

    left = Signal()
    abandoned = Signal()

    def event(self, event: QEvent) -> bool:
        return keeps_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.abandoned.emit()
            self.left.emit()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Qt would select what stands on one side of the decimal point.
        self.selectAll()
