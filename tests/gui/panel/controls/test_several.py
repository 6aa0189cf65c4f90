"""The control for several names: ticked, dragged, refused, and shown again."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.panel.controls import Controls
from lab.parameters import Several

NAMES = {"flip": "Flip", "blur": "Blur", "turn": "Turn"}


@dataclass(frozen=True)
class Some:
    order: Annotated[
        tuple[str, ...], Several("Transforms", NAMES, ordered=True, most=2, auto="None of them")
    ] = ("turn",)
    free: Annotated[tuple[str, ...], Several("Free", NAMES)] = ()


@pytest.fixture
def controls(qtbot):
    made = Controls(Some, None)
    qtbot.addWidget(made)
    made.show()
    made.show_values(Some())
    made.told = []
    made.changed.connect(lambda name, value: made.told.append((name, value)))
    made.invalid.connect(made.told.append)
    return made


def list_of(controls, name):
    return controls[name].list


def names(control_list):
    return [name for name, _ in control_list.shown()]


def test_what_is_chosen_stands_first_where_the_order_counts(controls):
    assert names(list_of(controls, "order")) == ["turn", "flip", "blur"]
    assert names(list_of(controls, "free")) == ["flip", "blur", "turn"]


def test_ticking_tells_the_names_from_the_top_down(controls):
    list_of(controls, "free").item(2).setCheckState(Qt.CheckState.Checked)
    list_of(controls, "free").item(0).setCheckState(Qt.CheckState.Checked)
    assert controls.told == [("free", ("turn",)), ("free", ("flip", "turn"))]


def test_moving_an_item_tells_the_new_order(controls):
    shown = list_of(controls, "order")
    shown.item(1).setCheckState(Qt.CheckState.Checked)
    shown.setCurrentRow(1)
    QTest.keyClick(shown, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert controls.told == [("order", ("turn", "flip")), ("order", ("flip", "turn"))]
    assert shown.currentRow() == 0


def test_one_too_many_is_refused_and_unticked(controls):
    shown = list_of(controls, "order")
    shown.item(1).setCheckState(Qt.CheckState.Checked)
    shown.item(2).setCheckState(Qt.CheckState.Checked)
    assert controls.told[-1].endswith("choose 2 at most")
    assert shown.ticked() == ("turn", "flip")


def test_with_none_it_says_what_that_means(controls):
    said = controls["order"].hint
    assert not said.isVisible()
    list_of(controls, "order").item(0).setCheckState(Qt.CheckState.Unchecked)
    assert said.isVisible()
    assert said.text() == "None of them"


def test_showing_values_tells_nobody(controls):
    controls.show_values(Some(order=("blur", "turn"), free=("blur",)))
    assert controls.told == []
    assert list_of(controls, "order").ticked() == ("blur", "turn")
    assert names(list_of(controls, "order")) == ["blur", "turn", "flip"]


def click(shown, row, x):
    place = shown.visualItemRect(shown.item(row))
    at = QPoint(place.left() + x, place.center().y())
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=at)


@pytest.mark.parametrize("x", [8, 60, 150], ids=["on the box", "on the name", "beside it"])
def test_a_click_anywhere_on_a_row_ticks_it_once_and_takes_no_keys(controls, x):
    controls.resize(300, 400)
    controls.activateWindow()
    shown = list_of(controls, "free")
    click(shown, 1, x)
    assert controls.told == [("free", ("blur",))]
    QTest.qWait(QApplication.doubleClickInterval() + 10)
    click(shown, 1, x)
    assert controls.told == [("free", ("blur",)), ("free", ())]
    assert not shown.hasFocus()


def test_a_click_on_a_row_of_an_ordered_list_ticks_that_one(controls):
    controls.resize(300, 400)
    click(list_of(controls, "order"), 2, 100)
    assert controls.told == [("order", ("turn", "blur"))]


def test_space_ticks_the_row_that_has_the_keys(controls):
    shown = list_of(controls, "free")
    shown.setCurrentRow(2)
    QTest.keyClick(shown, Qt.Key.Key_Space)
    assert controls.told == [("free", ("turn",))]
