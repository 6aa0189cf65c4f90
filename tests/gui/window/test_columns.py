"""What the window shows beside the exhibit, by its size."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QMenu

from gui.documents.session import Session
from gui.window.columns import exhibits_menu, first_size, least_size
from lab import catalog


@pytest.mark.parametrize(
    ("room", "wanted"),
    [
        ((1366, 728), (1366, 728)),
        ((1280, 680), (1280, 680)),  # 1920 x 1080 at a scale of 150 %
        ((960, 500), (960, 500)),
        ((2560, 1400), (1920, 1080)),
    ],
)
def test_the_first_window_and_the_smallest_fit_the_screen(room, wanted):
    assert first_size(QSize(*room)) == QSize(*wanted)
    assert least_size(QSize(*room)) == QSize(min(1024, room[0]), min(640, room[1]))


def test_a_window_without_a_session_opens_inside_its_screen(open_window):
    window = open_window()
    window.resize(window.minimumSize())
    room = window.screen().availableSize()
    assert window.minimumWidth() <= room.width()
    assert window.minimumHeight() <= room.height()


@pytest.mark.parametrize(("width", "listed"), [(1024, False), (1280, False), (1366, True)])
def test_in_a_narrow_window_the_exhibits_are_a_menu(open_window, qtbot, width, listed):
    window = open_window()
    window.resize(width, 700)
    QApplication.processEvents()
    assert window.sidebar.isVisible() is listed
    menu = window.current.header.menu
    assert menu.isVisible() is not listed
    window.show_exhibit("interpreting/filters")
    assert window.current.header.menu.isVisible() is not listed, "of a panel that came later, too"


def test_the_menu_shows_every_exhibit(open_window):
    window, chosen = open_window(), []
    menu = exhibits_menu(window, chosen.append)
    for action in menu.actions():
        action.trigger()
    assert chosen == [entry.path for entry in catalog.entries()]
    menu.deleteLater()


def test_a_message_is_seen_in_a_narrow_window_too(open_window):
    window = open_window()
    window.resize(1024, 640)
    QApplication.processEvents()
    window.say("Copied")
    assert window.current.header.status.text() == "Copied"


def test_cards_are_turned_by_key_and_listed_by_title(open_window, qtbot):
    window = open_window(Session("", "interpreting/saliency"))
    window.resize(1024, 640)
    QApplication.processEvents()
    board = window.current.board
    assert len(board.pages) > 1
    before = board.page
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert board.page == (before + 1) % len(board.pages)
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert board.page == before
    assert isinstance(board.pager.menu(), QMenu)
    titles = [action.text() for action in board.pager.menu().actions()]
    assert titles == [card.title.text() for card in board.cards.values()]
    board.pager.menu().actions()[-1].trigger()
    assert list(board.cards)[-1] in board.on_screen
