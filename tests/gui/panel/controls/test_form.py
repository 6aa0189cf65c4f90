"""Which controls stand on the screen, and that showing values tells nobody."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from gui.panel.controls import Controls
from lab.parameters import Choice, Number, Several, Switch, When


@dataclass(frozen=True)
class Attack:
    method: Annotated[str, Choice("Method", {"one": "One", "many": "Many"})] = "one"
    epsilon: Annotated[float, Number("Epsilon", 0, 0.5)] = 0.1
    steps: Annotated[int, Number("Steps", 1, 100, when=When("method", "many"))] = 3
    rate: Annotated[float, Number("Rate", 0, 1, unit="px", when=When("steps", 1, 2))] = 0.5
    x: Annotated[int, Number("Across", 0, 10, pointed=True)] = 5
    quiet: Annotated[bool, Switch("Quiet")] = False


@pytest.fixture
def controls(qtbot):
    made = Controls(Attack, None)
    qtbot.addWidget(made)
    made.show()
    made.show_values(Attack())
    return made


def test_only_the_controls_of_what_counts_are_on_the_screen(controls):
    assert controls.on_screen() == ["method", "epsilon", "quiet"]
    controls.show_values(Attack(method="many"))
    assert controls.on_screen() == ["method", "epsilon", "steps", "quiet"]
    controls.show_values(Attack(method="many", steps=2))
    assert controls.on_screen() == ["method", "epsilon", "steps", "rate", "quiet"]
    controls.show_values(Attack(method="one", steps=2))
    assert controls.on_screen() == ["method", "epsilon", "quiet"], (
        "the condition behind its condition fails"
    )


def test_a_strength_is_shown_while_what_it_belongs_to_is_ticked(qtbot):
    @dataclass(frozen=True)
    class Parameters:
        steps: Annotated[tuple[str, ...], Several("Steps", {"turn": "Turn", "blur": "Blur"})] = ()
        turn: Annotated[float, Number("Turn", 0, 1, when=When("steps", "turn"))] = 0.5
        always: Annotated[float, Number("Always", 0, 1)] = 0.5

    controls = Controls(Parameters, None)
    qtbot.addWidget(controls)
    controls.show()
    for steps, shown in (((), False), (("turn",), True), (("blur",), False)):
        controls.show_values(Parameters(steps=steps))
        assert controls.on_screen() == ["steps", *(["turn"] if shown else []), "always"]


def test_a_switch_tells_its_value_and_shows_one_without_telling(controls, qtbot):
    told = []
    controls.changed.connect(lambda *change: told.append(change))
    controls["quiet"].box.click()
    assert told == [("quiet", True)]
    controls.show_values(Attack())
    assert not controls["quiet"].box.isChecked()
    assert len(told) == 1
