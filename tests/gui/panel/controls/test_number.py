"""A number that is typed, in either unit, or slid."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from PySide6.QtCore import Qt

from gui.panel.controls import Controls
from lab.parameters import Number


@dataclass(frozen=True)
class Attack:
    epsilon: Annotated[float, Number("Epsilon", 0, 0.5, log=True, per=255, form=".2g")] = 2 / 255


@pytest.fixture
def controls(qtbot):
    made = Controls(Attack, None)
    qtbot.addWidget(made)
    made.show()
    made.show_values(Attack())
    made.told = []
    made.changed.connect(lambda name, value: made.told.append((name, value)))
    made.invalid.connect(made.told.append)
    return made


def write(control, text):
    control.text.setText(text)
    control.text.editingFinished.emit()


def test_an_amount_in_pixel_units_has_its_levels_beside_it(controls):
    epsilon = controls["epsilon"]
    assert epsilon.text.text() == "0.0078 = 2/255"
    epsilon.text.editingFinished.emit()
    assert controls.told == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", 0.1),
        ("8/255", 8 / 255),
        ("0.0078 = 4/255", 4 / 255),
        ("0.02 = 2/255", 0.02),
        ("0.0078=2.5/255", 2.5 / 255),
    ],
)
def test_it_is_typed_in_either_unit_and_on_either_side(controls, text, value):
    write(controls["epsilon"], text)
    assert controls.told == [("epsilon", pytest.approx(value))]


def test_what_is_neither_is_refused_and_the_value_stays(controls):
    epsilon = controls["epsilon"]
    write(epsilon, "2")
    assert "from 0 to 0.5, which is 127.5/255" in controls.told[0]
    assert epsilon.text.text() == "0.0078 = 2/255"


def test_the_slider_stops_at_two_figures_of_a_level(controls):
    epsilon = controls["epsilon"]
    for place in (120, 160, 190):
        epsilon.slider.setValue(place)
        levels = 255 * controls.told[-1][1]
        assert levels == pytest.approx(float(f"{levels:.2g}"), abs=1e-7)


@dataclass(frozen=True)
class Chosen:
    step: Annotated[
        float, Number("Step", 0, 0.5, log=True, per=255, form=".2g", auto="ε / 4")
    ] = 0.0  # fmt: skip


def test_what_the_exhibit_chooses_is_said_in_words_and_can_be_asked_for_again(qtbot):
    made = Controls(Chosen, None)
    qtbot.addWidget(made)
    told, step = [], made["step"]
    made.changed.connect(lambda name, value: told.append(value))
    made.show_values(Chosen())
    assert (step.text.text(), step.slider.value()) == ("ε / 4", 0)
    write(step, "2/255")
    assert step.text.text() == "0.0078 = 2/255"
    write(step, "auto")
    assert (step.text.text(), step.slider.value()) == ("ε / 4", 0)
    step.slider.setValue(step.slider.maximum())
    step.slider.setValue(0)
    assert told == [2 / 255, 0.0, 0.5, 0.0]
    assert step.text.text() == "ε / 4"


@pytest.mark.parametrize(
    ("key", "told"), [(Qt.Key.Key_Return, [("epsilon", 0.1)]), (Qt.Key.Key_Escape, [])]
)
def test_enter_takes_what_was_typed_esc_leaves_it_and_both_give_the_keys_back(
    controls, qtbot, key, told
):
    epsilon = controls["epsilon"]
    controls.activateWindow()
    epsilon.text.setFocus()
    epsilon.text.selectAll()
    qtbot.keyClicks(epsilon.text, "0.1")
    qtbot.keyClick(epsilon.text, key)
    assert controls.told == told
    assert not epsilon.text.hasFocus()
    assert epsilon.slider.hasFocus(), "the next Tab goes on from here"
    shown = epsilon.text.text()
    for typed in (Qt.Key.Key_Space, Qt.Key.Key_Period, Qt.Key.Key_Question):
        qtbot.keyClick(controls.focusWidget(), typed)
    assert epsilon.text.text() == shown == ("0.1 = 25.5/255" if told else "0.0078 = 2/255")


def test_a_double_click_selects_the_whole_number(controls, qtbot):
    text = controls["epsilon"].text
    qtbot.mouseDClick(text, Qt.MouseButton.LeftButton)
    assert text.selectedText() == "0.0078 = 2/255"
