"""Model cards: JSON, and every field checked."""

import json

import pytest

from lab.errors import UserError
from lab.networks.card import Card
from tests.lab.networks.samples import small_card


def test_a_card_survives_json():
    card = small_card(
        arguments={"width": 16, "batch_norm": False},
        metrics={"accuracy": 0.971, "loss": [2.3, 0.1]},
        seed=7,
        trained=True,
        data="5,000 digits",
    )
    assert Card.from_json(card.to_json()) == card


def test_fields_of_a_later_version_are_left_aside():
    given = json.loads(small_card().to_json()) | {"licence": "MIT"}
    assert Card.from_json(json.dumps(given)) == small_card()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"seed": ' + "1" * 5000 + "}"])
def test_what_is_not_json_is_no_card(text):
    with pytest.raises(UserError, match="the card is not JSON") as caught:
        Card.from_json(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "null", "3"])
def test_what_is_no_object_is_no_card(text):
    with pytest.raises(UserError, match="must be a JSON object"):
        Card.from_json(text)


def test_missing_fields_are_named():
    with pytest.raises(UserError, match="the card lacks name, title"):
        Card.from_json("{}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("title", "two\nlines"),
        ("title", "\ud800"),
        ("title", 3),
        ("architecture", None),
        ("classes", ["one"]),
        ("classes", "0123456789"),
        ("classes", [1, 2]),
        ("channels", 2),
        ("channels", True),
        ("size", 28.0),
        ("size", 10**9),
        ("mean", [0.1, 0.2]),
        ("mean", ["0.1"]),
        ("mean", [float("nan")]),
        ("std", [0]),
        ("crop", 0),
        ("crop", 1.5),
        ("crop", None),
        ("interpolation", "lanczos"),
        ("interpolation", []),
        ("data", {}),
        ("arguments", []),
        ("arguments", {"width": [1]}),
        ("arguments", {"width": 1e9}),
        ("metrics", {"accuracy": "high"}),
        ("seed", -1),
        ("seed", 2**64),
        ("trained", "yes"),
    ],
)
def test_each_field_is_checked(field, value):
    given = json.loads(small_card().to_json()) | {field: value}
    with pytest.raises(UserError, match=f"the card's .*{field}") as caught:
        Card.from_json(json.dumps(given))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "classes",
    [
        ("犬", "赤い　鳥"),
        ("chien", "chien\u00a0loup"),
        ("👩\u200d🔬", "👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "caf\\xe9"),
    ],
)
def test_a_label_is_what_a_folder_is_called(classes):
    card = small_card(classes=classes, title=f"CNN on {classes[1]}")
    assert Card.from_json(card.to_json()) == card


@pytest.mark.parametrize("label", ["two\nlines", "\udce9", "\u202egnp", "", "x" * 301])
def test_a_label_that_no_screen_shows_on_a_line_is_refused(label):
    with pytest.raises(UserError, match="the card's classes"):
        small_card(classes=("cat", label))
