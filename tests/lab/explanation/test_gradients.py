"""Attributions against closed forms, and against Captum where it is installed."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from lab.errors import UserError
from lab.explanation import gradients as a
from lab.networks import layers, models
from lab.networks.card import Card
from lab.networks.models import Classifier

peers = pytest.mark.peers
CARD = Card("x", "X", "mlp", ("a", "b", "c"), channels=3, size=12, mean=(0.4,) * 3, std=(0.5,) * 3)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pixels():
    return torch.rand(1, 3, 12, 12, generator=seeded())


@pytest.fixture
def model():
    """A small convolutional network."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    )
    return Classifier(CARD, network).frozen()


@pytest.fixture
def linear():
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(432, 3)).eval()


def last(steps):
    *_, result = steps
    return result


def test_of_a_linear_model_the_gradient_is_its_weights(linear, pixels):
    weights = linear[1].weight[1].view(1, 3, 12, 12)
    assert torch.allclose(a.gradient(linear, pixels, 1), weights)
    assert torch.allclose(a.gradient_times_input(linear, pixels, 1), weights * pixels)
    smooth = last(a.smooth_grad(linear, pixels, 1, samples=5))
    assert torch.allclose(smooth, weights, atol=1e-6)
    black = torch.full_like(pixels, 0.25)
    integrated = last(a.integrated_gradients(linear, pixels, 1, baseline=black, steps=3))
    assert torch.allclose(integrated, weights * (pixels - black), atol=1e-6)


def test_the_gradient_is_a_difference_quotient(model, pixels):
    double = model.double()
    found = a.gradient(double, pixels.double(), 2)
    step = torch.zeros_like(pixels, dtype=torch.float64)
    step[0, 1, 5, 7] = 1e-6
    with torch.no_grad():
        ends = [double(pixels.double() + sign * step)[0, 2] for sign in (1, -1)]
    assert found[0, 1, 5, 7].item() == pytest.approx(((ends[0] - ends[1]) / 2e-6).item(), rel=1e-4)


def test_smooth_grad_is_the_mean_over_noisy_pictures_and_settles(model, pixels):
    steps = list(a.smooth_grad(model, pixels, 0, samples=10, noise=0.2, generator=seeded(3)))
    assert len(steps) == 10 / a.CHUNK
    again, total = seeded(3), 0
    for count in [a.CHUNK] * len(steps):
        for noise in torch.randn((count, 3, 12, 12), generator=again):
            total = total + a.gradient(model, pixels + 0.2 * noise, 0)
    assert torch.allclose(steps[-1], total / 10, atol=1e-6)


def test_integrated_gradients_add_up_to_the_difference_of_the_scores(model, pixels):
    found = last(a.integrated_gradients(model, pixels, 1, steps=200))
    assert a.completeness(model, found, pixels, 1) < 0.01
    assert a.completeness(model, found * 2, pixels, 1) > 0.9


def test_places_that_crowd_near_the_baseline_find_the_same_integral(model, pixels):
    evenly = last(a.integrated_gradients(model, pixels, 1, steps=400))
    crowded = last(a.integrated_gradients(model, pixels, 1, steps=400, crowd=2))
    assert not torch.equal(crowded, evenly)
    assert (crowded - evenly).abs().max() < 0.01 * evenly.abs().max()
    assert a.completeness(model, crowded, pixels, 1) < 0.01


def test_agreement_is_spearmans_of_the_means_under_the_patch():
    heat = np.random.default_rng(0).random((20, 30), np.float32)
    hidden = np.random.default_rng(1).random((3, 6)).astype(np.float32)
    means = [
        [heat[top : top + 10, left : left + 10].mean() for left in range(0, 24, 4)]
        for top in (0, 5, 10)
    ]
    wanted = stats.spearmanr(np.ravel(means), hidden.ravel()).statistic
    assert a.agreement(heat, hidden, 10) == pytest.approx(wanted)
    alike = np.array(means, np.float32) ** 3
    assert a.agreement(heat, alike, 10) == pytest.approx(1)
    assert a.agreement(heat, -alike, 10) == pytest.approx(-1)
    assert a.agreement(np.ones_like(heat), hidden, 10) == 0


