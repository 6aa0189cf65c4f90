"""The balls: random points, projection, steepest ascent."""

import pytest
import torch

from lab.attacks import NORMS
from tests.lab.attacks.samples import SHAPE, seeded


@pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)
def test_a_random_start_fills_the_ball(norm):
    drawn = norm.random(torch.zeros(4000, 1, 1, 3), 0.5, seeded())
    size = norm.size(drawn)
    assert size.max() <= 0.5
    # Half of the volume of a ball of three dimensions lies within this fraction of its radius.
    assert (size < 0.5 * 0.5 ** (1 / 3)).float().mean().item() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)
def test_projection_keeps_what_is_inside_and_shortens_the_rest(norm):
    delta = torch.randn(50, *SHAPE, generator=seeded())
    assert (norm.size(norm.project(delta, 0.3)) <= 0.3 + 1e-6).all()
    assert torch.equal(norm.project(delta, 1e3), delta)
    assert torch.allclose(norm.size(norm.steepest(delta)), torch.ones(50))
    assert not norm.steepest(torch.zeros(2, *SHAPE)).any()
