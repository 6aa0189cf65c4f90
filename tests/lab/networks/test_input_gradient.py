"""The input gradient against closed forms, and what it must leave alone."""

import pytest
import torch
from torch import nn

from lab.networks.input_gradient import InputGraph, input_gradient


@pytest.fixture
def linear():
    torch.manual_seed(0)
    return nn.Linear(4, 3)


def inputs():
    return torch.rand(5, 4, generator=torch.Generator().manual_seed(1))


def test_of_a_linear_layer_it_is_the_weights(linear):
    def second(x):
        y = linear(x)
        return y[:, 1].sum(), y.detach()

    gradient, outputs = input_gradient(inputs(), second)
    assert torch.allclose(gradient, linear.weight[1].expand(5, 4))
    assert torch.equal(outputs, linear(inputs()))


def test_parameters_get_no_gradient_and_the_input_stays_a_plain_tensor(linear):
    x = inputs()
    gradient, _ = input_gradient(x, lambda x: (linear(x).square().sum(), None))
    assert all(parameter.grad is None for parameter in linear.parameters())
    assert all(parameter.requires_grad for parameter in linear.parameters())
    assert not x.requires_grad
    assert not gradient.requires_grad


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_the_grad_mode_around_it_does_not_matter(linear, mode):
    def objective(x):
        return linear(x).square().sum(), None

    wanted, _ = input_gradient(inputs(), objective)
    with mode():
        found, _ = input_gradient(inputs() * 1.0, objective)
    assert torch.equal(found, wanted)
    assert not found.is_inference()


def test_one_forward_pass_gives_several_gradients(linear):
    passes = []

    def forward(x):
        passes.append(1)
        return linear(x)

    graph = InputGraph(inputs(), forward)
    for row in range(3):
        gradient = graph.gradient(lambda y, row=row: y[:, row].sum(), last=row == 2)
        assert torch.allclose(gradient, linear.weight[row].expand(5, 4))
    assert len(passes) == 1
    with pytest.raises(RuntimeError, match="second time"):
        graph.gradient(lambda y: y.square().sum())
