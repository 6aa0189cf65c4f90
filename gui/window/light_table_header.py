"""The line above the light table: what it is, what is being read, and the button to clear it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.theme import GRID
from gui.widgets import Line, button, label
from gui.window.light_table import LightTable

UNUSED = "Images (not used here)"


class LightTableHeader(QWidget):
    """Follows a light table; the window tells what the importer and the exhibit say.

    `browse`: images of a data set are to be picked.
    """

    browse = Signal()

    def __init__(self, table: LightTable) -> None:
        super().__init__()
        self._table = table
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        self.title = label("Images", "caption")
        self.news = Line("", "caption")
        tip = "Remove all images (Ctrl+Shift+Del)"
        self.clear = button("Clear", "link", tip, table.clear_or_put_back)
        row.addWidget(self.title)
        row.addWidget(self.news, 1)
        tip = "Pick test images, such as digits (Ctrl+D)"
        row.addWidget(button("From a data set…", "link", tip, self.browse.emit))
        row.addWidget(self.clear)
        table.changed.connect(self._follow)
        self._follow()

    def show_reading(self, count: int, ended: bool) -> None:
        """Show how many images have been read so far; nothing once all are here."""
        if not ended:
            self.news.setText(f"Reading… {count:,} so far" if count > 1 else "Reading…")
        elif self.news.text().startswith("Reading…"):
            self.news.setText("")

    def tell(self, text: str) -> None:
        """Show how much was left out, until something else is read; the tooltip says why."""
        count, left, _ = text.partition(" left out")
        self.news.setText(count + left)
        self.news.setToolTip(text)

    def set_taken(self, taken: bool) -> None:
        """Say whether the exhibit on the screen takes a picture."""
        self.title.setText("Images" if taken else UNUSED)
        self._table.set_taken(taken)

    def _follow(self) -> None:
        self.clear.setText("Put back" if self._table.can_put_back else "Clear")
        self.clear.setEnabled(bool(self._table.pictures) or self._table.can_put_back)
