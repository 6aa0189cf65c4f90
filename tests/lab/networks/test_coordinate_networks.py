"""Coordinate networks: their formulas and initialisation, and the places of pixels."""

import math

import pytest
import torch
from torch import nn

from lab.networks.coordinate_networks import (
    KINDS,
    FourierFeatures,
    Sine,
    fourier,
    grid,
    part_grid,
    relu,
    sines,
)
from lab.training.race import from_seed


def test_a_sine_layer_is_the_formula_of_the_paper_forward_and_gradient():
    torch.manual_seed(0)
    layer = Sine(3, 5, 30.0)
    x = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    layer = layer.double()
    found = layer(x)
    w, b = layer.linear.weight, layer.linear.bias
    phases = 30 * (x @ w.T + b)
    torch.testing.assert_close(found, torch.sin(phases))
    upstream = torch.randn_like(found)
    ours = torch.autograd.grad(found, (x, w, b), upstream)
    slope = 30 * torch.cos(phases) * upstream
    expected = (slope @ w, slope.T @ x, slope.sum(0))
    for one, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_the_weights_begin_within_the_papers_bounds():
    network = from_seed(0, lambda: sines(256, 4, 30.0))
    first, second = network.layer1.linear.weight, network.layer2.linear.weight
    bound = math.sqrt(6 / 256) / 30
    assert first.abs().max() <= 1 / 2
    assert first.abs().max() > 0.49
    for weight in (second, network.output.weight):
        assert weight.abs().max() <= bound
        assert weight.abs().max() > 0.98 * bound


@pytest.mark.parametrize("omega", [10.0, 30.0])
def test_phases_have_variance_one_at_every_depth(omega):
    network = from_seed(0, lambda: sines(256, 5, omega))
    x = network.layer1(grid(64, 64))
    for layer in network[1:-1]:
        phases = omega * x @ layer.linear.weight.T
        assert phases.std().item() == pytest.approx(1, abs=0.1)
        x = layer(x)


def test_fourier_features_are_cosines_and_sines_of_fixed_random_frequencies():
    layer = from_seed(0, lambda: FourierFeatures(512, 10.0))
    x = torch.rand(9, 2) * 2 - 1
    phases = 2 * math.pi * ((x + 1) / 2) @ layer.b.T
    torch.testing.assert_close(
        layer(x), torch.cat([phases.cos(), phases.sin()], 1), atol=1e-4, rtol=0
    )
    assert layer.b.std().item() == pytest.approx(10, rel=0.1)
    assert not list(layer.parameters())
    assert FourierFeatures(3, 1.0)(x).shape == (9, 3)


def test_they_have_the_parameters_that_their_layers_say():
    inner = 16 * 16 + 16
    assert count(sines(16, 3)) == count(relu(16, 3)) == 3 * 16 + 2 * inner + 3 * 17
    assert count(fourier(16, 3)) == 2 * inner + 3 * 17


def count(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [1, 3])
def test_each_goes_from_places_to_colours(kind, depth):
    network = from_seed(0, lambda: KINDS[kind].build(8, depth))
    assert network(grid(4, 6)).shape == (24, 3)
    assert not any(getattr(m, "inplace", False) for m in network.modules())
    assert isinstance(network.output, nn.Linear)


def test_pixels_are_squares_and_stand_at_their_middles():
    places = grid(2, 4).view(2, 4, 2)
    assert places[0, :, 0].tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert places[:, 0, 1].tolist() == [-0.25, 0.25]
    assert (places[..., 1][0] == -0.25).all()


def test_a_part_sampled_once_for_each_pixel_is_that_part_of_the_grid():
    whole = grid(6, 10).view(6, 10, 2)
    part = part_grid((6, 10), (3.0, 1.0, 4.0, 2.0), (2, 4)).view(2, 4, 2)
    torch.testing.assert_close(part, whole[1:3, 3:7])
    fine = part_grid((6, 10), (3.0, 1.0, 4.0, 2.0), (4, 8)).view(4, 8, 2)
    # Four samples in the place of each pixel, around its middle.
    middles = fine.unfold(0, 2, 2).unfold(1, 2, 2).mean((-1, -2))
    torch.testing.assert_close(middles, part)
