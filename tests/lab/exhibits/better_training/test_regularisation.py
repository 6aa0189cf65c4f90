"""Regularisation: what the penalties do to weights, accuracies and the plane of two weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lab import catalog
from lab.exhibit import Knobs
from lab.exhibits.better_training._regularisation_cards import (
    EDGE,
    SQUARE,
    boundary,
    histogram,
    plane,
)
from lab.exhibits.better_training._regularisation_race import PlaneRace
from lab.exhibits.better_training.regularisation import Parameters
from lab.media.colours import ORANGE, SKY
from lab.training.points import moons, network, probability
from lab.training.race import from_seed
from lab.training.regularisers import REGULARISERS, Strength, weights_of

PATH = "better_training/regularisation"


def test_the_histogram_has_every_weight_of_a_network():
    model = from_seed(0, network)
    shown = histogram({"none": model}, ["none"])
    counts = shown.series["None"]
    weights = np.concatenate([w.detach().numpy().ravel() for w in weights_of(model)])
    inside = (weights > shown.edges[40]) & (weights < shown.edges[41])
    beyond = np.abs(weights) > shown.edges[-1]
    assert counts.sum() == pytest.approx(1 - beyond.mean(), abs=1e-4)
    assert counts[40] == pytest.approx(inside.mean(), abs=1e-4)
    assert shown.edges[40] == pytest.approx(-shown.edges[41])


def test_the_boundary_is_drawn_where_the_prediction_changes():
    model, data = from_seed(0, network), moons(2, 0.0, 0)
    with torch.no_grad():
        model[-1].weight.mul_(50)  # sure of itself
    image = boundary(model, data).astype(int)
    assert image.shape == (EDGE, EDGE, 3)
    share = probability(model, SQUARE, EDGE).numpy()
    sure = np.abs(share - 0.5) > 0.1
    orange = np.abs(image - ORANGE).sum(2) < np.abs(image - SKY).sum(2)
    dark = image.max(2) < 60
    for x, y in data.points.tolist():  # the points lie over it
        down, across = (1 - y / SQUARE) / 2 * EDGE, (x / SQUARE + 1) / 2 * EDGE
        sure[int(down) - 8 : int(down) + 9, int(across) - 8 : int(across) + 9] = False
    sure &= ~dark
    assert (orange == (share > 0.5))[sure].mean() > 0.99


def test_the_plane_shows_a_zero_for_l1_and_none_for_l2():
    shown = plane(0.5)
    ends = {name: (x[-1], y[-1]) for name, (x, y) in shown.paths.items()}
    assert ends["L1, proximal"][1] == 0.0
    assert abs(ends["L2"][1]) > 0.05
    assert plane(0.0).paths["L2"][0][-1] == pytest.approx(ends["None"][0])


def test_the_race_in_the_plane_goes_as_far_as_it_is_asked():
    plane_race = PlaneRace(0, 200, lambda: Strength(3e-4, 2e-3))
    first = plane_race.shown()
    plane_race.until(0.05)
    later = plane_race.shown()
    assert len(later.images) == len(REGULARISERS)
    assert not (first.images[0] == later.images[0]).all()
    again = PlaneRace(0, 200, lambda: Strength(3e-4, 2e-3))
    again.until(0.05)
    assert all((a == b).all() for a, b in zip(later.images, again.shown().images, strict=True))


def outcome(workspace, knobs, turn=None):
    metrics, outputs = {}, {}
    for frame in catalog.load(PATH).run(workspace, knobs):
        metrics |= frame.metrics
        outputs |= frame.outputs
        if turn and "loss" in frame.outputs:
            knobs.now = replace(knobs.now, **turn)
    return metrics, outputs


FEW = {"images": 100, "epochs": 2, "seeds": 2}


def test_l1_leaves_more_small_weights_and_its_proximal_step_zeros(lab_of_few):
    metrics, outputs = outcome(lab_of_few, Knobs(Parameters(**FEW, l1=1e-1)))
    assert metrics["small_l1"] > 3 * metrics["small_none"]
    assert metrics["zeros_l1_proximal"] > 0.5
    assert metrics["zeros_none"] == metrics["zeros_l2"] == 0
    assert len(metrics["mean"]) == len(metrics["spread"]) == len(REGULARISERS)
    assert metrics["seeds"] == 2
    assert set(outputs["accuracy"].bands) == set(outputs["accuracy"].series)
    assert not outputs["penalty"].series["None"][1].any()


def test_a_strength_acts_on_its_own_penalty_alone(lab_of_few, held_clock):
    held_clock.tick = 0.01
    plain, l1, l2 = (
        outcome(lab_of_few, Knobs(Parameters(**FEW)), turn)[0]
        for turn in (None, {"l1": 1e-1}, {"l2": 1e-1})
    )
    for way in REGULARISERS:
        name = f"test_accuracy_{way}" if way == "none" else f"small_{way}"
        assert (plain[name] != l1[name]) == REGULARISERS[way].l1, way
        assert (plain[name] != l2[name]) == REGULARISERS[way].l2, way
