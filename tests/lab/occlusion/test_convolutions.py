"""Layers of a frozen network, against the layers themselves."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from lab.networks.efficientnet import SameConv2d
from lab.occlusion import convolutions as module
from lab.occlusion.convolutions import Linear, packs
from lab.occlusion.tracing import steps


@pytest.fixture(params=[True, False], ids=["packed", "plain"])
def packed(request, monkeypatch):
    if not request.param:
        monkeypatch.setattr(module, "_packs", [False])
    elif not packs():
        pytest.skip("this build of PyTorch does not pack")
    return request.param


@pytest.mark.parametrize("shape", [(1, 12), (17, 12), (2, 3, 12)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_linear_layer_is_the_layer(packed, shape, bias):
    layer = nn.Linear(12, 7, bias=bias)
    x = torch.randn(shape)
    with torch.inference_mode():
        linear = Linear(layer.weight, layer.bias)
        assert (linear.packed is not None) is packed
        torch.testing.assert_close(linear(x), layer(x), rtol=1e-5, atol=1e-5)


def test_a_large_weight_is_not_copied(monkeypatch):
    monkeypatch.setattr(Linear, "MOST", 12 * 7 * 4 - 1)
    layer = nn.Linear(12, 7)
    assert Linear(layer.weight, layer.bias).packed is None


@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize(("kernel", "size"), [(3, 8), (5, 8), (5, 7), (6, 9)])
def test_zeros_may_be_uneven(kernel, size, groups):
    layer = SameConv2d(6, 6, kernel, 2, groups)
    model, x = nn.Sequential(layer, nn.ReLU()).eval(), torch.randn(2, 6, size, size)
    with torch.inference_mode():
        found, _ = steps(model, x[:1])
        assert [step.kind for step in found] == ["window"]
        x_ = functional.pad(x, _around(size, kernel))
        wanted = functional.conv2d(x_, layer.weight, stride=2, groups=groups).relu()
        torch.testing.assert_close(found[0].whole(x), wanted, rtol=1e-5, atol=1e-5)


def _around(size, kernel):
    """TensorFlow's "SAME", by its own formula."""
    more = max((-(-size // 2) - 1) * 2 + kernel - size, 0)
    return (more // 2, more - more // 2) * 2
