"""Frozen layers stay as they are, whatever the optimiser does."""

import pytest
import torch

from lab.errors import UserError
from lab.networks import architecture
from lab.networks.freezing import freeze_first, layers_with_weights


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_optimiser_with_weight_decay_leaves_the_frozen_layers_alone(count):
    torch.manual_seed(0)
    network = architecture.build("cnn", 1, 28, 10)
    freeze_first(network, count)
    before = [layer.weight.detach().clone() for layer in layers_with_weights(network)]
    optimiser = torch.optim.SGD(network.parameters(), 0.1, weight_decay=0.1)
    network(torch.rand(4, 1, 28, 28)).square().mean().backward()
    optimiser.step()
    now = [layer.weight for layer in layers_with_weights(network)]
    same = [torch.equal(a, b) for a, b in zip(before, now, strict=True)]
    assert same == [i < count for i in range(4)]


def test_one_layer_must_be_left():
    with pytest.raises(UserError, match=r"4 frozen layers of 4: .*choose 3 at most"):
        freeze_first(architecture.build("cnn", 1, 28, 10), 4)
