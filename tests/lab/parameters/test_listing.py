"""What the command line says of an exhibit's parameters."""

import json
from dataclasses import dataclass
from typing import Annotated

from lab.parameters import RUNNING, Choice, Number, Several, Switch, Unless, When, listing

NAMES = {"models": {"a": "A", "b": "B"}, "layers": {f"l{i}": "L" for i in range(40)}}


@dataclass(frozen=True)
class Some:
    model: Annotated[str, Choice("Network", "models", help="Or a file.")] = "a"
    layer: Annotated[str, Choice("Layer", "layers", of="model", auto="First")] = "auto"
    epsilon: Annotated[float, Number("Epsilon", 0, 0.5, per=255, live=True)] = 4 / 255
    steps: Annotated[
        int, Number("Steps", 1, 9, unit="px", live=RUNNING, when=Unless("layer", "auto"))
    ] = 3
    parts: Annotated[tuple[str, ...], Several("Parts", {"x": "X", "y": "Y"})] = ("x", "y")
    on: Annotated[bool, Switch("On", when=When("parts", "x"))] = True


def lines():
    return list(listing.as_lines(Some, lambda source, of: NAMES[source]))


def test_each_is_told_with_how_to_set_it_what_it_may_be_and_when_it_counts():
    assert lines() == [
        "--set model=a",
        "    Network: a, b",
        "    Or a file.",
        "--set layer=auto",
        "    Layer: the layers of model, such as auto, l0, l1",
        "--set epsilon=4/255",
        "    Epsilon: a number from 0 to 0.5, or 0/255 to 127.5/255, live",
        "--set steps=3",
        "    Steps: a whole number from 1 to 9 px, live while it runs",
        "    not with layer=auto",
        "--set parts=x,y",
        "    Parts: x, y; any of them, parted by commas",
        "--set on=on",
        "    On: on or off",
        "    only with x in parts",
    ]


def test_the_same_as_data_goes_through_json():
    rows = {row["name"]: row for row in json.loads(json.dumps(listing.as_data(Some)))}
    assert [rows[name]["type"] for name in ("model", "epsilon", "steps", "parts", "on")] == [
        "str", "float", "int", "list", "bool",
    ]  # fmt: skip
    assert rows["epsilon"]["per"] == 255
    assert (rows["steps"]["low"], rows["steps"]["high"], rows["steps"]["unit"]) == (1, 9, "px")
    assert [rows[name]["live"] for name in ("model", "epsilon", "steps")] == [
        False, True, "while running",
    ]  # fmt: skip
    assert rows["steps"]["when"] == [{"name": "layer", "values": ["auto"], "unless": True}]
    assert rows["on"]["when"] == [{"name": "parts", "values": ["x"], "unless": False}]
    assert rows["model"]["source"] == "models"
    assert rows["parts"]["choices"] == {"x": "X", "y": "Y"}
    assert rows["model"]["help"] == "Or a file."
