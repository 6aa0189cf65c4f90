"""How the cards of a panel share the room: all at once, or in pages where they would be too small.

Pure geometry. Whether a card can be read at a size is asked of the card.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QRect, QSize

from gui.theme import GRID
from lab.exhibit import COLUMNS

Area = tuple[int, int, int, int]
# Whether an output's card can be read at this size.
Fits = Callable[[str, QSize], bool]

GAP = 2 * GRID
# The shape that cards of a page come closest to: width over height.
ASPECT = 1.4


def place(area: Area, rows: int, size: QSize) -> QRect:
    """The rectangle of area = (row, column, rows, columns) on a board of `size` with `rows` rows.

    Cards of equally many columns are equally wide, to a pixel. QGridLayout does not give that: it
    leaves no gap before a column in which no card begins.
    """
    row, column, high, wide = area
    across, down = (size.width() + GAP) / COLUMNS, (size.height() + GAP) / rows
    left, top = round(column * across), round(row * down)
    right, bottom = round((column + wide) * across) - GAP, round((row + high) * down) - GAP
    return QRect(left, top, max(right - left, 1), max(bottom - top, 1))


def whole(areas: Mapping[str, Area], size: QSize) -> dict[str, QRect]:
    """All cards at their declared areas."""
    rows = max((row + high for row, _, high, _ in areas.values()), default=1)
    return {name: place(area, rows, size) for name, area in areas.items()}


def pages(areas: Mapping[str, Area], size: QSize, fits: Fits) -> list[dict[str, QRect]]:
    """The cards on as few pages as it takes to read each of them, in their declared order.

    One page with all at their areas where that can be read. A card that can be read on no page has
    one of its own.
    """
    everything = whole(areas, size)
    if all(fits(name, rect.size()) for name, rect in everything.items()):
        return [everything]
    result: list[dict[str, QRect]] = []
    left = list(areas)
    while left:
        for count in range(len(left), 0, -1):
            page = _page(left[:count], size, fits)
            if page or count == 1:
                break
        result.append(page or {left[0]: QRect(0, 0, size.width(), size.height())})
        left = left[len(result[-1]) :]
    return result


def _page(names: Sequence[str], size: QSize, fits: Fits) -> dict[str, QRect] | None:
    """These cards in equal rows, or None where one could not be read."""

    def shape(across: int) -> float:
        down = math.ceil(len(names) / across)
        return abs(math.log(size.width() / across / (size.height() / down) / ASPECT))

    for across in sorted(range(1, len(names) + 1), key=shape):
        found = _rows(names, across, size)
        if all(fits(name, rect.size()) for name, rect in found.items()):
            return found
    return None


def _rows(names: Sequence[str], across: int, size: QSize) -> dict[str, QRect]:
    """Rows of `across` cards; the cards of a shorter last row are wider."""
    down = math.ceil(len(names) / across)
    found = {}
    for row in range(down):
        part = names[row * across : (row + 1) * across]
        for column, name in enumerate(part):
            wide = (size.width() + GAP) / len(part)
            high = (size.height() + GAP) / down
            left, top = round(column * wide), round(row * high)
            right, bottom = round((column + 1) * wide) - GAP, round((row + 1) * high) - GAP
            found[name] = QRect(left, top, max(right - left, 1), max(bottom - top, 1))
    return found
