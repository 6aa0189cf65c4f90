"""Cards share the room, or go on pages where they would be too small to read."""

from itertools import combinations

import pytest
from PySide6.QtCore import QRect, QSize

from gui.panel.paging import pages

SIX = {f"c{i}": (i // 3, 4 * (i % 3), 1, 4) for i in range(6)}
EIGHT = {f"c{i}": (i // 4, 3 * (i % 4), 1, 3) for i in range(8)}
UNEQUAL = {"wide": (0, 0, 2, 12), "left": (2, 0, 1, 5), "right": (2, 5, 1, 7)}


def at_least(width, height):
    return lambda name, size: size.width() >= width and size.height() >= height


@pytest.mark.parametrize("areas", [SIX, EIGHT, UNEQUAL])
def test_where_there_is_room_all_stand_at_their_areas(areas):
    found = pages(areas, QSize(1600, 900), at_least(200, 150))
    assert len(found) == 1
    assert list(found[0]) == list(areas)


@pytest.mark.parametrize("areas", [SIX, EIGHT, UNEQUAL])
@pytest.mark.parametrize("size", [(620, 380), (700, 300), (300, 640), (900, 500)])
def test_each_card_is_on_one_page_readable_inside_and_over_no_other(areas, size):
    fits = at_least(240, 180)
    found = pages(areas, QSize(*size), fits)
    assert [name for page in found for name in page] == list(areas)
    inside = QRect(0, 0, *size)
    for page in found:
        assert all(inside.contains(rect) for rect in page.values())
        assert all(fits(name, rect.size()) for name, rect in page.items())
        assert not any(a.intersects(b) for a, b in combinations(page.values(), 2))


def test_a_page_takes_as_many_as_can_be_read():
    found = pages(SIX, QSize(820, 420), at_least(240, 180))
    assert [len(page) for page in found] == [6]
    found = pages(SIX, QSize(560, 420), at_least(240, 180))
    assert [len(page) for page in found] == [4, 2]


def test_a_shorter_last_row_is_filled():
    five = {name: (row, 0, 1, 12) for row, name in enumerate("abcde")}
    found = pages(five, QSize(700, 420), at_least(220, 180))
    assert [len(page) for page in found] == [5]
    last = [rect for rect in found[0].values() if rect.bottom() == 419]
    assert max(rect.right() for rect in last) == 699


def test_what_fits_nowhere_has_a_page_of_its_own():
    found = pages(UNEQUAL, QSize(500, 400), lambda name, size: name != "left")
    assert ["left"] in [list(page) for page in found]
    alone = next(page for page in found if list(page) == ["left"])
    assert alone["left"] == QRect(0, 0, 500, 400)
