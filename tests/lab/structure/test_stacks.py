"""Stacks of convolutions: the closed form against PyTorch's own layers."""

import pytest
import torch
from torch import nn

from lab.structure.fields import fields
from lab.structure.stacks import Stack, measured_field, seen_at
from lab.structure.trace import traced


@pytest.mark.parametrize("kernels", [(3,), (5,), (7,), (3, 3), (3, 3, 3), (5, 3, 1)])
def test_all_that_is_counted_is_what_pytorch_has(kernels):
    stack, channels = Stack(kernels), 6
    network = stack.network(channels)
    trace = traced(network, (14, 10), channels)
    assert stack.field() == fields(trace)[-1].size[0] == measured_field(network)
    assert stack.parameters(channels) == sum(p.numel() for p in network.parameters())
    assert stack.multiply_adds(channels, 14, 10) == trace.multiply_adds
    assert stack.non_linearities == sum(isinstance(m, nn.ReLU) for m in network)
    assert network(torch.rand(1, channels, 14, 10)).shape == (1, channels, 14, 10)


def test_the_lectures_question():
    two, five = Stack((3, 3)), Stack((5,))
    assert two.field() == five.field() == 5
    assert two.field(1) == 3
    assert (two.parameters(64), five.parameters(64)) == (18 * 64**2, 25 * 64**2)
    three, seven = Stack((3, 3, 3)), Stack((7,))
    assert three.field() == seven.field() == 7
    assert three.parameters(1) / seven.parameters(1) == pytest.approx(27 / 49)


def test_what_is_seen_before_each_convolution():
    stack = Stack((5, 3))
    assert [int(seen_at(stack, depth, 9).sum()) for depth in range(3)] == [49, 9, 1]
    gradient = torch.autograd.functional.jacobian(
        lambda x: positive(stack)(x)[0, 0, 4, 4], torch.ones(1, 1, 9, 9)
    )
    assert torch.equal(gradient[0, 0] > 0, seen_at(stack, 0, 9))


def positive(stack):
    network = stack.network(1)
    for weights in network.parameters():
        weights.data.fill_(1.0)
    return network


def test_a_field_that_does_not_fit_is_told():
    with pytest.raises(ValueError, match="larger than 9 pixels"):
        measured_field(Stack((7, 5)).network(1), size=9)
