"""Overfitting: the sequence and the fits as shown, and networks on true and random labels."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from lab import catalog
from lab.exhibit import Frame, Knobs
from lab.exhibits.better_training._overfitting_networks import (
    RANDOM,
    TRUE,
    Memorisers,
    way,
    widths,
)
from lab.exhibits.better_training._overfitting_polynomials import (
    DEGREES,
    EDGE,
    NoisyFits,
    polynomial,
    sequence,
    solution,
    written,
)
from lab.exhibits.better_training.overfitting import Parameters

PATH = "better_training/overfitting"
QUICK = {"width": 8, "images": 100, "epochs": 1, "seeds": 2}


# ---- the sequence


def test_the_lectures_formula_is_written_as_the_lecture_writes_it():
    text = solution(217341).outputs["solution"].text
    assert "f(x) = 18111/2 x⁴ − 90555 x³ + 633885/2 x² − 452773 x + 217331" in text
    assert "f(1) = 1,  f(2) = 3,  f(3) = 5,  f(4) = 7,  f(5) = 217,341" in text
    assert "2x − 1 + 18111/2 (x − 1)" in text
    assert solution(217341).metrics == {"f5": 217341}


@pytest.mark.parametrize(
    ("coefficients", "words"),
    [
        ((0,), "0"),
        ((-1, 2), "2 x − 1"),
        ((0, -1, 1), "x² − x"),
        ((1, 0, Fraction(-3, 2)), "−3/2 x² + 1"),
        ((5, -1), "−x + 5"),
    ],
)
def test_polynomials_as_text(coefficients, words):
    assert written([Fraction(c) for c in coefficients]) == words


def test_both_curves_pass_through_what_is_given_and_part_at_the_fifth():
    curve = sequence(217341).outputs["sequence"]
    for name, fifth in (("quartic", 217341), ("line 2x − 1", 9)):
        x, y = curve.series[name]
        assert np.interp([1, 2, 3, 4, 5], x, y) == pytest.approx([1, 3, 5, 7, fifth], abs=1e-6)
    assert curve.title.endswith("The line gives 9, the quartic 217,341")
    assert set(curve.dots) == {"given", "fifth"}


def test_while_it_is_drawn_the_answer_is_not_told():
    curve = sequence(217341, 3.0).outputs["sequence"]
    assert curve.series["quartic"][0].max() == pytest.approx(3)
    assert curve.title == "1, 3, 5, 7, ?"
    assert curve.dots == ("given",)


def test_nine_is_the_fifth_of_the_line():
    assert polynomial(9) == polynomial()


# ---- the fits


def test_the_fit_shown_is_the_one_whose_errors_are_told():
    frame = NoisyFits(0).frame(3, 12, 0.25)
    against, fit = frame.outputs["errors"], frame.outputs["fit"]
    assert against.marker == 3
    for name in ("training", "test"):
        _, y = against.series[f"{name} error"]
        low, high = against.bands[f"{name} error"]
        assert len(y) == DEGREES + 1
        assert (low <= y).all()
        assert (y <= high).all()
    metrics = frame.metrics
    assert metrics["fit_train_error"] == against.series["training error"][1][3]
    assert metrics["fit_gap"] == pytest.approx(
        metrics["fit_test_error"] - metrics["fit_train_error"]
    )
    assert fit.title.startswith("Degree 3: training 0.2")
    assert fit.dots == ("training points",)


def test_through_all_points_and_out_of_the_picture():
    frame = NoisyFits(0).frame(11, 12, 0.25)
    fit = frame.outputs["fit"]
    x, y = fit.series["training points"]
    line = fit.series["fit"]
    near = np.interp(x[3:9], line[0], line[1])
    assert near == pytest.approx(y[3:9], abs=0.05)
    assert "training 0.00" in fit.title
    assert np.nanmax(np.abs(line[1])) <= EDGE
    assert np.isnan(line[1]).any()


# ---- the networks


def test_widths_rise_by_a_factor_up_to_the_widest():
    assert widths(512) == [2, 6, 18, 56, 169, 512]
    assert widths(4) == [2, 3, 4]


@pytest.fixture(scope="module")
def memorised():
    from lab import datasets

    data = datasets.load("digits").shortened(60)
    data = replace(data, test_images=data.test_images[:300], test_labels=data.test_labels[:300])
    networks = Memorisers(data, 128, 40, 1.0, range(2))
    for event in networks.comparison.run():
        if event is not None and hasattr(event, "number") and event.last:
            shown = networks.checked()
    return networks, shown


def test_a_wide_network_memorises_random_labels_and_a_narrow_one_cannot(memorised):
    scores = memorised[0].comparison.scores
    assert scores.mean("train_accuracy", way(RANDOM, 128)) == 1
    assert scores.mean("train_accuracy", way(RANDOM, 2)) < 0.6
    assert scores.mean("test_accuracy", way(RANDOM, 128)) < 0.25
    assert scores.mean("train_accuracy", way(TRUE, 128)) == 1
    assert scores.mean("test_accuracy", way(TRUE, 128)) > 0.5
    outcome = memorised[0].outcome()
    assert outcome.startswith("done: 128 units memorise 100.0% of the random labels; test accuracy")
    assert outcome.endswith(", chance 10.0%")


def test_capacity_is_shown_with_its_spread(memorised):
    networks, shown = memorised
    curve = shown.outputs["capacity"]
    scores = networks.comparison.scores
    x, y = curve.series["random labels: test"]
    assert x.tolist() == networks.widths
    assert y == pytest.approx([scores.mean("test_accuracy", way(RANDOM, w)) for w in x.astype(int)])
    low, high = curve.bands["random labels: test"]
    assert (high - low) / 2 == pytest.approx(
        [scores.spread("test_accuracy", way(RANDOM, w)) for w in x.astype(int)]
    )
    assert set(curve.series["chance"][1]) == {0.1}


def test_the_images_shown_have_their_random_labels(memorised):
    networks, _ = memorised
    shown = networks._images().outputs["images"]
    labels = networks.comparison.trainers[way(RANDOM, 128)].data.train_labels
    for caption, label in zip(shown.captions, labels, strict=False):
        assert caption == f"label {label}\npredicted {label}"
    assert set(shown.tones) == {"good"}
    assert shown.title == "Random labels: 10 of 10 memorised"


def test_one_that_is_too_narrow_is_said_to_be(lab_of_few, held_clock):
    exhibit = catalog.load(PATH)
    statuses = [f.status for f in exhibit.run(lab_of_few, **QUICK) if f.status]
    assert "not all: widen" in statuses[-1]


# ---- the run


def end(frames):
    whole = Frame()
    for frame in frames:
        whole = whole.then(frame)
        if frame.rest:
            break
    return whole


def test_by_itself_it_shows_the_polynomials_and_waits(lab_of_few):
    knobs = Knobs(Parameters(**QUICK), attended=True, by_itself=True)
    frames = catalog.load(PATH).run(lab_of_few, knobs)
    first = end(frames)
    assert set(first.outputs) == {"sequence", "solution", "fit", "errors"}
    knobs.now = replace(knobs.now, fifth=11, degree=2)
    second = end(frames)
    assert second.metrics["f5"] == 11
    assert second.outputs["errors"].marker == 2
    frames.close()


def test_the_figures_have_mean_and_spread_over_the_seeds(lab_of_few, held_clock):
    metrics = end(catalog.load(PATH).run(lab_of_few, **QUICK)).metrics
    assert metrics["f5"] == 217341
    assert metrics["seeds"] == 2
    assert len(metrics["mean"]) == len(metrics["spread"]) == 2 * len(widths(8))
    assert metrics["mean"][-1] == metrics["random_test_accuracy"]
