"""Exhibits check what they declare, and runs have random numbers of their own."""

from dataclasses import dataclass, replace
from typing import Annotated

import pytest
import torch

from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, PictureSlot
from lab.media import pictures
from lab.parameters import Number
from lab.payloads import Curve


@dataclass(frozen=True)
class Parameters:
    n: Annotated[int, Number("N", 1, 10)] = 3
    gain: Annotated[float, Number("Gain", 0, 1, live=True)] = 0.5


closed = []


def story(knobs, workspace):
    try:
        for i in range(knobs.now.n):
            value = torch.rand(()).item() * knobs.now.gain
            yield Frame({"curve": Curve({"x": ([i], [value])})}, {"value": value})
    finally:
        closed.append(True)


EXHIBIT = Exhibit(Parameters, story, (Output("curve", Curve, "A curve", (0, 0, 1, 12)),), "", "")


def values(frames):
    return [frame.metrics["value"] for frame in frames]


def test_a_notebook_runs_it_with_values_by_name(workspace):
    assert len(values(EXHIBIT.run(workspace, n=5))) == 5
    with pytest.raises(UserError, match="n=11"):
        EXHIBIT.run(workspace, n=11)
    with pytest.raises(UserError, match="no parameter m"):
        EXHIBIT.run(workspace, m=1)


def test_the_seed_decides_and_the_outside_is_left_alone(workspace):
    torch.manual_seed(99)
    outside = torch.get_rng_state()
    first = values(EXHIBIT.run(workspace, seed=1))
    assert values(EXHIBIT.run(workspace, seed=1)) == first
    assert values(EXHIBIT.run(workspace, seed=2)) != first
    assert torch.equal(torch.get_rng_state(), outside)


def test_runs_that_take_turns_give_what_each_gives_alone(workspace):
    alone = [values(EXHIBIT.run(workspace, seed=s)) for s in (1, 2)]
    pair = [EXHIBIT.run(workspace, seed=s) for s in (1, 2)]
    turns = [values(frames) for frames in zip(*pair, strict=True)]
    assert [list(column) for column in zip(*turns, strict=True)] == alone


def test_a_live_knob_turns_while_it_runs(workspace):
    knobs = Knobs(Parameters(n=4))
    frames = EXHIBIT.run(workspace, knobs)
    next(frames)
    knobs.now = Parameters(n=4, gain=0.0)
    assert values(frames) == [0, 0, 0]
    assert EXHIBIT.live == {"gain"}


def test_closing_a_run_runs_its_finally(workspace):
    frames = EXHIBIT.run(workspace)
    next(frames)
    closed.clear()
    frames.close()
    assert closed == [True]


def test_where_nobody_turns_a_knob_a_run_ends_where_it_would_rest(workspace):
    def resting(knobs, workspace):
        yield Frame(metrics={"value": 1})
        while True:
            yield Frame(metrics={"value": knobs.now.gain}, rest=True)

    exhibit = replace(EXHIBIT, generate=resting)
    assert values(exhibit.run(workspace)) == [1, 0.5]
    knobs = Knobs(Parameters(), attended=True)
    frames = exhibit.run(workspace, knobs)
    assert values([next(frames), next(frames)]) == [1, 0.5]
    knobs.now = Parameters(gain=0.25)
    assert values([next(frames)]) == [0.25]


def test_a_well_that_was_given_no_picture_holds_its_default(workspace):
    def names(knobs, workspace):
        yield Frame(status=" ".join(p.name for p in workspace.pictures))

    slots = (PictureSlot("Content"), PictureSlot("Style", "grass"))
    exhibit = Exhibit(Parameters, names, (), "", "", pictures=2, slots=slots)
    one, two = pictures.embedded("coffee"), pictures.embedded("brick")
    assert next(exhibit.run(workspace, pictures=[one])).status == "coffee grass"
    assert next(exhibit.run(workspace, pictures=[one, two])).status == "coffee brick"


