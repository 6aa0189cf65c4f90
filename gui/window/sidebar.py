"""The column at the left: chapters with their exhibits, messages, device and speed."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout

from gui.theme import GRID
from gui.widgets import label
from lab import catalog

MESSAGE_MS = 4000
INDENT = "   "
# Before the title of an exhibit, by what its run does.
MARKS = {"": INDENT, "running": "▶ ", "paused": "❚❚ ", "stopped": "■ "}


class Sidebar(QFrame):
    """`chosen`: the path of the exhibit that was clicked, or moved to by key."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "side")
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
        self._list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._fill()
        self._list.currentItemChanged.connect(self._moved)
        column.addWidget(self._list, 1)
        self._note = label("", "caption", wrap=True)
        self._note.hide()
        self._message = label("", "caption", wrap=True)
        self._device = label("Loading PyTorch…", "caption", wrap=True)
        self._speed = label("", "caption")
        keys = label("Keyboard shortcuts: ?", "caption")
        for made in (self._note, self._message, self._device, self._speed, keys):
            made.setIndent(2 * GRID)
            column.addWidget(made)
        self._message_timer = QTimer(self)
        self._message_timer.setSingleShot(True)
        self._message_timer.timeout.connect(lambda: self._message.setText(""))

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
                item = QListWidgetItem(f"{INDENT}{entry.title}", self._list)
                item.setData(Qt.ItemDataRole.UserRole, entry.path)
                item.setToolTip(entry.summary)

    def choose(self, path: str) -> None:
        """Select the exhibit that is shown."""
        for row in range(self._list.count()):
            if self._list.item(row).data(Qt.ItemDataRole.UserRole) == path:
                self._list.setCurrentRow(row)

    def mark(self, path: str, activity: str) -> None:
        """Mark an exhibit by what its run does; `activity` is a key of MARKS."""
        entry = catalog.find(path)
        for row in range(self._list.count()):
            item = self._list.item(row)
            if item.data(Qt.ItemDataRole.UserRole) == path:
                item.setText(f"{MARKS[activity]}{entry.title}")
                item.setToolTip(f"{entry.summary}\n{activity.capitalize()}".strip())

    def show_note(self, text: str) -> None:
        """Show a line that stays."""
        self._note.setText(text)
        self._note.show()

    def notes(self) -> list[str]:
        """The lines that are shown now, below the exhibits."""
        labels = (self._note, self._message, self._device, self._speed)
        return [made.text() for made in labels if made.text()]

    def say(self, message: str) -> None:
        """Show a message for some seconds."""
        self._message.setText(message)
        self._message_timer.start(MESSAGE_MS)

    def show_device(self, text: str) -> None:
        """Show the device's name."""
        self._device.setText(text)

    def show_speed(self, text: str) -> None:
        """Show the speed of the exhibit on the screen."""
        self._speed.setText(text)

    def close_down(self) -> None:
        """Stop the timer: it must not outlive the window."""
        self._message_timer.stop()

    def _moved(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(Qt.ItemDataRole.UserRole):
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
