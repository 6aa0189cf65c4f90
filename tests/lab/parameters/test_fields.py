"""Which parameters count beside the others, and what a condition may name."""

from dataclasses import dataclass, make_dataclass
from typing import Annotated

import pytest

from lab import parameters
from lab.errors import UserError
from lab.parameters import Choice, Number, Several, Switch, Unless, When


@dataclass(frozen=True)
class Conditional:
    method: Annotated[str, Choice("Method", {"one": "One", "many": "Many"})] = "one"
    steps: Annotated[int, Number("Steps", 1, 9, when=When("method", "many"))] = 3
    parts: Annotated[
        tuple[str, ...], Several("Parts", {"turn": "Turn", "blur": "Blur"}, when=Unless("steps", 1))
    ] = ()
    turn: Annotated[float, Number("Turn", 0, 1, when=When("parts", "turn"))] = 0.5
    on: Annotated[bool, Switch("On")] = False
    why: Annotated[str, Choice("Why", {"a": "A", "b": "B"}, when=When("on", True))] = "a"
    either: Annotated[bool, Switch("Either", when=(When("on", True), When("method", "many")))] = (
        False
    )


@pytest.mark.parametrize(
    ("changes", "counting"),
    [
        ({}, ""),
        ({"method": "many"}, "steps parts either"),
        ({"parts": ("turn",)}, ""),
        ({"method": "many", "parts": ("blur", "turn")}, "steps parts turn either"),
        ({"method": "many", "parts": ("turn",), "steps": 1}, "steps either"),
        ({"on": True}, "why either"),
    ],
)
def test_a_parameter_counts_where_its_condition_and_those_behind_it_hold(changes, counting):
    values = parameters.update(Conditional(), changes)
    names = [field.name for field in parameters.describe(Conditional)]
    counts = {name for name in names if parameters.applies(values, name)}
    assert counts == {"method", "on", *counting.split()}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"steps": "3"}, "steps=3: only with method=many$"),
        ({"why": "b", "on": "off"}, "why=b: only with on=on$"),
        ({"turn": "0.2"}, "turn=0.2: only with turn in parts$"),
        ({"turn": "0.2", "parts": "turn"}, "only with method=many$"),
        ({"method": "many", "steps": "1", "parts": "turn"}, "parts=turn: not with steps=1$"),
        ({"either": "on"}, "either=on: only with on=on, or only with method=many$"),
    ],
)
def test_the_command_line_refuses_what_does_not_count(texts, message):
    with pytest.raises(UserError, match=message):
        parameters.parse(Conditional, texts)


def test_a_file_may_hold_what_does_not_count_and_it_waits():
    values = parameters.update(Conditional(), {"steps": 7, "turn": 0.1, "parts": ["turn"]})
    assert (values.steps, values.turn) == (7, 0.1)
    assert parameters.differing(values) == {"steps": 7, "turn": 0.1, "parts": ("turn",)}
    assert parameters.counting(Conditional, parameters.differing(values)) == {}
    assert not parameters.applies(values, "turn")
    assert parameters.applies(parameters.update(values, {"method": "many"}), "turn")


def depending(*specs):
    """A dataclass with parameters a, b, c ... of these specs."""
    named = zip("abcdef", specs, strict=False)
    return make_dataclass(
        "Made", [(name, Annotated[float, spec], 0.5) for name, spec in named], frozen=True
    )


@pytest.mark.parametrize(
    ("specs", "error", "message"),
    [
        ([Number("A", 0, 1, when=When("z", 1))], TypeError, "a depends on z, which there is not"),
        ([Number("A", 0, 1, when=When("a", 1))], TypeError, "a depends on itself"),
        (
            [Number("A", 0, 1, when=When("b", 1)), Number("B", 0, 1, when=When("a", 1))],
            TypeError,
            "a depends on itself",
        ),
        (
            [Number("A", 0, 1, when=When("b", "x")), Choice("B", {"y": "Y"})],
            ValueError,
            "a depends on b=x, which there is not",
        ),
        (
            [Number("A", 0, 1, when=Unless("b", "x")), Several("B", {"y": "Y"})],
            ValueError,
            "a depends on b=x, which there is not",
        ),
        ([Number("A", 0, 1, when=When("b", 2)), Number("B", 0, 1)], ValueError, "b=2: choose from"),
        ([Number("A", 0, 1, when=When("b", 1)), Switch("B")], ValueError, "b=1: choose on or off"),
        ([Number("A", 0, 1, when=When("b")), Switch("B")], ValueError, "on no value of b"),
    ],
)
def test_a_condition_is_checked_where_it_is_declared(specs, error, message):
    with pytest.raises(error, match=message):
        parameters.describe(depending(*specs))


def test_what_the_lab_has_in_hand_is_not_known_where_it_is_declared():
    kind = depending(Number("A", 0, 1, when=Unless("b", "auto")), Choice("B", "layers"))
    assert [field.name for field in parameters.describe(kind)] == ["a", "b"]
