"""Folded networks compute what the networks do; one formula for all who fold."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from lab.networks import architecture, models
from lab.networks.folding import folded, folded_weights


def small(name):
    """As trained: no normalisation is the identity."""
    torch.manual_seed(0)
    network = architecture.build(name, 1, 28, 3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
    return network.eval()


@pytest.mark.parametrize("name", ["cnn", "resnet"])
def test_a_folded_network_computes_the_same(name):
    network = small(name)
    quick = folded(network)
    images = torch.rand(2, 1, 28, 28)
    with torch.no_grad():
        assert torch.allclose(quick(images), network(images), atol=1e-4)
    names = [n for n, _ in network.named_modules()]
    assert names == [n for n, _ in quick.named_modules()]


def test_all_of_the_embedded_network_is_folded():
    network = models.load("efficientnet_lite0").network
    quick = folded(network)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in quick.modules())
    images = torch.rand(1, 3, 96, 96) * 2 - 1
    with torch.no_grad():
        assert torch.allclose(quick(images), network(images), atol=1e-4)


def test_the_layer_that_is_read_is_not_folded():
    network = small("resnet")
    quick = folded(network, "stage1.0.conv2")
    assert isinstance(quick.stage1[0].norm2, nn.BatchNorm2d)
    assert isinstance(quick.stage1[0].norm1, nn.Identity)


def test_what_cannot_be_folded_is_left_alone():
    class Odd(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    for network in (Odd(), nn.Sequential(nn.Conv2d(1, 1, 3))):
        assert folded(network.eval()) is network


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("groups", [1, 2])
def test_the_weights_are_those_of_both_layers_in_one(groups, affine, bias):
    torch.manual_seed(1)
    conv, norm = nn.Conv2d(4, 6, 3, bias=bias, groups=groups), nn.BatchNorm2d(6, affine=affine)
    norm.running_mean.normal_()
    norm.running_var.uniform_(1e-6, 2)
    if affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    x = torch.rand(2, 4, 7, 7)
    weight, shift = folded_weights(conv.weight, conv.bias, norm)
    found = functional.conv2d(x, weight, shift, groups=groups)
    assert not found.requires_grad
    # In double: the reference's own rounding is as large as ours where a variance is small.
    wanted = norm.double().eval()(conv.double()(x.double()))
    torch.testing.assert_close(found.double(), wanted, rtol=1e-4, atol=1e-3)
