"""Cards of one width, wherever they stand."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QSize

from gui.panel.board import COLUMNS, GAP, Board, place
from lab.payloads import Note
from tests.gui.samples import output


@pytest.mark.parametrize("wide", [2, 3, 4, 6])
@pytest.mark.parametrize("width", [700, 1216, 1217, 1283])
def test_cards_of_as_many_columns_are_equally_wide_and_fill_the_board(wide, width):
    areas = [(0, column, 1, wide) for column in range(0, COLUMNS, wide)]
    rects = [place(area, 1, QSize(width, 400)) for area in areas]
    widths = {rect.width() for rect in rects}
    assert max(widths) - min(widths) <= 1
    assert rects[0].left() == 0
    assert rects[-1].right() == width - 1
    for one, other in pairwise(rects):
        assert other.left() - one.right() - 1 == GAP


def test_a_card_over_two_rows_is_as_high_as_two_and_the_gap_between():
    size = QSize(1000, 616)
    tall = place((0, 0, 2, 6), 4, size)
    upper, lower = place((0, 6, 1, 6), 4, size), place((1, 6, 1, 6), 4, size)
    assert (tall.top(), tall.bottom()) == (upper.top(), lower.bottom())


def test_a_board_draws_what_was_marked_and_forgets_what_it_must(dark, qtbot):
    board = Board()
    qtbot.addWidget(board)
    card = board.add(output(Note))
    board.resize(800, 600)
    board.show()
    assert card.geometry() == place(output(Note).area, 1, board.size())
    payloads = {card_name: Note("seen") for card_name in board.cards}
    board.mark(payloads)
    board.forget()
    board.draw(payloads, 1.0)
    assert card.view.payload is None
    board.mark(payloads)
    assert board.stale
    board.draw(payloads, 1.0)
    assert card.view.payload == Note("seen")
    assert not board.stale
