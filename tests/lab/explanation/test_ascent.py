"""Gradient ascent in pictures: each formula against its own, and what a real network says."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torchvision.transforms import functional as vision

from lab.explanation import ascent
from lab.explanation.ascent import Ascent, AscentSettings, Channel, ClassScore
from lab.networks import models
from tests.lab.explanation.samples import climbed, grey, made, small

PLAIN = AscentSettings(rate=0.02)


EVERYTHING = AscentSettings(
    *(0.05, 0.01, 0.5, 2, 0.1, 0.1, 3, 0.3, 10.0),
)


def linear():
    torch.manual_seed(1)
    return made(nn.Sequential(nn.Flatten(), nn.Linear(784, 3)))


def test_a_step_in_pixels_follows_the_weights_of_a_linear_network():
    model = linear()
    weights = model.network[1].weight[2].view(1, 1, 28, 28)
    unit = weights / weights.square().mean().sqrt()
    climb = climbed(model, ClassScore(2), [AscentSettings(rate=0.03)], 1, ["pixels"])
    assert torch.allclose(climb.pictures(), 0.4 + 0.03 * unit, atol=1e-6)
    climb.step([AscentSettings(rate=0.01)])
    assert torch.allclose(climb.pictures(), 0.4 + 0.04 * unit, atol=1e-6)


def test_a_first_step_in_the_spectrum_moves_every_coefficient_by_the_rate():
    climb = climbed(small(channels=3), ClassScore(1), [AscentSettings(rate=0.03)], 1, ["fourier"])
    moved = climb.rows[0].values.abs()
    # The imaginary parts of four coefficients of a real picture have no meaning, nor a gradient.
    assert (moved - 0.03).abs().lt(1e-4).float().mean() > 0.99
    assert moved.max() < 0.0301


def test_the_zero_start_is_what_normalisation_maps_to_zero():
    model = small(channels=3)
    pictures = Ascent(model, ClassScore(0)).pictures()
    assert torch.allclose(model.normalise(pictures), torch.zeros(()), atol=1e-5)
    random = Ascent(model, ClassScore(0), start="random").pictures()
    assert 0.03 < random[0].std() < 0.07
    assert torch.allclose(random[0], random[1], atol=0.03)


def test_pixels_stay_within_their_range():
    for picture in climbed(linear(), ClassScore(0), [replace(PLAIN, rate=0.5)] * 2).pictures():
        assert picture.min() >= 0
        assert picture.max() <= 1
        assert picture.max() - picture.min() > 0.9


def test_the_same_seed_gives_the_same_picture():
    model, settings = small(), [EVERYTHING] * 2
    first, again, other = (
        climbed(model, ClassScore(1), settings, start="random", seed=seed).pictures()
        for seed in (5, 5, 6)
    )
    assert torch.equal(first, again)
    assert (first - other).abs().max() > 0.05


def test_rows_do_not_influence_one_another():
    model = small()
    alone = climbed(model, ClassScore(1), [PLAIN], rows=["pixels"]).pictures()
    for neighbour in (EVERYTHING, replace(EVERYTHING, rate=0.2, l2=0.5)):
        both = climbed(model, ClassScore(1), [PLAIN, neighbour]).pictures()
        assert torch.allclose(both[0], alone[0], atol=1e-4)
    twins = climbed(model, ClassScore(1), [EVERYTHING] * 2, rows=["fourier"] * 2).pictures()
    assert torch.allclose(twins[0], twins[1], atol=1e-4)


def test_nothing_is_left_behind():
    model = small()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    for objective in (ClassScore(1), Channel("relu2", 3)):
        climb = climbed(model, objective, [PLAIN, EVERYTHING])
        climb.read()
        for network in (model, climb.network):
            assert not any(m._forward_hooks for m in network.modules())
            assert not any(p.requires_grad or p.grad is not None for p in network.parameters())
        assert not climb.pictures().requires_grad
        assert not any(row.values.requires_grad for row in climb.rows)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.rand(1) == expected


def test_it_climbs_where_gradients_are_switched_off():
    with torch.no_grad():
        climb = climbed(linear(), ClassScore(0), [PLAIN], 1, ["pixels"])
    assert climb.pictures().std() > 0.01


def test_settings_must_be_one_for_each_row():
    with pytest.raises(ValueError, match="2 rows, but 1 settings"):
        Ascent(linear(), ClassScore(0)).step([PLAIN])


def regularised(deviation, contribution=None, step=1, **settings):
    if contribution is None:
        contribution = torch.zeros(deviation.shape[1:])
    return ascent.regularised(deviation, AscentSettings(**settings), step, contribution)


def test_l2_shrinks_the_deviation():
    deviation = grey()
    assert torch.allclose(regularised(deviation, l2=0.1), 0.9 * deviation)
    climb = climbed(linear(), ClassScore(0), [AscentSettings(0.02, l2=0.25)] * 2, 1)
    free = climbed(linear(), ClassScore(0), [AscentSettings(0.02)] * 2, 1)
    for row, other in zip(climb.rows, free.rows, strict=True):
        assert torch.allclose(row.deviation(), 0.75 * other.deviation(), atol=1e-6)


def test_blur_is_a_gaussian_every_few_steps():
    impulse = torch.zeros(1, 41, 40)
    impulse[0, 20, 20] = 1
    blurred = regularised(impulse, step=4, blur=1.5, blur_every=2)
    rows, columns = torch.arange(41.0)[:, None] - 20, torch.arange(40.0)[None, :] - 20
    gaussian = torch.exp(-(rows**2 + columns**2) / (2 * 1.5**2)) / (2 * math.pi * 1.5**2)
    assert torch.allclose(blurred[0], gaussian, atol=1e-5)
    assert torch.equal(regularised(impulse, step=3, blur=1.5, blur_every=2), impulse)

    picture = grey(40, 50)
    expected = vision.gaussian_blur(picture, [13, 13], [1.5, 1.5])
    inside = (..., slice(8, -8), slice(8, -8))
    assert torch.allclose(
        regularised(picture, blur=1.5, blur_every=1)[inside], expected[inside], atol=1e-4
    )


def test_the_smallest_pixels_are_set_to_zero():
    deviation = grey()
    result = regularised(deviation, clip_small=0.25)
    gone = (result == 0).all(0)
    norms = deviation.square().sum(0)
    assert gone.sum() == 196
    assert norms[gone].max() <= norms[~gone].min()
    assert torch.equal(result[:, ~gone], deviation[:, ~gone])


def test_the_pixels_of_least_contribution_are_set_to_zero():
    deviation, contribution = grey(), torch.rand(28, 28)
    gone = (regularised(deviation, contribution, clip_small_gradient=0.5) == 0).all(0)
    assert gone.sum() == 392
    assert contribution[gone].max() <= contribution[~gone].min()


def test_the_contribution_is_gradient_times_pixel():
    model = linear()
    settings = AscentSettings(rate=0.001)
    free = climbed(model, ClassScore(1), [settings], 1, ["pixels"], start="random")
    kept = climbed(
        *(model, ClassScore(1), [replace(settings, clip_small_gradient=0.5)], 1, ["pixels"]),
        start="random",
    )
    weights = model.network[1].weight[1].view(28, 28)
    contribution = (weights * free.rows[0].deviation()[0]).abs()
    gone = kept.rows[0].deviation()[0] == 0
    assert gone.sum() == 392
    assert contribution[gone].max() <= contribution[~gone].min()


def shown(picture, seed=0, **settings):
    random = torch.Generator().manual_seed(seed)
    return ascent.transformed(picture, AscentSettings(**settings), random)


def test_jitter_rolls():
    picture = torch.arange(9 * 11.0).view(1, 9, 11)
    rolls = {(y, x): picture.roll((y, x), (1, 2)) for y in (-1, 0, 1) for x in (-1, 0, 1)}
    met = set()
    for seed in range(60):
        result = shown(picture, seed, jitter=1)
        met |= {shift for shift, rolled in rolls.items() if torch.equal(result, rolled)}
    assert met == set(rolls)
    assert shown(picture) is picture


def test_a_crop_shows_a_part_of_the_picture_enlarged():
    ramp = torch.linspace(0, 1, 100).expand(1, 80, 100)
    slopes, lefts = [], []
    for seed in range(30):
        row = shown(ramp, seed, crop=0.5)[0, 40]
        slopes.append(float((row[90] - row[10]) * 99 / 80))
        lefts.append(float(row[0]))
        assert row.min() >= 0
        assert row.max() <= 1
    assert 0.5 <= min(slopes) < 0.6
    assert 0.9 < max(slopes) <= 1.0001
    assert max(lefts) > 0.2


def test_a_rotation_turns_by_its_angle():
    columns = torch.linspace(-1, 1, 101).expand(1, 101, 101)
    angles = []
    for seed in range(30):
        turned = shown(columns, seed, rotate=20)[0]
        across, down = turned[50, 70] - turned[50, 30], turned[70, 50] - turned[30, 50]
        angles.append(math.degrees(math.atan2(down, across)))
        assert math.hypot(across, down) == pytest.approx(0.8, abs=0.01)
    assert -20 <= min(angles) < -15
    assert 15 < max(angles) <= 20


def test_the_reading_is_of_the_picture_as_it_is():
    model = small()
    climb = climbed(model, ClassScore(2), [EVERYTHING] * 2)
    with torch.no_grad():
        logits = model(climb.pictures())
    seen = climb.read()
    assert torch.allclose(seen.logits, logits, atol=1e-4)
    assert torch.allclose(seen.scores, logits[:, 2], atol=1e-4)
    assert torch.allclose(seen.probabilities.sum(1), torch.ones(2))


def test_the_embedded_network_recognises_what_it_climbed():
    model = models.load("efficientnet_lite0")
    daisy = model.classes.index("daisy")
    climb = Ascent(model, ClassScore(daisy))
    before = climb.read()
    assert before.probabilities[:, daisy].max() < 0.05
    for _ in range(32):
        climb.step(
            [AscentSettings(), AscentSettings(rate=0.06, l2=0.01, blur=0.3, jitter=4, crop=0.3)]
        )
    after = climb.read()
    assert (after.scores > before.scores + 5).all()
    assert after.probabilities[:, daisy].min() > 0.9
