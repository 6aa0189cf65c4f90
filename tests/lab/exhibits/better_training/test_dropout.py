"""What the exhibit tells of dropout: rates, drawings, test time, and how it sums up."""

from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from lab import catalog, parameters
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.better_training import dropout
from lab.exhibits.better_training._dropout_drawings import DROPPED, KEPT, blocks, drawn, network
from lab.exhibits.better_training._dropout_regression import RATES, Regression
from lab.exhibits.better_training.dropout import RANDOM, WAYS, Parameters, trainer_of
from lab.networks.stochastic import DropConnect, FractionalMaxPool, StochasticDepth
from lab.training.scores import Scores

QUICK = {"images": 50, "epochs": 1, "seeds": 1, "passes": 2}


@pytest.fixture
def data(workspace):
    return workspace.data("digits").shortened(50)


def rates(model):
    """The rate of each way in a network; of fractional pooling whether it is random."""
    pool = next(m for m in model.modules() if isinstance(m, FractionalMaxPool))
    found = {"fractional": pool.random}
    kinds = {"dropout": nn.Dropout, "drop_connect": DropConnect, "depth": StochasticDepth}
    for way, kind in kinds.items():
        found[way] = next(m.p for m in model.modules() if isinstance(m, kind))
    return found


@pytest.mark.parametrize("way", WAYS)
def test_each_way_drops_its_own_and_all_begin_alike(way, data):
    knobs = Knobs(Parameters(rate=0.4, depth=0.2, epochs=2))
    trainer, plain = (trainer_of(name, 5, data, knobs) for name in (way, "none"))
    weights = plain.model.state_dict()
    assert all(torch.equal(weights[k], v) for k, v in trainer.model.state_dict().items())
    steps = trainer.steps()
    for rate in (0.4, 0.8):
        knobs.now = replace(knobs.now, rate=rate, depth=rate / 2)
        next(steps)
        wanted = {"dropout": rate, "drop_connect": rate, "depth": rate / 2, "fractional": True}
        off = dict.fromkeys(wanted, 0)
        assert rates(trainer.model) == off | {k: v for k, v in wanted.items() if k == way}


def test_a_dropped_unit_is_crossed_and_has_no_weights():
    units, weights = np.ones(9, bool), np.ones((9, 7), bool)
    whole = network(units, weights)
    without = network(np.arange(9) != 4, weights)

    def count(picture, colour):
        return int((picture == np.array(colour, np.uint8)).all(2).sum())

    assert count(whole, DROPPED) == 0
    assert count(without, DROPPED) > 100
    assert count(without, KEPT) < count(whole, KEPT)
    fewer = network(units, np.arange(63).reshape(9, 7) % 2 == 0)
    assert count(fewer, DROPPED) == 0
    assert count(network(~units, weights), KEPT) == 0 < count(fewer, KEPT) < count(whole, KEPT)
    # The dropped block of three is the middle third.
    rows = np.nonzero((blocks([False, True, False]) == DROPPED).all(2))[0] / len(whole)
    assert 0.3 < rows.min() < rows.max() < 0.7


def test_the_drawing_is_of_the_masks_of_the_step(data):
    knobs = Knobs(Parameters(rate=0.9, depth=0.9))
    trainers = {way: trainer_of(way, 0, data, knobs) for way in WAYS}
    before = drawn(trainers, data.train_images[0])
    assert before.captions[0].startswith("Dropout: 0 of\n256 hidden")
    for trainer in trainers.values():
        trainer.seed = 0
        torch.manual_seed(0)
        next(trainer.steps())
    after = drawn(trainers, data.train_images[0])
    mask = trainers["dropout"].model.network.dropout.mask[0]
    assert after.captions[0].startswith(f"Dropout: {int((mask == 0).sum())} of\n256")
    assert after.captions[1].startswith("DropConnect: 90% of\n131,072")
    assert after.captions[2].endswith("9 × 9 random regions")
    dropped = [m.dropped for m in trainers["depth"].model.modules() if hasattr(m, "dropped")]
    assert f"{sum(dropped)} of {len(dropped)} " in after.captions[3]
    for one, other in zip(before.images, after.images, strict=True):
        assert (one != other).any() or not any(dropped)


