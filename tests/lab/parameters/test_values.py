"""Every parameter is parsed and checked from one declaration."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from lab import parameters
from lab.errors import UserError
from lab.parameters import Choice, Number, Several, Switch
from tests.lab.parameters.dependent import Dependent, of_models


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
        ({"epochs": "0"}, "epochs=0: .*from 1 to 100"),
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


ODD = {"null": None, "empty": [], "list": ["a"], "object": {"a": 1}, "whole": 3, "real": 2.5}
ODD |= {"bool": True, "word": "c", "huge": 10**400, "infinite": 1e999}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
@pytest.mark.parametrize("name", ["epochs", "lr", "optimiser", "model", "on", "models", "order"])
def test_a_value_of_any_type_is_taken_or_told_in_one_line(name, value):
    kind = Sets if name in ("models", "order") else Some
    for ask in (None, options, lambda *_: {"a": "A", "b": "B"}):
        told = ""
        try:
            taken = parameters.update(kind(), {name: value}, ask)
        except UserError as error:
            told = str(error)
        else:
            assert type(getattr(taken, name)) is type(getattr(kind(), name))
        assert "\n" not in told


VALUES = [3, 0.1, -2e-7, 1 / 3, True, False, "a b", "", ("a",), (), ("a,b", 'c"d', "e")]


@pytest.mark.parametrize("value", VALUES)
def test_the_text_of_a_value_is_read_back(value):
    @dataclass(frozen=True)
    class Any:
        x: Annotated[float, Number("X", -5, 5)] = 0
        b: Annotated[bool, Switch("B")] = False
        s: Annotated[str, Choice("S", "models")] = "a"
        t: Annotated[tuple[str, ...], Several("T", "models")] = ()

    name = {bool: "b", str: "s", tuple: "t"}.get(type(value), "x")
    assert parameters.typed(Any, {name: parameters.as_text(value)}) == {name: value}


def test_a_parameter_is_found_by_what_it_is_chosen_from():
    assert [f.name for f in parameters.taking(Some, "models")] == ["model"]
    assert [f.name for f in parameters.taking(Sets, "models")] == ["models", "model"]
    assert parameters.taking(Sets, "datasets") == ()


def test_a_name_is_put_to_use_where_its_source_is_taken():
    values = Sets(models=("a",), model="b")
    assert parameters.putting(values, "models", "c") == {"models": ("a", "c")}
    assert parameters.putting(values, "models", "a") == {"model": "a"}, "the first that lacks it"
    assert parameters.putting(Sets(("a",), model="a"), "models", "a") == {}
    assert parameters.putting(values, "datasets", "c") == {}


def test_only_what_differs_from_the_default_is_named():
    assert parameters.differing(Some()) == {}
    assert parameters.differing(Some(lr=0.2, on=True)) == {"lr": 0.2, "on": True}


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


def test_a_class_is_checked_against_the_model_that_is_chosen_with_it():
    assert parameters.parse(Dependent, {"target": "cup", "model": "b"}, of_models).target == "cup"
    with pytest.raises(UserError, match=r"target=cup: .*choose from top, cat"):
        parameters.parse(Dependent, {"target": "cup"}, of_models)


def test_of_a_model_chosen_automatically_the_title_says_which():
    def named(source, of):
        return {"v": "VGG-19"} if of == parameters.AUTO else {"v": "VGG-19", "e": "EfficientNet"}

    choice = Choice("Model", "models", auto="Automatic")
    assert choice.available(named)[parameters.AUTO] == "Automatic: VGG-19"
    assert Choice("Model", "models").available(named) == named("models", "")


def test_a_class_that_the_new_model_lacks_goes_back_to_the_default():
    values = Dependent("cat", "a")
    assert parameters.update(values, {"model": "b"}, of_models) == Dependent("top", "b")
    assert parameters.update(values, {"model": "a"}, of_models) == values


def test_a_long_list_of_names_is_not_read_out():
    names = [f"class {i}" for i in range(1000)]
    assert parameters.advice("klass 512", names) == "did you mean class 512?"
    assert parameters.advice("?", names).startswith("there are 1000, such as class 0, class 1")


@dataclass(frozen=True)
class Sets:
    models: Annotated[tuple[str, ...], Several("Networks", "models", least=1, most=2)] = ("a",)
    order: Annotated[
        tuple[str, ...],
        Several("Transforms", {"flip": "Flip", "blur": "Blur", "turn": "Turn"}, ordered=True),
    ] = ()
    layers: Annotated[tuple[str, ...], Several("Layers", "layers", of="model")] = ()
    model: Annotated[str, Choice("Network", "models")] = "a"


def with_layers(source, of):
    names = {"models": ["a", "b"], "layers": {"a": ["conv", "relu"], "b": ["conv"]}}[source]
    return {name: name for name in (names[of] if of else names)}


def test_several_names_come_parted_by_commas():
    values = parameters.parse(Sets, {"models": "b, a", "order": "turn,flip"}, with_layers)
    assert values.models == ("a", "b"), "in the order in which they are offered"
    assert values.order == ("turn", "flip"), "in the order in which they were given"
    assert parameters.parse(Sets, {"order": ""}, with_layers).order == ()


def test_a_list_from_a_session_file_becomes_a_tuple():
    assert parameters.update(Sets(), {"order": ["blur", "turn"]}).order == ("blur", "turn")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"models": "c"}, "models=c: choose from a, b"),
        ({"models": ""}, "models=: choose 1 or more"),
        ({"order": "flip,flip"}, "order=flip,flip: name flip once"),
        ({"order": "flp"}, "order=flp: did you mean flip"),
        ({"layers": "pool"}, "layers=pool: choose from conv, relu"),
    ],
)
def test_what_is_wrong_with_several_is_told_in_one_line(texts, message):
    with pytest.raises(UserError, match=message):
        parameters.parse(Sets, texts, with_layers)


def test_several_are_neither_a_number_nor_too_many():
    with pytest.raises(UserError, match="give names"):
        parameters.update(Sets(), {"order": 3})
    with pytest.raises(UserError, match="choose 2 at most"):
        parameters.update(Sets(), {"models": ["a", "b", "c"]}, lambda s, of: dict.fromkeys("abc"))


def test_layers_that_the_new_model_lacks_are_let_go():
    values = parameters.update(Sets(), {"layers": ("conv", "relu")}, with_layers)
    assert parameters.update(values, {"model": "b"}, with_layers).layers == ()


@dataclass(frozen=True)
class Clicked:
    channel: Annotated[int, Number("Channel", 0, 9)] = 0
    layer: Annotated[str, Choice("Layer", "layers", of="model", auto="The first")] = "auto"
    shape: Annotated[str, Choice("Shape", {"disc": "Disc", "square": "Square"})] = "disc"
    model: Annotated[str, Choice("Network", "models")] = "a"


def test_a_click_means_the_index_or_the_name_that_is_offered_there():
    assert parameters.picked(Clicked(), "channel", 3, with_layers) == 3
    assert parameters.picked(Clicked(), "layer", 0, with_layers) == "conv", "auto is not counted"
    assert parameters.picked(Clicked(), "layer", 1, with_layers) == "relu"
    assert parameters.picked(Clicked(), "shape", 1, with_layers) == "square"


def test_a_choice_with_auto_takes_what_is_known_though_not_offered():
    class Known(dict):
        def __contains__(self, name):
            return super().__contains__(name) or name == "hidden"

        def __missing__(self, name):
            return "Hidden"

    spec = Choice("Model", "models", auto="The best")
    for value in ("auto", "a", "hidden"):
        spec.check("model", value, lambda *_: Known(a="A"))
    with pytest.raises(UserError, match="model=b: choose from auto, a"):
        spec.check("model", "b", lambda *_: Known(a="A"))
    offered = spec.available(lambda *_: Known(a="A"))
    assert list(offered) == ["auto", "a"]
    assert offered["hidden"] == "Hidden"


def test_more_can_be_offered_after_what_the_source_has():
    class Known(dict):
        def __contains__(self, name):
            return name == "hidden" or super().__contains__(name)

        def __missing__(self, name):
            return "Hidden"

    def named(source, of):
        return Known(a="A", b="B")

    spec = Choice("Model", "models", also={"b": "Better", "c": "C"})
    assert dict(spec.available(named)) == {"a": "A", "b": "Better", "c": "C"}
    for value in ("a", "c", "hidden"):
        spec.check("model", value, named)
    with pytest.raises(UserError, match="model=auto: choose from a, b, c"):
        spec.check("model", "auto", named)
    assert spec.named(2, named) == "c"
    led = Choice("Model", "models", auto="Best", also={"c": "C"}).available(
        lambda source, of: {"a": "A"}
    )
    assert list(led) == ["auto", "a", "c"]
