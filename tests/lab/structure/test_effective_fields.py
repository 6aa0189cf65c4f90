"""Effective fields: gradients by autograd's own functions, and figures in closed form."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lab.networks.card import Card
from lab.networks.models import Classifier
from lab.structure.effective_fields import (
    UnitGradients,
    expected_sigma,
    exponent,
    gaussian,
    overlap,
    pixels_holding,
    random_signs,
    spread,
    stack_sigma,
)


@pytest.fixture
def classifier():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 5, 3, stride=2), nn.Tanh(),
        nn.Flatten(), nn.Linear(5 * 9, 2),
    )  # fmt: skip
    return Classifier(Card("n", "N", "n", ("a", "b"), size=8), network).frozen()


def test_the_magnitude_is_the_mean_over_images_of_the_absolute_gradient(classifier):
    images = torch.rand(3, 3, 8, 8)
    weights = random_signs(3, 5, torch.Generator().manual_seed(1))
    gradients = UnitGradients(classifier, "2", images)
    assert gradients.output.shape == (3, 5, 3, 3)

    def value(image, signs):
        inside = classifier.network[2](classifier.network[:2](classifier.normalise(image[None])))
        return (inside[0, :, 1, 2] * signs).sum()

    jacobian = torch.autograd.functional.jacobian
    wanted = [
        jacobian(lambda x, s=s: value(x, s), image)
        for image, s in zip(images, weights, strict=True)
    ]
    wanted = torch.stack(wanted).abs().sum(1).mean(0)
    found = gradients.magnitude((slice(None), 1, 2), weights)
    assert torch.allclose(found, wanted, atol=1e-6)
    assert found.sum() > 0
    one = torch.zeros(3, 5)
    one[:, 4] = 1
    assert not torch.allclose(gradients.magnitude((slice(None), 1, 2), one, last=True), found)


def test_what_comes_after_the_layer_is_not_computed(classifier):
    classifier.network[5] = nn.Linear(1, 1)  # does not fit
    UnitGradients(classifier, "3", torch.rand(1, 3, 8, 8))


def test_signs_are_one_or_minus_one_and_repeat():
    signs = [random_signs(200, 50, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(*signs)
    assert set(signs[0].unique().tolist()) == {-1.0, 1.0}
    assert abs(signs[0].mean().item()) < 0.05


def test_the_fewest_pixels_that_hold_a_share():
    heat = np.array([[6, 0, 1], [2, 1, 0]], np.float32)
    assert [pixels_holding(heat, mass) for mass in (0.6, 0.61, 0.8, 0.9, 1)] == [1, 2, 2, 3, 4]
    even = np.ones((20, 20), np.float32)
    assert pixels_holding(even) == 380
    assert pixels_holding(np.zeros((3, 3), np.float32)) == 0


def test_the_spread_of_a_gaussian_is_its_sigma():
    heat = np.outer(gaussian(81, 30, 5), gaussian(61, 40, 3)).astype(np.float32)
    assert spread(heat) == pytest.approx((30, 40, 5, 3), abs=1e-3)
    area = pixels_holding(heat)
    # 95 % lie within 2.4477 σ: an ellipse of that area.
    assert area == pytest.approx(math.pi * 2.4477**2 * 15, rel=0.02)


def test_overlap():
    one = gaussian(101, 50, 6)
    assert overlap(one, one) == pytest.approx(1)
    assert overlap(one, gaussian(101, 62, 6)) == pytest.approx(
        math.erfc(1 / math.sqrt(2)), abs=0.01
    )
    assert overlap(np.array([1.0, 0]), np.array([0, 3.0])) == 0


def test_the_effective_field_grows_with_the_root_of_the_depth():
    depths = (8, 16, 32)
    measured = [stack_sigma(depth) for depth in depths]
    assert measured == pytest.approx([expected_sigma(depth) for depth in depths], rel=0.08)
    assert exponent(depths, measured) == pytest.approx(0.5, abs=0.04)
    assert exponent(depths, [2 * depth + 1 for depth in depths]) == pytest.approx(1, abs=0.04)
