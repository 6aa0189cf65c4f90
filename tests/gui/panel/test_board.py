"""Cards of one width, wherever they stand."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QSize, Qt

from gui.panel.board import Board
from gui.panel.paging import GAP, place
from lab.exhibit import COLUMNS
from lab.payloads import Bars, Curve, Note
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
    card = board.add(output(Note, area=(0, 0, 1, 12)))
    board.resize(800, 600)
    board.show()
    assert card.geometry() == place(output(Note, area=(0, 0, 1, 12)).area, 1, board.size())
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


def board_of(qtbot, areas, size):
    board = Board()
    qtbot.addWidget(board)
    for name, area in areas.items():
        board.add(output(Curve, name=name, area=area))
    board.resize(*size)
    board.show()
    return board


FOUR = {name: (i // 2, 6 * (i % 2), 1, 6) for i, name in enumerate("abcd")}


def test_in_a_small_board_some_cards_are_shown_and_the_others_are_a_click_away(dark, qtbot):
    board = board_of(qtbot, FOUR, (560, 370))
    assert board.pages == [["a", "b"], ["c", "d"]]
    assert [name for name, card in board.cards.items() if card.isVisible()] == ["a", "b"]
    board.turn_to(1)
    assert [name for name, card in board.cards.items() if card.isVisible()] == ["c", "d"]
    board.turn_to(2)
    assert board.on_screen == ["a", "b"]
    board.show_card("d")
    assert board.on_screen == ["c", "d"]
    board.resize(1200, 800)
    assert board.on_screen == list("abcd")


def test_the_page_of_the_main_card_comes_first(dark, qtbot):
    board = board_of(qtbot, FOUR, (560, 370))
    board.show_card("c")
    assert board.page == 1


def test_a_card_that_is_not_shown_is_drawn_when_its_page_is_turned_to(dark, qtbot):
    board = board_of(qtbot, FOUR, (560, 370))
    payloads = {name: Curve({"x": ([0, 1], [0, 1])}) for name in board.cards}
    board.mark(payloads)
    board.draw(payloads, 5.0)
    assert not board.stale
    assert board.cards["c"].view.payload is None
    with qtbot.waitSignal(board.turned):
        board.turn_to(1)
    assert board.stale
    board.draw(payloads, 5.0)
    assert board.cards["c"].view.payload is payloads["c"]


def test_one_card_can_be_enlarged_and_put_back(dark, qtbot):
    board = board_of(qtbot, FOUR, (1200, 800))
    before = board.cards["b"].geometry()
    qtbot.mouseDClick(board.cards["b"].title, Qt.MouseButton.LeftButton)
    assert board.on_screen == ["b"]
    assert board.cards["b"].width() == 1200
    assert not board.cards["a"].isVisible()
    qtbot.mouseDClick(board.cards["b"].title, Qt.MouseButton.LeftButton)
    assert board.on_screen == list("abcd")
    assert board.cards["b"].geometry() == before


def test_a_card_that_needs_more_room_for_what_it_shows_now_gets_it(dark, qtbot):
    areas = {"picture": (0, 0, 1, 6), "bars": (0, 6, 1, 6)}
    board = Board()
    qtbot.addWidget(board)
    board.add(output(Curve, name="picture", area=areas["picture"]))
    board.add(output(Bars, name="bars", area=areas["bars"]))
    board.resize(640, 240)
    board.show()
    assert len(board.pages) == 1
    names = [f"class number {i} with a long name" for i in range(5)]
    bars = Bars(names, {"p": [0.5] * 5, "q": [0.5] * 5})
    many = {"picture": Curve({"x": ([0, 1], [0, 1])}), "bars": bars}
    board.mark(many)
    board.draw(many, 5.0)
    assert len(board.pages) == 2
