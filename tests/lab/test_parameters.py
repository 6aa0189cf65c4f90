"""Every parameter is parsed and checked from one declaration."""

from dataclasses import dataclass, make_dataclass
from typing import Annotated

import pytest

from lab import parameters
from lab.datasets import Library
from lab.errors import NotYet, UserError
from lab.parameters import Choice, Number, Several, Switch, Unless, When


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


# ---- parameters that count only with some values of others -----------------------------------


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


# ---- pixel units -----------------------------------------------------------------------------


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


# --- numbers that suit a model


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
