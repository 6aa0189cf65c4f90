"""The feedback loop: what runs away, what the correction does, and what the slider draws."""

from dataclasses import replace

import numpy as np
import pytest

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.failures._feedback_loop_cards import AHEAD, ORANGE, SKY

EXHIBIT = catalog.load("failures/feedback_loop")


def told(**values):
    """All outputs of a run as they end, its metrics, and its last status."""
    whole = None
    for frame in EXHIBIT.run(seed=values.pop("seed", 0), **values):
        whole = frame if whole is None else whole.then(frame)
    return whole.outputs, whole.metrics, whole.status


def squares(picture, colour):
    """How many of a picture's squares have that colour."""
    return (picture[::10, ::10] == colour).all(2).sum()


@pytest.fixture(scope="module")
def default():
    return told(days=400, runs=1000)


def test_cities_of_equal_rates_end_far_apart_and_corrected_near_the_truth(default):
    _, metrics, status = default
    # Beta(1, 1), the limit, has half of its mass beyond a quarter on either side.
    assert metrics["one_sided"] == pytest.approx(0.5, abs=0.05)
    assert metrics["one_sided_corrected"] == 0
    assert metrics["share_spread"] == pytest.approx((1 / 12) ** 0.5, abs=0.02)
    assert metrics["share_spread_corrected"] < 0.06
    assert status.startswith(
        "true share of district A 0.50; its patrols in nine cities of ten: 0.0"
    )


def test_the_pictures_count_what_their_captions_say(default):
    outputs, _, _ = default
    cards = outputs["city"]
    for picture, words in zip(cards.images, cards.captions, strict=True):
        first, second = words.split("\n")
        incidents, recorded = int(first.split(": ")[1].split()[0]), int(second.split()[0])
        assert squares(picture, ORANGE) == recorded
        assert squares(picture, ORANGE) + squares(picture, SKY) == incidents
        assert squares(picture, AHEAD) == 0
    # The same incidents with and without the correction.
    assert cards.captions[0].split(": ")[1].split("\n")[0] in cards.captions[2]


def test_the_histograms_hold_every_city_and_the_limit(default):
    series = default[0]["limit"].series
    assert series["as recorded"].sum() == series["corrected"].sum() == 1000
    assert series["limit: Beta(1, 1)"] == pytest.approx(np.full(25, 40.0))


def test_the_share_of_every_day_is_in_the_plot(default):
    curve = default[0]["share"]
    for days, _ in curve.series.values():
        assert days.tolist() == list(range(1, 401))


def test_a_first_difference_grows_and_a_rule_without_chance_decides_at_once():
    _, ahead, _ = told(days=200, runs=500, start_a=3)
    assert ahead["share_mean"] == pytest.approx(0.75, abs=0.03)
    outputs, greedy, _ = told(days=200, runs=500, rule="greedy")
    assert greedy["one_sided"] == 1
    assert "limit: Beta(1, 1)" not in outputs["limit"].series


def test_with_unequal_rates_the_correction_finds_their_share():
    _, metrics, _ = told(days=3000, runs=100, rate_a=0.6, rate_b=0.3)
    assert metrics["true_share"] == pytest.approx(2 / 3)
    assert metrics["share_mean_corrected"] == pytest.approx(2 / 3, abs=0.02)
    assert metrics["share_mean"] > 0.8


def test_another_city_is_drawn_without_a_new_run():
    knobs = Knobs(EXHIBIT.parameters(days=40, runs=20), attended=True)
    frames = EXHIBIT.run(knobs=knobs)
    drawn = next(frame for frame in frames if frame.progress == 1).outputs["city"]
    while not next(frames).rest:
        pass
    knobs.now = replace(knobs.now, city=3)
    assert next(frames).outputs["city"].captions != drawn.captions


def test_what_cannot_be_is_refused_in_one_line():
    with pytest.raises(UserError, match=r"rate_a=0: choose from 0\.01 to 1"):
        told(rate_a=0.0)
    with pytest.raises(UserError, match="rule=random: choose from proportional, greedy"):
        told(rule="random")
