"""An error line above the cards, with a download button where that helps."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from gui.widgets import button, label

About = Literal["run", "value", "session", "window"]
"""What an error is about: the run, a value that was entered, what an earlier session named, or
something else in the window (an import, a file that could not be saved)."""


class Banner(QFrame):
    """Hidden until there is an error. `fetch` asks for a download, by its item."""

    fetch = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "error")
        self._missing = ""
        self._about: About = "window"
        row = QHBoxLayout(self)
        self.reason = label("", "body", wrap=True)
        # A name without a space must not make the window wider.
        self.reason.setMinimumWidth(1)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self.reason, 1)
        self.download = button("Download", "primary", "Download it now", self._fetch)
        row.addWidget(self.download)
        row.addWidget(button("✕", "plain", "Close", self.hide))
        self.hide()

    def say(self, message: str, missing: str = "", about: About = "window") -> None:
        """Show `message`. missing: the item to offer for download, or nothing."""
        self.reason.setText(message)
        self._missing, self._about = missing, about
        self.download.setVisible(bool(missing))
        self.show()

    def settle(self, *about: About) -> None:
        """Something of this kind went well: an error about it is over."""
        if self._about in about:
            self.hide()

    def _fetch(self) -> None:
        self.hide()
        self.fetch.emit(self._missing)
