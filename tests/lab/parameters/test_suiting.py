"""Numbers that suit a model."""

from dataclasses import dataclass
from typing import Annotated

from lab import parameters
from lab.errors import UserError
from lab.parameters import Choice, Number


@dataclass(frozen=True)
class Suited:
    model: Annotated[str, Choice("Model", "models")] = "photo"
    patch: Annotated[
        int, Number("Patch", 1, 64, of="model", suits=lambda channels, size: size // 7)
    ] = 32
    grey: Annotated[
        float, Number("Grey", 0, 1, of="model", suits=lambda channels, size: 1.5 / channels)
    ] = 0.5
    step: Annotated[float, Number("Step", 0, 1, per=255, auto="Automatic")] = 0.0


SEEN = {"photo": (3, 224), "other photo": (3, 224), "digits": (1, 28), "gone": None}


def of_kinds(source, of):
    if source == "models":
        return dict.fromkeys(SEEN, "a model")
    if SEEN[of] is None:
        raise UserError("no model")
    return dict(zip(("channels", "size"), map(str, SEEN[of]), strict=True))


def test_a_number_becomes_what_suits_the_model_unless_it_is_set_with_it():
    assert parameters.update(Suited(), {"model": "digits"}, of_kinds) == Suited("digits", 4, 1.0)
    both = {"model": "digits", "patch": 9}
    assert parameters.update(Suited(), both, of_kinds) == Suited("digits", 9, 1.0)
    assert parameters.parse(Suited, {"model": "digits"}, of_kinds).patch == 4
    back = parameters.update(Suited("digits", 9, 0.2), {"model": "photo"}, of_kinds)
    assert back == Suited()
    assert type(parameters.update(Suited(), {"model": "digits"}, of_kinds).patch) is int


def test_it_stays_where_the_new_model_is_of_the_same_kind_or_not_known():
    chosen = Suited("photo", 50, 0.1)
    for model in ("other photo", "gone"):
        changed = parameters.update(chosen, {"model": model}, of_kinds)
        assert changed == Suited(model, 50, 0.1)
    assert parameters.update(chosen, {"model": "digits"}) == Suited("digits", 50, 0.1)
    assert parameters.update(chosen, {"step": 0.1}, of_kinds).patch == 50


def test_what_was_set_beside_another_model_comes_back_as_it_was():
    for values in (Suited("digits", 32, 0.5), Suited("digits", 4, 1.0), Suited("photo", 4, 0.5)):
        given = parameters.differing(values)
        assert parameters.fitting(Suited(), given, of_kinds).values == values
        assert parameters.update(Suited(), given, of_kinds) == values
    assert parameters.differing(Suited()) == {}


def test_a_number_that_the_exhibit_chooses_is_called_so():
    spec = parameters.describe(Suited)[3].spec
    assert spec.written(0.0) == "Automatic"
    assert spec.written(2 / 255) == "0.00784 = 2/255"
    for text in ("auto", "Auto", "automatic", "0"):
        assert parameters.parse(Suited, {"step": text}).step == 0.0
    assert parameters.parse(Suited, {"step": "2/255"}).step == 2 / 255
    text = parameters.as_text(0.0)
    assert parameters.parse(Suited, {"step": text}).step == 0.0
