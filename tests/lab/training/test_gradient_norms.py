import pytest
import torch
from torch import nn

from lab.training.gradient_norms import GradientNorms, NormReader


def test_the_norms_are_those_of_each_layers_gradient_averaged_over_the_steps():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    norms = GradientNorms(network)
    one, other = NormReader(norms), NormReader(norms)
    assert one.mean() == []
    wanted = []
    for step in range(3):
        network.zero_grad()
        network(torch.randn(4, 1, 4, 4)).square().sum().backward()
        norms.add()
        wanted.append([network[0].weight.grad.norm().item(), network[3].weight.grad.norm().item()])
        if step == 0:
            assert one.mean() == pytest.approx(wanted[0])
    assert one.mean() == pytest.approx(torch.tensor(wanted[1:]).mean(0).tolist())
    assert other.mean() == pytest.approx(torch.tensor(wanted).mean(0).tolist())
    assert other.mean() == []


def test_a_weight_without_a_gradient_counts_zero():
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    network[0].requires_grad_(False)
    norms = GradientNorms(network)
    reader = NormReader(norms)
    network(torch.ones(1, 2)).sum().backward()
    norms.add()
    first, last = reader.mean()
    assert first == 0
    assert last > 0
