"""Amounts in pixel units, and texts."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from lab import parameters
from lab.errors import UserError
from lab.parameters import Number, Text, listing


@dataclass(frozen=True)
class Perturbed:
    epsilon: Annotated[float, Number("Epsilon", 0, 0.5, per=255, form=".2g")] = 2 / 255
    lr: Annotated[float, Number("Rate", 0, 1)] = 0.5


def test_an_amount_is_in_pixel_units_and_may_be_written_over_its_levels():
    assert parameters.parse(Perturbed, {"epsilon": "0.1"}).epsilon == 0.1
    assert parameters.parse(Perturbed, {"epsilon": "8/255"}).epsilon == 8 / 255
    spec = parameters.describe(Perturbed)[0].spec
    assert spec.written(2 / 255) == "0.0078 = 2/255"
    assert spec.written(0.3) == "0.3 = 76.5/255"
    assert spec.written(0.0) == "0 = 0/255"


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"epsilon": "2"}, "epsilon=2: choose from 0 to 0.5, which is 127.5/255"),
        ({"epsilon": "200/255"}, "epsilon=0.784314: choose from 0 to 0.5, which is 127.5/255"),
        ({"epsilon": "2/100"}, "epsilon=2/100: epsilon is a number"),
        ({"epsilon": "/255"}, "epsilon=/255: epsilon is a number"),
        ({"lr": "2/255"}, "lr=2/255: rate is a number"),
    ],
)
def test_another_unit_is_refused_in_one_line(texts, message):
    with pytest.raises(UserError, match=message):
        parameters.parse(Perturbed, texts)


def test_a_text_is_one_line_of_no_more_than_its_length():
    spec = Text("Prompt", 10, ("The man", "The woman"))
    assert spec.parse("prompt", "  The man ", None) == "The man"
    spec.check("prompt", "The man", None)
    with pytest.raises(UserError, match="prompt: 11 characters; give 10 at most"):
        spec.check("prompt", "The surgeon", None)
    for bad in ("", "  ", "two\nlines", 3):
        with pytest.raises(UserError, match="prompt is a line of text"):
            spec.check("prompt", bad, None)


def test_a_text_is_told_with_its_length_and_examples():
    @dataclass(frozen=True)
    class Parameters:
        prompt: Annotated[str, Text("Prompt", 10, ("The man", "The woman"))] = "The man"

    lines = list(listing.as_lines(Parameters, lambda *_: {}))
    assert lines[:2] == [
        "--set prompt=The man",
        "    Prompt: a text of up to 10 characters, such as The man, The woman",
    ]
    (told,) = listing.as_data(Parameters)
    assert (told["type"], told["most"]) == ("str", 10)
    assert told["examples"] == ("The man", "The woman")
