"""Below a board whose cards do not all fit: which are shown, and the way to the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from gui.theme import GRID
from gui.widgets import Line, button

HEIGHT = 4 * GRID


class Pager(QWidget):
    """`turned`: a page, from 0. `chosen`: the index of a card, from the menu of all cards.

    `back`: show all cards again, where one is enlarged.
    """

    turned = Signal(int)
    chosen = Signal(int)
    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: tuple[str, ...] = ()
        self._page = self._pages = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self.words = Line("", "caption")
        row.addWidget(self.words, 1)
        self.list = button("All cards", "link", "Choose a card by its title", self._show_menu)
        self.before = button("‹", "plain", "Cards before (Alt+Left)", partial(self._turn, -1))
        self.after = button("›", "plain", "Next cards (Alt+Right)", partial(self._turn, 1))
        self.all = button("Show all cards", "plain", "Leave the enlarged card", self.back.emit)
        for made in (self.list, self.before, self.after, self.all):
            row.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        for arrow in (self.before, self.after):
            arrow.setAccessibleName(arrow.toolTip())

    def show_page(self, page: int, pages: int, titles: Sequence[str]) -> None:
        """page: from 0, of so many; titles: of all cards."""
        self._page, self._pages, self._titles = page, pages, tuple(titles)
        self.words.setText(f"Cards: page {page + 1} of {pages}" if pages > 1 else "")
        for made in (self.list, self.before, self.after):
            made.setVisible(pages > 1)
        self.all.setVisible(pages == 1)

    def menu(self) -> QMenu:
        """All cards by their titles."""
        menu = QMenu(self)
        for index, title in enumerate(self._titles):
            menu.addAction(title, partial(self.chosen.emit, index))
        return menu

    def _show_menu(self) -> None:
        menu = self.menu()
        menu.exec(self.list.mapToGlobal(self.list.rect().topLeft()))
        menu.deleteLater()

    def _turn(self, by: int) -> None:
        self.turned.emit((self._page + by) % max(self._pages, 1))
