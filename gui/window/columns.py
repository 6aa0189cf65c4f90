"""What the window shows beside the exhibit, by its width, and how large it is at first."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from gui.theme import GRID
from gui.widgets import Line, button
from gui.window.sidebar import Sidebar
from lab import catalog

LEAST = QSize(1024, 640)
WANTED = QSize(1920, 1080)
# Pixels of the window's width below which the list of exhibits is a menu, and below which both
# columns are narrower.
NARROW, MEDIUM = 1300, 1500
# The widths of the two columns in wide and in narrower windows.
SIDEBAR, CONTROLS = (33 * GRID, 31 * GRID), (45 * GRID, 42 * GRID)


def first_size(room: QSize) -> QSize:
    """The size of the first window on a screen with that much room, in pixels."""
    return QSize(min(WANTED.width(), room.width()), min(WANTED.height(), room.height()))


def least_size(room: QSize) -> QSize:
    """The least size of the window: LEAST, or all the room of a smaller screen."""
    return QSize(min(LEAST.width(), room.width()), min(LEAST.height(), room.height()))


class ExhibitBar(QFrame):
    """The exhibits as a menu, and what the sidebar would say. `chosen`: an exhibit's path."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "side")
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, GRID // 2, 2 * GRID, GRID // 2)
        row.setSpacing(2 * GRID)
        self.exhibits = button("☰  Exhibits", "plain", "Choose an exhibit", self._show_menu)
        self.words = Line("", "caption")
        row.addWidget(self.exhibits)
        row.addWidget(self.words, 1)

    def menu(self) -> QMenu:
        """All exhibits under the titles of their chapters."""
        menu = QMenu(self)
        for chapter in catalog.CHAPTERS:
            if chapter.entries:
                menu.addAction(chapter.title).setEnabled(False)
            for entry in chapter.entries:
                menu.addAction(f"   {entry.title}", partial(self.chosen.emit, entry.path))
        return menu

    def _show_menu(self) -> None:
        menu = self.menu()
        menu.exec(self.exhibits.mapToGlobal(self.exhibits.rect().bottomLeft()))
        menu.deleteLater()


class Columns:
    """Shows, hides and narrows the columns. wanted: whether the lecturer wants them."""

    def __init__(self, sidebar: Sidebar, bar: ExhibitBar, controls: QWidget) -> None:
        self.wanted = True
        self._sidebar, self._bar, self._controls = sidebar, bar, controls

    def toggle(self, width: int) -> None:
        """Hide both columns, or show them again."""
        self.wanted = not self.wanted
        self.fit(width)

    def fit(self, width: int) -> None:
        """Fit the columns to a window of that width."""
        narrower = int(width < MEDIUM)
        self._sidebar.setFixedWidth(SIDEBAR[narrower])
        self._controls.setFixedWidth(CONTROLS[narrower])
        self._sidebar.setVisible(self.wanted and width >= NARROW)
        self._bar.setVisible(self.wanted and width < NARROW)
        self._controls.setVisible(self.wanted)
