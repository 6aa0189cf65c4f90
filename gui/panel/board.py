"""The middle of a panel: cards on a grid of twelve columns of one width.

Where the room is too small to read all of them they are shown in pages, and one card can be
enlarged to the whole board.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.panel import pager
from gui.panel.pager import Pager
from gui.panel.paging import GAP, Area, pages
from gui.theme import GRID
from gui.views import Card
from lab.exhibit import Output
from lab.payloads import Payload

LEAST = QSize(40 * GRID, 25 * GRID)


class Board(QWidget):
    """The cards of one exhibit, which of them are on the screen, and which have to be redrawn.

    main: the output whose page is shown first. A card that is not on the screen is not drawn;
    `turned` tells that other cards are on the screen.
    """

    turned = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[str, Card] = {}
        self.main = ""
        self.enlarged = ""
        self.page = 0
        self._areas: dict[str, Area] = {}
        self._stale: dict[str, None] = {}
        self._pages: list[list[str]] = []
        self.pager = Pager(self)
        self.pager.turned.connect(self.turn_to)
        self.pager.chosen.connect(lambda index: self.show_card(list(self.cards)[index]))
        self.pager.back.connect(lambda: self.enlarge(""))
        self.pager.hide()
        self.setMinimumSize(LEAST)

    def add(self, output: Output) -> Card:
        """Add a card for `output` at its area."""
        card = self.cards[output.name] = Card(output)
        card.setParent(self)
        card.offer_to_enlarge(partial(self.toggle_enlarged, output.name))
        self._areas[output.name] = output.area
        self.arrange()
        return card

    # ---- which cards are on the screen -------------------------------------------------------

    @property
    def pages(self) -> list[list[str]]:
        """The names of the cards on each page."""
        return self._pages

    @property
    def on_screen(self) -> list[str]:
        """The names of the cards that are shown now."""
        return [self.enlarged] if self.enlarged else self._pages[self.page] if self._pages else []

    def turn_to(self, page: int) -> None:
        """Show another page, from 0; counted round."""
        if self._pages:
            self.page = page % len(self._pages)
            self.show_card(self._pages[self.page][0])

    def turn_by(self, pages: int) -> None:
        """Show a page further on, or back."""
        self.turn_to(self.page + pages)

    def show_card(self, name: str) -> None:
        """Show the page with this card."""
        self.main = name
        self.arrange()
        self.turned.emit()

    def enlarge(self, name: str) -> None:
        """Show this card alone; "" shows the others again."""
        self.enlarged = name
        self.main = name or self.main
        self.arrange()
        self.turned.emit()

    def toggle_enlarged(self, name: str) -> None:
        """Show this card alone, or the others with it again."""
        self.enlarge("" if self.enlarged == name else name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    def arrange(self) -> None:
        """Place the cards by the room that there is and by what they show."""
        if not self.cards:
            return
        found = pages(self._areas, self.size(), self._fits)
        paged = len(found) > 1
        low = QSize(self.width(), self.height() - pager.HEIGHT - GAP // 2)
        if paged:
            found = pages(self._areas, low, self._fits)
        self._pages = [list(page) for page in found]
        self.page = next((i for i, page in enumerate(found) if self.main in page), 0)
        shown = found[self.page]
        if self.enlarged:
            shown = pages({self.enlarged: (0, 0, 1, 12)}, low, lambda *_: True)[0]
        for name, card in self.cards.items():
            if name in shown:
                card.setGeometry(shown[name])
            card.setVisible(name in shown)
            card.show_enlarged(name == self.enlarged)
        self._show_pager(paged)

    def _fits(self, name: str, size: QSize) -> bool:
        return self.cards[name].fits(size)

    def _show_pager(self, paged: bool) -> None:
        self.pager.setVisible(paged or bool(self.enlarged))
        self.pager.setGeometry(0, self.height() - pager.HEIGHT, self.width(), pager.HEIGHT)
        titles = [card.title.text() for card in self.cards.values()]
        page, count = (0, 1) if self.enlarged else (self.page, len(self._pages))
        self.pager.show_page(page, count, titles)

    # ---- drawing -----------------------------------------------------------------------------

    @property
    def stale(self) -> bool:
        """Whether a card on the screen has to be redrawn."""
        return any(name in self._stale for name in self.on_screen)

    def mark(self, names: Mapping[str, Payload]) -> None:
        """Mark the cards of these outputs as stale."""
        self._stale.update(dict.fromkeys(names))

    def forget(self) -> None:
        """Mark no card as stale: a new run has begun."""
        self._stale.clear()

    def draw(self, payloads: Mapping[str, Payload], seconds: float) -> None:
        """Redraw stale cards on the screen, the longest stale first, until `seconds` have passed.

        A card that can no longer be read with what it now shows gets more room.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            name = next((name for name in self._stale if name in self.on_screen), None)
            if name is None:
                return
            del self._stale[name]
            card = self.cards[name]
            card.show_payload(payloads[name])
            if len(self.on_screen) > 1 and not card.fits(card.size()):
                self.arrange()
            card.view.repaint()
