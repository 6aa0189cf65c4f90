"""The loss along its gradient, against a closed form."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab.networks.normalisation import NoisyBatchNorm
from lab.training.smoothness import along_gradient, undisturbed


def two_logits():
    """One weight w, logits (w x, 0): the loss is softplus(-w x) for the class 0."""

    class Line(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.tensor([0.7], dtype=torch.float64))

        def forward(self, x):
            return torch.cat([x * self.w, torch.zeros_like(x)], 1)

    return Line()


def test_loss_and_gradient_are_those_of_the_logistic_function():
    model = two_logits()
    x, labels = torch.tensor([[2.0]], dtype=torch.float64), torch.tensor([0])
    lengths = [0.0, 0.5, 3.0]
    found = along_gradient(model, x, labels, lengths)

    def loss(w):
        return F.softplus(torch.tensor(-2.0 * w, dtype=torch.float64)).item()

    def slope(w):
        return -2 * torch.sigmoid(torch.tensor(-2.0 * w, dtype=torch.float64)).item()

    places = [0.7 - length * slope(0.7) for length in lengths]
    assert found.loss == pytest.approx([loss(w) for w in places])
    assert found.change == pytest.approx([abs(slope(w) - slope(0.7)) for w in places])
    assert found.norm == pytest.approx(-slope(0.7))
    assert found.loss_range == (min(found.loss), max(found.loss))
    assert found.change_range == (0.0, max(found.change))


def network():
    torch.manual_seed(0)
    norm = NoisyBatchNorm(nn.BatchNorm1d(8))
    return nn.Sequential(nn.Linear(6, 8), norm, nn.Sigmoid(), nn.Linear(8, 3))


def test_the_model_and_the_random_numbers_are_left_as_they_are():
    model = network().eval()
    model[3].train()
    model[0].weight.grad = torch.ones(8, 6)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    state = torch.get_rng_state()
    images, labels = torch.randn(9, 6, generator=torch.Generator().manual_seed(1)), torch.arange(9)
    first = along_gradient(model, images, labels % 3, [0.1, 1.0], seed=4)
    again = along_gradient(model, images, labels % 3, [0.1, 1.0], seed=4)
    other = along_gradient(model, images, labels % 3, [0.1, 1.0], seed=5)
    assert first == again, "the same noise"
    assert first != other
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(model[0].weight.grad, torch.ones(8, 6))
    assert model[3].weight.grad is None


def test_undisturbed_puts_running_averages_back():
    model = network()
    before = model[1].norm.running_mean.clone()
    with undisturbed(model):
        model(torch.randn(5, 6) + 3)
        assert not torch.equal(model[1].norm.running_mean, before)
    assert torch.equal(model[1].norm.running_mean, before)
    assert model[1].norm.num_batches_tracked == 0
