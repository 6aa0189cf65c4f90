"""The row of images: chosen, scrolled, removed, cleared, and inactive where nobody takes one."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea

from gui.documents.session import Session
from gui.thumbnail import Thumbnail
from gui.window.light_table import LightTable
from gui.window.light_table_header import UNUSED, LightTableHeader
from lab.media.pictures import Picture
from tests.gui.conftest import TIMEOUT


def picture(index):
    return Picture(str(index), np.full((6, 8, 3), index, np.uint8))


@pytest.fixture
def table(qtbot):
    made = LightTable()
    qtbot.addWidget(made)
    made.resize(800, 90)
    made.show()
    qtbot.waitExposed(made)
    return made


def names(table):
    return [shown.name for shown in table.pictures]


def thumbnail(table, name):
    (found,) = (
        t for t in table.findChildren(Thumbnail) if t.picture.name == name and t.isVisible()
    )
    return found


def in_sight(widget):
    return widget.visibleRegion().boundingRect().size() == widget.size()


def settle():
    for _ in range(3):
        QApplication.processEvents()


def test_delete_goes_on_and_keeps_the_focus(table):
    table.lay([picture(i) for i in range(6)], 2)
    thumbnail(table, "2").setFocus()
    for left in ("01345", "0145", "015", "01", "0"):
        focused = QApplication.focusWidget()
        assert focused.picture.name == table.in_hand[0].name, "the focus is on the chosen one"
        QTest.keyClick(focused, Qt.Key.Key_Delete)
        assert "".join(names(table)) == left
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backspace)
    assert names(table) == []
    assert isinstance(QApplication.focusWidget(), QPushButton), "the button to add one is next"


def test_removing_another_one_leaves_the_chosen_one(table):
    table.lay([picture(i) for i in range(4)], 3)
    thumbnail(table, "0").setFocus()
    QTest.keyClick(thumbnail(table, "0"), Qt.Key.Key_Delete)
    assert table.in_hand[0].name == "3"
    assert QApplication.focusWidget() is thumbnail(table, "1")


def test_the_chosen_one_is_in_sight_at_once(table):
    table.lay([picture(i) for i in range(40)], 30)
    settle()
    assert in_sight(thumbnail(table, "30"))
    for index in (0, 39, 17):
        table.choose(index)
        assert in_sight(thumbnail(table, str(index)))
    table.add(picture(40))
    settle()
    assert in_sight(thumbnail(table, "40"))
    table.resize(400, 90)
    settle()
    assert in_sight(thumbnail(table, "40"))


def test_the_buttons_are_always_in_sight(table):
    for count in (0, 3, 60):
        table.clear()
        table.lay([picture(i) for i in range(count)], -1)
        settle()
        for button in table.findChildren(QPushButton):
            assert in_sight(button), (count, button.text())


@pytest.mark.parametrize("turn", [QPoint(0, -120), QPoint(-120, 0)])
def test_the_wheel_scrolls(table, turn):
    table.lay([picture(i) for i in range(40)], 0)
    settle()
    over = table.findChild(QScrollArea).viewport()
    bar = table.findChild(QScrollArea).horizontalScrollBar()
    at = QPointF(5, 5)
    event = QWheelEvent(
        at,
        over.mapToGlobal(at),
        QPoint(),
        turn,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(over, event)
    assert bar.value() == 120
    assert table.index == 0, "it scrolls, and chooses nothing"


def test_it_is_cleared_and_put_back_by_one_button(table, qtbot):
    header = LightTableHeader(table)
    qtbot.addWidget(header)
    assert not header.clear.isEnabled()
    table.lay([picture(i) for i in range(5)], 3)
    assert header.clear.text() == "Clear"
    with qtbot.waitSignal(table.chosen):
        header.clear.click()
    assert (names(table), table.index, header.clear.text()) == ([], -1, "Put back")
    with qtbot.waitSignal(table.chosen):
        header.clear.click()
    assert "".join(names(table)) == "01234"
    assert (table.in_hand[0].name, table.by_hand) == ("3", True)
    table.clear()
    table.add(picture(9))
    assert (names(table), header.clear.text()) == (["9"], "Clear")


def test_where_no_image_is_taken_the_table_looks_so_and_says_so(open_window, qtbot):
    window = open_window()
    title = window.tray.images.title

    def opacity():
        shown = window.light_table.findChildren(Thumbnail)
        return {t.dimmed for t in shown}

    assert (title.text(), opacity()) == ("Images", {False})
    window.show_exhibit("better_training/trainer")
    qtbot.waitUntil(lambda: title.text() == UNUSED, timeout=TIMEOUT)
    assert opacity() == {True}
    window.show_exhibit("interpreting/predict")
    assert (title.text(), opacity()) == ("Images", {False})


def test_a_window_that_opens_where_no_image_is_taken_says_so(open_window):
    window = open_window(Session("", "better_training/trainer"))
    assert window.tray.images.title.text() == UNUSED
    assert all(t.dimmed for t in window.light_table.findChildren(Thumbnail))
