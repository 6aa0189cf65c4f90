"""What reaches the non-linearities, against numpy's percentiles and a closed form."""

import numpy as np
import pytest
import torch
from torch import nn

from lab.training.input_distributions import MOST, Distribution, inputs, shift


def test_the_inputs_are_those_of_each_non_linearity_in_order():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 5), nn.Sigmoid(), nn.Linear(5, 2)
    )
    images = torch.randn(7, 1, 4, 4)
    first, second = inputs(model, images)
    maps = model[0](images).detach()
    assert first.shape == (7 * 4, 3)
    torch.testing.assert_close(first[:, 1], maps[:, 1].flatten())
    torch.testing.assert_close(second, model[:4](images).detach())
    assert not second.requires_grad
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_of_many_values_some_are_kept():
    (found,) = inputs(nn.ReLU(), torch.randn(3 * MOST - 1, 2))
    assert found.shape == (MOST, 2)


def test_percentiles_are_numpys():
    values = torch.randn(301, 4)
    found = Distribution.of(values)
    wanted = np.percentile(values.numpy(), (15, 50, 85), axis=0)
    np.testing.assert_allclose(found.percentiles.numpy(), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.std.numpy(), values.numpy().std(0), rtol=1e-5)


def test_the_shift_is_the_distance_of_two_normal_distributions():
    # W2 of N(m, s) and N(m', s'): the distance of their quantile functions, which are m + s z.
    z = torch.distributions.Normal(0, 1).icdf((torch.arange(20_000) + 0.5) / 20_000)
    before, now = z[:, None] * torch.tensor([2.0, 1.0]), z[:, None] * torch.tensor([3.0, 1.0])
    now = now + torch.tensor([1.0, -4.0])
    distances = (now - before).square().mean(0).sqrt() / torch.tensor([2.0, 1.0])
    found = shift(Distribution.of(now), Distribution.of(before))
    assert found == pytest.approx(distances.mean().item(), rel=1e-3)
    assert found == pytest.approx((2**0.5 / 2 + 4) / 2, rel=1e-3)
    assert shift(Distribution.of(before), Distribution.of(before)) == 0
