"""The middle of a panel: cards on a grid of twelve columns of one width."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.theme import GRID
from gui.views import Card
from lab.exhibit import Output
from lab.payloads import Payload

COLUMNS = 12
GAP = 2 * GRID
LEAST = QSize(40 * GRID, 30 * GRID)


def place(area: tuple[int, int, int, int], rows: int, size: QSize) -> QRect:
    """The rectangle of area = (row, column, rows, columns) on a board of `size` with `rows` rows.

    Cards of equally many columns are equally wide, to a pixel. QGridLayout does not give that: it
    leaves no gap before a column in which no card begins.
    """
    row, column, high, wide = area
    across, down = (size.width() + GAP) / COLUMNS, (size.height() + GAP) / rows
    left, top = round(column * across), round(row * down)
    right, bottom = round((column + wide) * across) - GAP, round((row + high) * down) - GAP
    return QRect(left, top, max(right - left, 1), max(bottom - top, 1))


class Board(QWidget):
    """The cards of one exhibit, and which of them have to be redrawn."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[str, Card] = {}
        self._areas: dict[str, tuple[int, int, int, int]] = {}
        self._stale: dict[str, None] = {}
        self.setMinimumSize(LEAST)

    def add(self, output: Output) -> Card:
        """Add a card for `output` at its area."""
        card = self.cards[output.name] = Card(output)
        card.setParent(self)
        self._areas[output.name] = output.area
        card.show()
        self._arrange()
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        rows = max((row + high for row, _, high, _ in self._areas.values()), default=1)
        for name, area in self._areas.items():
            self.cards[name].setGeometry(place(area, rows, self.size()))

    @property
    def stale(self) -> bool:
        """Whether a card has to be redrawn."""
        return bool(self._stale)

    def mark(self, names: Mapping[str, Payload]) -> None:
        """Mark the cards of these outputs as stale."""
        self._stale.update(dict.fromkeys(names))

    def forget(self) -> None:
        """Mark no card as stale: a new run has begun."""
        self._stale.clear()

    def draw(self, payloads: Mapping[str, Payload], seconds: float) -> None:
        """Redraw stale cards, the longest stale first, until `seconds` have passed."""
        end = time.monotonic() + seconds
        while self._stale and time.monotonic() < end:
            name = next(iter(self._stale))
            del self._stale[name]
            self.cards[name].show_payload(payloads[name])
            self.cards[name].view.repaint()
