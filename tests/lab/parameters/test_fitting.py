"""Values of an earlier time: what fits is taken, what does not is told."""

from dataclasses import dataclass
from typing import Annotated

from lab import parameters
from lab.datasets import Library
from lab.errors import NotYet
from lab.parameters import Choice, Number, Several
from tests.lab.parameters.dependent import Dependent, of_models


def test_as_much_is_taken_as_fits():
    def fitted(given):
        return parameters.fitting(Dependent(), given, of_models)

    given = {"target": "cup", "model": "b"}
    assert fitted(given) == parameters.Fitted(Dependent("cup", "b"), {}, {})
    assert fitted(given | {"gone": 1}).values == Dependent("cup", "b")
    wrong = fitted(given | {"model": 3})
    assert wrong.values == Dependent()
    assert wrong.refused == {"model": "model=3: give a name"}
    assert fitted(given | {"target": None}).values == Dependent("top", "b")


@dataclass(frozen=True)
class Lasting:
    data: Annotated[str, Choice("Dataset", "datasets")] = "digits"
    models: Annotated[tuple[str, ...], Several("Models", "models")] = ()
    method: Annotated[str, Choice("Attack", {"fgsm": "FGSM", "pgd": "PGD"})] = "fgsm"
    epochs: Annotated[int, Number("Epochs", 1, 100)] = 6


def at_hand(source, of):
    return Library().options() if source == "datasets" else {"a": "A", "b": "B"}


def test_what_an_earlier_time_named_and_is_gone_is_told_and_the_rest_stands(tmp_path):
    given = {"data": str(tmp_path / "pets"), "models": ("b", "z"), "method": "pgd9", "epochs": 7}
    fitted = parameters.fitting(Lasting(), given, at_hand)
    assert fitted.values == Lasting("digits", ("b",), "fgsm", 7)
    assert fitted.refused == {
        "data": "Dataset: pets is no longer there",
        "models": "Models: z is no longer there",
        "method": "Attack: pgd9 is no longer there",
    }
    (tmp_path / "pets").mkdir()
    fitted = parameters.fitting(Lasting(), given | {"models": ["z"]}, at_hand)
    assert fitted.values.data == str(tmp_path / "pets")
    assert fitted.values.models == ()


def test_what_is_still_looked_into_waits_and_takes_what_depends_on_it_along():
    def not_yet(source, of):
        if of == "b":
            raise NotYet("the classes")
        return of_models(source, of)

    given = {"target": "cup", "model": "b"}
    fitted = parameters.fitting(Dependent(), given, not_yet)
    assert fitted == parameters.Fitted(Dependent(), {}, given)


def test_what_was_chosen_for_a_model_that_is_gone_goes_with_it_in_one_line():
    fitted = parameters.fitting(Dependent(), {"target": "cup", "model": "c"}, of_models)
    assert fitted.values == Dependent()
    assert list(fitted.refused) == ["model"]