def test_grad_cam_is_the_weighted_sum_of_the_maps(model, pixels):
    # A linear layer after the mean: the weight of a channel is its weight there over the area.
    maps = layers.activations(model, pixels, ["4"])["4"][0]
    weights = model.network[7].weight[2] / maps[0].numel()
    wanted = (weights.view(-1, 1, 1) * maps).sum(0)
    assert torch.allclose(a.grad_cam(model, pixels, 2, relu=False), wanted, atol=1e-6)
    assert torch.allclose(a.grad_cam(model, pixels, 2), wanted.clamp(min=0), atol=1e-6)
    assert torch.allclose(a.grad_cam(model, pixels, 2, layer="4"), wanted.clamp(min=0), atol=1e-6)


def test_nothing_is_left_behind_and_no_mode_around_it_matters(model, pixels):
    alone = a.gradient(model, pixels, 0), a.grad_cam(model, pixels, 0)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            inside = torch.rand(1, 3, 12, 12, generator=seeded())
            assert torch.equal(a.gradient(model, inside, 0), alone[0])
            assert torch.equal(a.grad_cam(model, inside, 0), alone[1])
    assert not pixels.requires_grad
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


def test_heat_is_the_largest_magnitude_over_the_channels():
    given = torch.tensor([[[[1.0, -5.0]], [[-2.0, 3.0]], [[0.0, 4.0]]]])
    assert a.heat(given).tolist() == [[2.0, 5.0]]


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda m, x: a.gradient(m, x, 3), "no class 3: choose from 0 to 2"),
        (lambda m, x: a.grad_cam(m, x, -1), "no class -1"),
        (lambda m, x: next(a.smooth_grad(m, x, 0, samples=0)), "samples=0: choose 1 or more"),
        (lambda m, x: next(a.integrated_gradients(m, x, 0, steps=0)), "steps=0: choose 1"),
        (lambda m, x: a.grad_cam(m, x, 0, layer="9"), "no layer 9"),
        (lambda m, x: a.grad_cam(m, x, 0, layer="7"), "7 has no rows and columns"),
    ],
)
def test_bad_input_is_told_in_one_line(call, line, model, pixels):
    with pytest.raises(UserError, match=line):
        call(model, pixels)
    assert not any(module._forward_hooks for module in model.modules())


def test_a_network_without_maps_has_no_grad_cam(pixels):
    flat = models.build(replace(CARD, size=28)).frozen()
    with pytest.raises(UserError, match="X has no spatial layers"):
        a.grad_cam(flat, pixels, 0)


# Captum


@pytest.fixture
def captum():
    if not importlib.util.find_spec("captum"):
        pytest.skip("captum, of the extra `bench`, is not installed")
    from captum import attr

    return attr


def close(ours, theirs):
    largest = theirs.abs().max()
    assert largest > 0
    assert (ours - theirs).abs().max() <= 1e-4 * largest


@peers
def test_gradients_are_captums(captum, model, pixels):
    leaf = pixels.clone().requires_grad_()
    close(a.gradient(model, pixels, 1), captum.Saliency(model).attribute(leaf, 1, abs=False))
    theirs = captum.InputXGradient(model).attribute(leaf, 1)
    close(a.gradient_times_input(model, pixels, 1), theirs.detach())


@peers
def test_integrated_gradients_are_captums(captum, model, pixels):
    baseline = torch.full_like(pixels, 0.3)
    theirs = captum.IntegratedGradients(model).attribute(pixels, baseline, 1, n_steps=20)
    ours = last(a.integrated_gradients(model, pixels, 1, baseline=baseline, steps=20))
    close(ours, theirs.float().detach())


@peers
def test_grad_cam_is_captums(captum, model, pixels):
    reference = captum.LayerGradCam(model, model.network[3])
    theirs = reference.attribute(pixels.clone().requires_grad_(), 1)
    close(a.grad_cam(model, pixels, 1, layer="3", relu=False), theirs[0, 0].detach())


@peers
def test_smooth_grad_is_captums_with_the_same_noise(captum, model, pixels, monkeypatch):
    ours = last(a.smooth_grad(model, pixels, 1, samples=6, noise=0.2, generator=seeded(5)))
    again = seeded(5)
    drawn = torch.cat([torch.randn((a.CHUNK, 3, 12, 12), generator=again) for _ in range(3)])
    tunnel = captum.NoiseTunnel(captum.Saliency(model))
    monkeypatch.setattr(torch, "normal", lambda mean, std: mean + std * drawn)
    theirs = tunnel.attribute(
        pixels.clone().requires_grad_(),
        nt_type="smoothgrad",
        nt_samples=6,
        stdevs=0.2,
        target=1,
        abs=False,
    )
    close(ours, theirs.detach())