def test_the_two_losses_agree_within_the_sampling_error(data):
    torch.manual_seed(0)
    found = Regression()
    list(found.measure(data))
    assert len(found.closed) == len(RATES)
    sampled, closed, error = map(np.array, (found.sampled, found.closed, found.error))
    assert (np.abs(sampled - closed) <= 4 * error + 1e-12).all()
    assert found.sampling_error < 0.04
    assert found.difference == pytest.approx(np.abs(sampled / closed - 1).max())
    # And the penalty is what the difference to the loss alone is about.
    assert closed[5] > 1.2 * found.plain[5]
    assert set(found.curve(0.3).bands) == {"random masks"}


def scored(figures):
    """A stand-in for a comparison with these test accuracies of two seeds."""
    scores = Scores(list(WAYS), [0, 1], [1.0])
    for way in WAYS:
        for seed, value in enumerate(figures.get(way, (0.9, 0.9))):
            scores.put(way, seed, 0, {"test_accuracy": value})
    return SimpleNamespace(scores=scores)


def test_the_outcome_says_what_was_gained_and_what_was_not():
    comparison = scored({"none": (0.9, 0.92), "dropout": (0.94, 0.94), "depth": (0.91, 0.88)})
    told = dropout.verdict(comparison)
    assert "Dropout +3.0 (2 of 2 seeds)" in told
    assert "Stochastic depth −1.5 (1 of 2 seeds)" in told
    comparison.scores.end("drop_connect", 1, 0)
    assert "DropConnect diverged" in dropout.verdict(comparison)
    comparison.scores.end("none", 1, 0)
    assert "none diverged" in dropout.verdict(comparison)


def test_at_rest_the_controls_choose_the_way_and_the_passes(lab_of_few_digits):
    exhibit = catalog.load("better_training/dropout")
    knobs = Knobs(Parameters(**QUICK), attended=True)
    metrics, shown = {}, {}

    with closing(exhibit.run(lab_of_few_digits, knobs, seed=0)) as frames:

        def until_rest():
            for frame in frames:
                metrics.update(frame.metrics)
                shown.update(frame.outputs)
                if frame.rest:
                    return shown["monte_carlo"]

        first = until_rest()
        assert {len(x) for x, _ in first.series.values()} == {2}
        knobs.now = replace(knobs.now, passes=5)
        more = until_rest()
        assert {len(x) for x, _ in more.series.values()} == {2, 5}
        single = "single network"
        assert more.series[single][1][:2].tolist() == first.series[single][1].tolist()
        knobs.now = replace(knobs.now, way="depth")
        assert until_rest().title.startswith("Stochastic depth")

    assert metrics["test_time_difference"] == pytest.approx(
        metrics["monte_carlo_accuracy"] - metrics["approximation_accuracy"]
    )
    assert metrics["gain"] == pytest.approx(
        metrics["test_accuracy_dropout"] - metrics["test_accuracy_none"]
    )
    assert len(metrics["mean"]) == len(metrics["spread"]) == len(WAYS)
    assert {f"gap_{way}" for way in WAYS} | {f"monte_carlo_{way}" for way in RANDOM} <= set(metrics)
    assert shown["estimates"].rows[0][0] == "None"
    assert shown["estimates"].rows[0][-2:] == ("–", "–")


@pytest.fixture
def lab_of_few_digits(workspace, few_digits):
    library = SimpleNamespace(get=lambda name: few_digits)
    return replace(workspace, library=library)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("rate", "1", "choose from 0 to 0.9"),
        ("depth", "half", "is a number"),
        ("way", "none", "choose from dropout"),
        ("passes", "0", "choose from 1 to 200"),
        ("images", "10", "choose from 50"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(name, value, advice):
    with pytest.raises(UserError, match=advice) as caught:
        parameters.parse(Parameters, {name: value})
    assert "\n" not in str(caught.value)
