"""Scaled initial weights against those of the network before."""

import copy

import pytest
import torch
from torch.nn import functional as F

from lab.networks import architecture
from lab.networks.initialisation import scale_weights


@pytest.mark.parametrize("name", ["mlp", "cnn"])
@pytest.mark.parametrize("factor", [0.0, 0.1, 10.0])
def test_weights_of_linear_and_convolutional_layers_are_multiplied_and_nothing_else(name, factor):
    torch.manual_seed(0)
    network = architecture.build(name, 1, 28, 10)
    before = copy.deepcopy(network.state_dict())
    assert scale_weights(network, factor) is network
    for key, value in network.state_dict().items():
        scaled = key.endswith("weight") and "norm" not in key
        torch.testing.assert_close(value, before[key] * factor if scaled else before[key])


def test_all_zero_has_no_gradient_but_that_of_the_last_bias():
    network = scale_weights(architecture.build("mlp", 1, 28, 10), 0.0)
    F.cross_entropy(network(torch.rand(8, 1, 28, 28)), torch.arange(8)).backward()
    moved = {name for name, p in network.named_parameters() if p.grad.abs().sum() > 0}
    assert moved == {"logits.bias"}
