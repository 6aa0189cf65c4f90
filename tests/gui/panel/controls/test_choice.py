"""A choice: its items, which may depend on another parameter, and the search in a long list."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from PySide6.QtCore import Qt

from gui.panel.controls import Controls
from lab.errors import UserError
from lab.parameters import Choice

CLASSES = {
    "digits": {str(i): f"digit {i}" for i in range(10)},
    "imagenet": {f"c{i}": f"class {i}" for i in range(1000)},
}


def options(source, of=""):
    if source == "models":
        return {name: name.title() for name in CLASSES}
    if of not in CLASSES:
        raise UserError(f"no model {of}")
    return CLASSES[of]


@dataclass(frozen=True)
class Parameters:
    model: Annotated[str, Choice("Model", "models")] = "digits"
    target: Annotated[str, Choice("Target class", "classes", of="model")] = "3"


@pytest.fixture
def controls(qtbot):
    made = Controls(Parameters, options)
    qtbot.addWidget(made)
    made.show()
    made.show_values(Parameters())
    made.told = []
    made.changed.connect(lambda name, value: made.told.append((name, value)))
    return made


def items(box):
    return [box.itemText(i) for i in range(box.count())]


def test_the_items_are_those_of_the_model_that_is_chosen(controls):
    target = controls["target"].box
    assert items(target) == list(CLASSES["digits"].values())
    assert target.currentText() == "digit 3"
    controls.show_values(Parameters("imagenet", "c7"))
    assert target.count() == 1000
    assert target.currentText() == "class 7"
    assert controls.told == []


def test_choosing_an_item_tells_its_name_once(controls, qtbot):
    target = controls["target"].box
    qtbot.keyClick(target, Qt.Key.Key_Down)
    assert controls.told == [("target", "4")]
    target.activated.emit(4)
    assert controls.told == [("target", "4")]


def test_a_long_list_is_searched_by_a_part_of_a_name(controls):
    target = controls["target"].box
    assert not target.isEditable()
    controls.show_values(Parameters("imagenet", "c7"))
    target.completer().setCompletionPrefix("ss 99")
    assert target.completer().completionCount() == 11
    target.setEditText("no class")
    target.lineEdit().editingFinished.emit()
    assert target.currentText() == "class 7"


def test_a_value_that_is_offered_no_longer_is_shown_all_the_same(controls):
    controls.show_values(Parameters("gone", "c7"))
    assert controls["target"].box.currentText() == "c7"
    assert controls["model"].box.currentText() == "gone"
