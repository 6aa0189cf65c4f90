"""The column at the left: the chapters with their exhibits, and how the lab is doing."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout

from gui.theme import GRID
from gui.widgets import label
from lab import catalog

MESSAGE_MS = 4000


class Chapters(QFrame):
    """`chosen` tells the path of an exhibit that was clicked or gone to by key."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "side")
        self.setFixedWidth(33 * GRID)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 3 * GRID, GRID, 2 * GRID)
        column.setSpacing(GRID // 2)
        for text, role in (("Glassbox", "title"), ("Lecture 4: Training models", "caption")):
            made = label(text, role)
            made.setIndent(2 * GRID)
            column.addWidget(made)
        column.addSpacing(2 * GRID)
        self._list = QListWidget()
        self._list.setProperty("role", "chapters")
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName("Exhibits")
        self._fill()
        self._list.currentItemChanged.connect(self._moved)
        column.addWidget(self._list, 1)
        self._message = label("", "caption", wrap=True)
        self._device = label("starting…", "caption", wrap=True)
        self._speed = label("", "caption")
        keys = label("Keys: press ?", "caption")
        for made in (self._message, self._device, self._speed, keys):
            made.setIndent(2 * GRID)
            column.addWidget(made)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.timeout.connect(lambda: self._message.setText(""))

    def _fill(self) -> None:
        for chapter in catalog.CHAPTERS:
            if not chapter.entries:
                continue
            head = QListWidgetItem(chapter.title, self._list)
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            font = head.font()
            font.setBold(True)
            head.setFont(font)
            for entry in chapter.entries:
                item = QListWidgetItem(f"   {entry.title}", self._list)
                item.setData(Qt.ItemDataRole.UserRole, entry.path)
                item.setToolTip(entry.summary)

    def choose(self, path: str) -> None:
        """Mark the exhibit that is shown."""
        for row in range(self._list.count()):
            if self._list.item(row).data(Qt.ItemDataRole.UserRole) == path:
                self._list.setCurrentRow(row)

    def say(self, message: str) -> None:
        """A line that goes by itself."""
        self._message.setText(message)
        self._forget.start(MESSAGE_MS)

    def show_device(self, text: str) -> None:
        """What computes."""
        self._device.setText(text)

    def show_speed(self, text: str) -> None:
        """The pace of the exhibit that is shown."""
        self._speed.setText(text)

    def end(self) -> None:
        """The window closes: no timer may outlive it."""
        self._forget.stop()

    def _moved(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(Qt.ItemDataRole.UserRole):
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
