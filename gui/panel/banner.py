"""One line that says what was wrong, with what helps."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from gui.widgets import button, label


class Banner(QFrame):
    """Hidden until there is something to say. `fetch` asks for what is missing."""

    fetch = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "error")
        self._missing = ""
        row = QHBoxLayout(self)
        self.reason = label("", "body", wrap=True)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self.reason, 1)
        self.download = button("Download", "primary", "Fetch it now", self._fetch)
        row.addWidget(self.download)
        row.addWidget(button("✕", "plain", "Put this line away", self.hide))
        self.hide()

    def say(self, message: str, missing: str = "") -> None:
        """Show `message`; missing: what could be downloaded, or nothing."""
        self.reason.setText(message)
        self._missing = missing
        self.download.setVisible(bool(missing))
        self.show()

    def _fetch(self) -> None:
        self.hide()
        self.fetch.emit(self._missing)
