"""The reading of first-layer filters, against patterns whose answer is known."""

import numpy as np
import pytest
import torch
from torch import nn

from lab import catalog
from lab.errors import UserError
from lab.exhibits.interpreting.filters import (
    colour,
    forming,
    higher_reading,
    reading,
    response,
    sheet,
    smoothness,
)
from lab.networks.card import Card
from lab.networks.filters import first_layer_filters, layer_filters
from lab.networks.models import Classifier
from lab.payloads import Filters

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.standard_normal((200, 11, 11, 3)).astype(np.float32)


def gratings(edge=11, cycles=1.0):
    x = np.arange(edge) / edge
    wave = np.sin(2 * np.pi * cycles * x)[None, :].repeat(edge, 0)
    return wave[None, :, :, None].repeat(3, 3).astype(np.float32)


def test_smooth_filters_score_near_one_noise_near_a_quarter():
    assert smoothness(gratings(cycles=1)) > 0.95
    assert smoothness(NOISE) == pytest.approx(0.25, abs=0.08)
    assert smoothness(gratings(cycles=5)) < 0.1
    assert smoothness(np.ones((2, 11, 11, 3), np.float32)) == 0


def test_opposed_channels_count_as_colour_common_ones_do_not():
    red_green = gratings() * np.array([1, -1, 0], np.float32)
    assert colour(red_green) == 1
    assert colour(gratings()) == 0
    assert colour(gratings()[..., :1]) == 0


def test_the_reading_follows_the_measurement():
    assert reading(gratings(), NOISE).tone == "good"
    assert reading(NOISE, NOISE).tone == "bad"
    small = RANDOM.standard_normal((8, 3, 3, 3)).astype(np.float32)
    assert "too few" in reading(small, small).text


def made(network):
    card = Card("x", "X", "mlp", ("a", "b"), channels=1, size=28, mean=(0.0,), std=(1.0,))
    return Classifier(card, network).eval()


def test_a_convolutions_response_is_torchs():
    model = made(nn.Sequential(nn.Conv2d(1, 4, 5), nn.Flatten(), nn.Linear(4 * 24 * 24, 2)))
    pixels = torch.rand(1, 1, 28, 28)
    expected = nn.functional.conv2d(pixels, model.network[0].weight, model.network[0].bias)
    assert response(model, pixels, 2) == pytest.approx(expected[0, 2].detach().numpy(), abs=1e-5)
    assert not model.network[0]._forward_hooks


def test_a_convolution_answers_to_a_larger_picture_than_its_network_takes():
    model = made(nn.Sequential(nn.Conv2d(1, 4, 5), nn.Flatten(), nn.Linear(4 * 24 * 24, 2)))
    assert response(model, torch.rand(1, 1, 100, 90), 0).shape == (96, 86)
    assert not model.network[0]._forward_hooks


def test_a_linear_units_response_sums_to_its_answer():
    model = made(nn.Sequential(nn.Flatten(), nn.Linear(784, 3)))
    pixels = torch.rand(1, 1, 28, 28)
    layer = model.network[1]
    answer = layer(pixels.flatten(1))[0, 1] - layer.bias[1]
    assert response(model, pixels, 1).shape == (28, 28)
    assert response(model, pixels, 1).sum() == pytest.approx(answer.item(), abs=1e-4)


def test_a_network_without_such_a_layer_is_refused_in_one_line():
    with pytest.raises(UserError, match="choose another"):
        first_layer_filters(made(nn.Sequential(nn.AvgPool2d(28), nn.Flatten())))


def test_a_sheet_has_the_filters_a_pixel_apart():
    filters = RANDOM.standard_normal((30, 5, 4, 3)).astype(np.float32)
    drawn = sheet(filters)
    assert drawn.shape == (5 * 6 - 1, 5 * 5 - 1, 3)
    tiles = Filters(filters).pixels()
    assert (drawn[6:11, 5:9] == tiles[6]).all()
    assert (drawn[5] == 0).all()


def test_the_stages_that_were_kept_are_shown_or_else_the_two_ends(workspace):
    stem, lite0 = "alexnet-stem", "efficientnet_lite0"
    shelf = workspace.shelf
    stages = forming(shelf.get(stem), shelf.untrained(stem))
    assert stages.captions[:3] == ["step 0", "step 10", "step 100"]
    assert (stages.images[0] == sheet(first_layer_filters(shelf.untrained(stem)))).all()
    assert (stages.images[-1] == sheet(first_layer_filters(shelf.get(stem)))).all()
    ends = forming(shelf.get(lite0), shelf.untrained(lite0))
    assert ends.captions == ["random initialisation", "trained"]


def test_a_higher_layer_shows_the_strongest_slice_of_each_filter(workspace):
    stem = workspace.shelf.get("alexnet-stem")
    weights = stem.network.conv2.weight.detach().numpy()
    drawn = layer_filters(stem, "conv2")
    assert drawn.shape == (64, 3, 3, 1)
    energy = (weights[7] ** 2).sum((1, 2))
    assert (drawn[7, :, :, 0] == weights[7, energy.argmax()]).all()
    assert "acts on 48 feature maps" in higher_reading(drawn, 48).text


def test_what_is_no_convolution_is_told(workspace):
    stem = workspace.shelf.get("alexnet-stem")
    with pytest.raises(UserError, match="relu1 is no convolution of AlexNet stem"):
        layer_filters(stem, "relu1")
    exhibit = catalog.load("interpreting/filters")
    with pytest.raises(UserError, match="layer=conv9: did you mean conv"):
        exhibit.run(workspace, layer="conv9")


def test_any_convolution_can_be_looked_at(workspace):
    exhibit = catalog.load("interpreting/filters")
    *_, last = exhibit.run(workspace, model="efficientnet_lite0", layer="blocks.0.0.project.conv")
    assert last.progress == 1
