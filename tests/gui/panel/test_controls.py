"""Controls made from specs: what is typed and slid, and which of them are on the screen."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from gui.panel.controls import Controls
from lab.parameters import Choice, Number, When


@dataclass(frozen=True)
class Attack:
    method: Annotated[str, Choice("Method", {"one": "One", "many": "Many"})] = "one"
    epsilon: Annotated[float, Number("Epsilon", 0, 0.5, log=True, per=255, form=".2g")] = 2 / 255
    steps: Annotated[int, Number("Steps", 1, 100, when=When("method", "many"))] = 3
    rate: Annotated[float, Number("Rate", 0, 1, unit="px", when=When("steps", 1, 2))] = 0.5


@pytest.fixture
def controls(qtbot):
    made = Controls(Attack, None)
    qtbot.addWidget(made)
    made.show()
    made.show_values(Attack())
    made.told = []
    made.changed.connect(lambda name, value: made.told.append((name, value)))
    made.wrong.connect(made.told.append)
    return made


def write(control, text):
    control._text.setText(text)
    control._text.editingFinished.emit()


def test_an_amount_in_pixel_units_has_its_levels_beside_it(controls):
    epsilon = controls._controls["epsilon"]
    assert epsilon._text.text() == "0.0078 = 2/255"
    epsilon._text.editingFinished.emit()
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
    write(controls._controls["epsilon"], text)
    assert controls.told == [("epsilon", pytest.approx(value))]


def test_what_is_neither_is_refused_and_the_value_stays(controls):
    epsilon = controls._controls["epsilon"]
    write(epsilon, "2")
    assert "from 0 to 0.5, which is 127.5/255" in controls.told[0]
    assert epsilon._text.text() == "0.0078 = 2/255"


def test_the_slider_stops_at_two_figures_of_a_level(controls):
    epsilon = controls._controls["epsilon"]
    for place in (120, 160, 190):
        epsilon._slider.setValue(place)
        levels = 255 * controls.told[-1][1]
        assert levels == pytest.approx(float(f"{levels:.2g}"), abs=1e-7)


def test_only_the_controls_of_what_counts_are_on_the_screen(controls):
    def shown():
        return [name for name, control in controls._controls.items() if control.isVisible()]

    assert shown() == ["method", "epsilon"]
    controls.show_values(Attack(method="many"))
    assert shown() == ["method", "epsilon", "steps"]
    controls.show_values(Attack(method="many", steps=2))
    assert shown() == ["method", "epsilon", "steps", "rate"]
    controls.show_values(Attack(method="one", steps=2))
    assert shown() == ["method", "epsilon"], "the condition behind its condition fails"
