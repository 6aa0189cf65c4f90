"""What the window shows beside the exhibit, by its width, and how large it is at first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMenu, QWidget

from gui.theme import GRID
from gui.window.panel_stack import PanelStack
from gui.window.sidebar import Sidebar
from lab import catalog

LEAST = QSize(1024, 640)
WANTED = QSize(1920, 1080)
# Pixels of the window's width below which the list of exhibits is a menu, and below which the
# controls are narrower.
NARROW, MEDIUM = 1300, 1500
# Pixels of its height below which the summaries of the exhibits are left out.
LOW = 760
# The width of the sidebar, and of the controls in wide and in narrower windows.
SIDEBAR, CONTROLS = 33 * GRID, (45 * GRID, 42 * GRID)


def first_size(room: QSize) -> QSize:
    """The size of the first window on a screen with that much room, in pixels."""
    return QSize(min(WANTED.width(), room.width()), min(WANTED.height(), room.height()))


def least_size(room: QSize) -> QSize:
    """The least size of the window: LEAST, or all the room of a smaller screen."""
    return QSize(min(LEAST.width(), room.width()), min(LEAST.height(), room.height()))


def exhibits_menu(parent: QWidget, chosen: Callable[[str], None]) -> QMenu:
    """All exhibits under the titles of their chapters. chosen: called with an exhibit's path."""
    menu = QMenu(parent)
    for chapter in catalog.CHAPTERS:
        if chapter.entries:
            menu.addAction(chapter.title).setEnabled(False)
        for entry in chapter.entries:
            menu.addAction(f"   {entry.title}", partial(chosen, entry.path))
    return menu


class Columns:
    """Shows, hides and narrows the columns. wanted: whether the lecturer wants them."""

    def __init__(self, sidebar: Sidebar, panels: PanelStack, controls: QWidget) -> None:
        self.wanted = True
        self._sidebar, self._panels, self._controls = sidebar, panels, controls

    @property
    def listed(self) -> bool:
        """Whether the exhibits are listed at the left."""
        return not self._sidebar.isHidden()

    def toggle(self, size: QSize) -> None:
        """Hide both columns, or show them again."""
        self.wanted = not self.wanted
        self.fit(size)

    def fit(self, size: QSize) -> None:
        """Fit the columns, and the heads of the panels, to a window of that size."""
        narrower = int(size.width() < MEDIUM)
        self._sidebar.setFixedWidth(SIDEBAR)
        self._controls.setFixedWidth(CONTROLS[narrower])
        self._sidebar.setVisible(self.wanted and size.width() >= NARROW)
        self._controls.setVisible(self.wanted)
        self._panels.fit(self.listed or not self.wanted, size.height() < LOW)
