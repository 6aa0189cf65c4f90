"""Small widgets that every part of the window uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton, QSizePolicy, QWidget

B = TypeVar("B", bound=QPushButton)


def label(text: str, role: str, wrap: bool = False) -> QLabel:
    """A line of text in one of the theme's roles."""
    made = QLabel(text)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


class Line(QLabel):
    """One line of text that is elided where it does not fit; the tooltip has all of it."""

    def __init__(self, text: str, role: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        with QPainter(self) as painter:
            painter.setPen(self.palette().windowText().color())
            painter.drawText(self.rect(), self.alignment(), shown)


class SignButton(QPushButton):
    """A button whose text is a sign and a word; where room is short, the sign alone."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._words, self._short = text, False

    def setText(self, text: str) -> None:
        self._words = text
        super().setText(text.split()[0] if self._short else text)
        self.setAccessibleName(text.split(maxsplit=1)[-1])

    def shorten(self, short: bool) -> None:
        """Show the sign alone, or the word too."""
        if short != self._short:
            self._short = short
            self.setText(self._words)


def button(text: str, role: str, tip: str, pressed: Callable[[], None]) -> QPushButton:
    """A push button in one of the theme's roles."""
    return _fitted(QPushButton(text), role, tip, pressed)


def sign_button(text: str, role: str, tip: str, pressed: Callable[[], None]) -> SignButton:
    """The same whose text begins with a sign, which can stand alone."""
    return _fitted(SignButton(text), role, tip, pressed)


def _fitted(made: B, role: str, tip: str, pressed: Callable[[], None]) -> B:
    made.setProperty("role", role)
    made.setToolTip(tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    # A click leaves the keys where they are: Space pauses the run.
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.clicked.connect(lambda: pressed())
    return made


def confirm(parent: QWidget, question: str, yes: str, then: Callable[[], None]) -> None:
    """Ask a question beside the parent, without waiting; `then` is called if the answer is `yes`.

    yes: the text of the button that agrees. Esc and Enter mean Cancel.
    """
    box = QMessageBox(QMessageBox.Icon.Question, "Glassbox", question, parent=parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.finished.connect(lambda _: then() if box.clickedButton() is agree else None)
    box.open()