def test_wells_are_as_many_as_the_pictures_and_none_is_empty():
    with pytest.raises(ValueError, match="2 slots for 1 pictures"):
        Exhibit(
            Parameters,
            None,
            (),
            "",
            "",
            pictures=1,
            slots=(PictureSlot("A"), PictureSlot("B", "grass")),
        )
    with pytest.raises(ValueError, match="every slot but the first"):
        Exhibit(
            Parameters, None, (), "", "", pictures=2, slots=(PictureSlot("A"), PictureSlot("B"))
        )


def test_measured_times_are_not_repeatable():
    metrics = (Metric("loss", "Loss"), Metric("seconds*", "Time", timed=True))
    exhibit = replace(EXHIBIT, metrics=metrics)
    given = {"loss": 1.0, "seconds": 2.0, "seconds_to_map": 3.0, "undeclared": 4.0}
    assert exhibit.repeatable(given) == {"loss": 1.0, "undeclared": 4.0}


def test_where_nobody_gives_a_picture_it_takes_its_own(workspace):
    def names(knobs, workspace):
        yield Frame(status=" ".join(p.name for p in workspace.pictures))

    bare = replace(workspace, pictures=())
    one = Exhibit(Parameters, names, (), "", "", pictures=1, picture="rocket")
    assert next(one.run(bare)).status == "rocket"
    assert next(one.run(workspace)).status == "coffee"
    assert next(one.run(bare, pictures=[pictures.embedded("moon")])).status == "moon"
    slots = (PictureSlot("Content"), PictureSlot("Style", "grass"))
    two = replace(one, pictures=2, slots=slots)
    assert next(two.run(bare)).status == "rocket grass"
    assert next(replace(one, pictures=0, picture="").run(bare)).status == ""


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"quick": {"n": 11}}, "quick: n=11: choose from 1 to 10"),
        ({"quick": {"m": 1}}, "quick: no parameter m"),
        ({"picture": "rocked", "pictures": 1}, "no embedded picture rocked"),
        ({"picture": "rocket"}, "rocket: it takes no picture"),
        ({"main": "chart"}, "no output chart: choose from curve"),
    ],
)
def test_what_it_declares_of_itself_must_be_true(declared, message):
    with pytest.raises(ValueError, match=message):
        replace(EXHIBIT, **declared)


def output(name, *area, **more):
    return Output(name, Curve, "A curve", area, **more)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ((output("a", 0, 0, 1, 6), output("a", 0, 6, 1, 6)), "two outputs are called a"),
        ((output("a", 0, 0, 1, 6), output("b", 0, 5, 1, 6)), "output b lies over a: give it"),
        ((output("a", 0, 6, 1, 7),), r"area \(0, 6, 1, 7\) is .* a grid of 12 columns"),
        ((output("a", 0, -1, 1, 6),), "a grid of 12 columns"),
        ((output("a", 0, 0, 0, 6),), "a grid of 12 columns"),
        ((output("a", 0, 0, 1, 6, picks="gian"),), "no parameter gian: did you mean gain"),
        ((output("a", 0, 0, 1, 6, points=("n", "y")),), "no parameter y: choose from n, gain"),
    ],
)
def test_each_output_has_a_name_and_a_place_of_its_own(outputs, message):
    with pytest.raises(ValueError, match=message):
        replace(EXHIBIT, outputs=outputs)


@pytest.mark.parametrize(
    "slot", [PictureSlot("Style", "gras"), PictureSlot("Style", "grass", offers=("brick", "gras"))]
)
def test_a_slot_offers_pictures_that_there_are(slot):
    with pytest.raises(ValueError, match="no embedded picture gras: did you mean grass"):
        replace(EXHIBIT, pictures=2, slots=(PictureSlot("Content"), slot))


def test_no_parameter_is_called_as_what_a_run_takes_besides():
    @dataclass(frozen=True)
    class Taken:
        pictures: Annotated[int, Number("N", 1, 10)] = 3

    with pytest.raises(ValueError, match="a parameter cannot be called pictures"):
        replace(EXHIBIT, parameters=Taken)


def test_a_metric_with_a_star_means_a_family():
    assert Metric("accuracy_*", "Accuracy").means("accuracy_cnn_pgd")
    assert not Metric("accuracy_*", "Accuracy").means("epsilons")
    assert Metric("loss", "Loss").means("loss")
    assert not Metric("loss", "Loss").means("loss_2")
