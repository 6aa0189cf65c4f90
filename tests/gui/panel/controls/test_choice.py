"""A choice: its items, which may depend on another parameter, and the search in a long list."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyle, QStyleOptionFrame

from gui.panel.controls import Controls
from lab import parameters
from lab.datasets import Library
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


@dataclass(frozen=True)
class Data:
    data: Annotated[str, Choice("Dataset", "datasets")] = "digits"


def folders(tmp_path, *names):
    for name in names:
        (tmp_path / name).mkdir()
    return [str(tmp_path / name) for name in names]


def test_a_folder_of_an_earlier_time_is_shown_and_offered_though_it_is_not_read(qtbot, tmp_path):
    pets, cars = folders(tmp_path, "pets", "cars")
    made = Controls(Data, lambda source, of: Library().options())
    qtbot.addWidget(made)
    made.show()
    box = made["data"].box
    for folder, title in ((pets, "pets (folder)"), (cars, "cars (folder)")):
        made.show_values(Data(folder))
        assert box.currentText() == title
    made.show_values(Data())
    box.showPopup()
    assert {"pets (folder)", "cars (folder)"} <= set(items(box))
    box.hidePopup()
    Path(cars).rmdir()
    made.show_values(Data(cars))
    assert box.currentText() == cars, "what is gone is shown by its name"


@pytest.fixture
def search(controls, qtbot):
    """The box of a long list."""
    controls.show_values(Parameters("imagenet", "c7"))
    controls.activateWindow()
    return controls["target"].box


def test_a_click_on_the_search_line_selects_its_text_so_that_typing_replaces_it(search, qtbot):
    line = search.lineEdit()
    for click in range(2):
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
        assert line.selectedText() == "class 7", click
    qtbot.keyClicks(line, "class 99")
    assert line.text() == "class 99"
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert not line.hasSelectedText(), "a search that has begun is edited"


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_enter_and_esc_leave_the_search_line_and_show_what_is_chosen(search, qtbot, key):
    search.setFocus()
    search.setEditText("no class")
    qtbot.keyClick(search, key)
    assert search.currentText() == "class 7"
    assert not search.hasFocus()


def test_an_open_list_is_as_wide_as_its_titles(dark, qtbot):
    titles = {str(i): f"A network with a long name, which ends in {i}" for i in range(3)}

    @dataclass(frozen=True)
    class Long:
        one: Annotated[str, Choice("One", titles)] = "1"

    made = Controls(Long, None)
    qtbot.addWidget(made)
    made.setFixedWidth(200)
    made.show()
    box = made["one"].box
    box.showPopup()
    needed = box.fontMetrics().horizontalAdvance(titles["0"])
    assert box.view().minimumWidth() >= needed > 200
    box.hidePopup()


def test_an_automatic_choice_names_the_one_that_is_meant_and_no_other(qtbot):
    def named(source, of):
        known = {"v": "VGG-19", "e": "EfficientNet", "r": "ResNet-18"}
        return {"e": known["e"]} if of == parameters.AUTO else known

    @dataclass(frozen=True)
    class Automatic:
        model: Annotated[str, Choice("Model", "models", auto="Automatic")] = parameters.AUTO

    made = Controls(Automatic, named)
    qtbot.addWidget(made)
    made.show_values(Automatic())
    assert made["model"].box.currentText() == "Automatic: EfficientNet"


def test_the_search_line_shows_its_text_whole(dark, qtbot):
    many = {str(i): f"class {i}" for i in range(40)}

    @dataclass(frozen=True)
    class Long:
        one: Annotated[str, Choice("One", many)] = "7"

    made = Controls(Long, None)
    qtbot.addWidget(made)
    made.show()
    line = made["one"].box.lineEdit()
    margins = line.textMargins()
    inner = line.contentsRect().height() - margins.top() - margins.bottom()
    option = QStyleOptionFrame()
    line.initStyleOption(option)
    shown = line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, line)
    assert min(inner, shown.height()) >= line.fontMetrics().height()
