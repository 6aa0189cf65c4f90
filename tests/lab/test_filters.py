"""The reading of first-layer filters, against patterns whose answer is known."""

import numpy as np
import pytest
import torch
from torch import nn

from lab import models
from lab.cards import Card
from lab.errors import UserError
from lab.interpreting.filters import colour, reading, response, smoothness
from lab.models import Classifier

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
        models.first_layer_filters(made(nn.Sequential(nn.AvgPool2d(28), nn.Flatten())))
