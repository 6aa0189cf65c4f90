"""Every parameter is parsed and checked from one declaration."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from lab import parameters
from lab.errors import UserError
from lab.parameters import Choice, Number, Switch


@dataclass(frozen=True)
class Some:
    epochs: Annotated[int, Number("Epochs", 1, 100)] = 6
    lr: Annotated[float, Number("Learning rate", 0.001, 1, unit="per step", live=True)] = 0.1
    optimiser: Annotated[str, Choice("Optimiser", {"sgd": "SGD", "adam": "Adam"})] = "sgd"
    model: Annotated[str, Choice("Network", "models")] = "a"
    on: Annotated[bool, Switch("On")] = False


def options(source, of):
    assert source == "models"
    return {"a": "A", "b": "B"}


def test_texts_become_values_of_their_types():
    texts = {"epochs": "12", "lr": "1e-2", "optimiser": "adam", "model": "b", "on": "yes"}
    assert parameters.parse(Some, texts, options) == Some(12, 0.01, "adam", "b", True)
    assert type(parameters.parse(Some, {"epochs": "3"}).epochs) is int
    assert type(parameters.parse(Some, {"lr": "1"}).lr) is float


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"epochs": "0"}, "epochs=0.*from 1 to 100"),
        ({"epochs": "2.5"}, "whole number"),
        ({"epochs": "many"}, "is a number"),
        ({"epochs": ""}, "is a number"),
        ({"lr": "nan"}, "from 0.001 to 1 per step"),
        ({"lr": "inf"}, "from 0.001 to 1"),
        ({"optimiser": "adm"}, "did you mean adam"),
        ({"model": "c"}, "choose from a, b"),
        ({"on": "maybe"}, "on or off"),
        ({"epoch": "3"}, "no parameter epoch: did you mean epochs"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(texts, message):
    with pytest.raises(UserError, match=message) as told:
        parameters.parse(Some, texts, options)
    assert "\n" not in str(told.value)


def test_values_from_a_notebook_are_checked_too():
    with pytest.raises(UserError, match="epochs=True"):
        parameters.update(Some(), {"epochs": True})
    with pytest.raises(UserError, match="on=1"):
        parameters.update(Some(), {"on": 1})
    before = Some()
    after = parameters.update(before, {"epochs": 7.0})
    assert (before.epochs, after.epochs) == (6, 7)


def test_a_parameter_without_a_spec_is_a_mistake_of_ours():
    @dataclass(frozen=True)
    class Bare:
        x: int = 1

    with pytest.raises(TypeError, match="no spec"):
        parameters.describe(Bare)


def test_the_order_and_the_live_ones_are_as_declared():
    fields = parameters.describe(Some)
    assert [f.name for f in fields] == ["epochs", "lr", "optimiser", "model", "on"]
    assert [f.name for f in fields if f.spec.live] == ["lr"]


@dataclass(frozen=True)
class Dependent:
    target: Annotated[str, Choice("Class", "classes", of="model")] = "top"
    model: Annotated[str, Choice("Network", "models")] = "a"


def of_models(source, of):
    names = {"models": ["a", "b"], "classes": {"a": ["top", "cat"], "b": ["top", "cup"]}}[source]
    return {name: name for name in (names[of] if of else names)}


def test_a_class_is_checked_against_the_model_that_is_chosen_with_it():
    assert parameters.parse(Dependent, {"target": "cup", "model": "b"}, of_models).target == "cup"
    with pytest.raises(UserError, match=r"target=cup: .*choose from top, cat"):
        parameters.parse(Dependent, {"target": "cup"}, of_models)


def test_a_class_that_the_new_model_lacks_goes_back_to_the_default():
    values = Dependent("cat", "a")
    assert parameters.update(values, {"model": "b"}, of_models) == Dependent("top", "b")
    assert parameters.update(values, {"model": "a"}, of_models) == values


def test_a_long_list_of_names_is_not_read_out():
    names = [f"class {i}" for i in range(1000)]
    assert parameters.advice("klass 512", names) == "did you mean class 512?"
    assert parameters.advice("?", names).startswith("there are 1000, such as class 0, class 1")
