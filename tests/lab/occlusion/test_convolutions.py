"""Layers of a frozen network, against the layers themselves."""

import os
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional

from lab.networks.efficientnet import SameConv2d
from lab.occlusion import convolutions as module
from lab.occlusion.convolutions import Convolution, Linear, fuses
from lab.occlusion.tracing import steps


@pytest.fixture(params=[True, False], ids=["fused", "plain"])
def fused(request, monkeypatch):
    if not request.param:
        monkeypatch.setattr(module, "_fuses", [False])
    elif not fuses():
        pytest.skip("this build of PyTorch has no fused operations")
    return request.param


ACTIVATIONS = {"none": lambda y: y, "relu": torch.relu, "hardtanh": lambda y: y.clamp(0, 6)}
# (kernel, stride, dilation, groups, padding)
CONVOLUTIONS = [
    *((1, 1, 1, 1, 0), (1, 2, 1, 1, 0), (1, 1, 1, 1, 1), (1, 1, 1, 2, 0)),
    *((3, 1, 1, 1, 1), (3, 2, 2, 1, 1), (3, 1, 1, 12, 1), (5, 2, 1, 3, 0)),
]


@pytest.mark.parametrize("options", CONVOLUTIONS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("most", [0, module.PRODUCT])
def test_a_convolution_is_pytorchs_with_its_activation(
    fused, options, activation, most, monkeypatch
):
    monkeypatch.setattr(module, "PRODUCT", most)
    kernel, stride, dilation, groups, padding = options
    random = torch.Generator().manual_seed(0)
    x = torch.randn(3, 12, 9, 7, generator=random)
    weight = torch.randn(24, 12 // groups, kernel, kernel, generator=random)
    for bias in (torch.randn(24, generator=random), None):
        convolution = Convolution(
            weight, bias, (stride, stride), (dilation, dilation), groups, activation=activation
        )
        wanted = ACTIVATIONS[activation](
            functional.conv2d(x, weight, bias, stride, padding, dilation, groups)
        )
        for layout in (torch.contiguous_format, torch.channels_last):
            given = x.clone().contiguous(memory_format=layout)
            with torch.inference_mode():
                found = convolution(given, (padding, padding))
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
            assert torch.equal(given, x)


TRACED = """
import torch
from lab.occlusion.convolutions import Convolution, packing_pays
torch.set_num_threads(1)
packing_pays()
mkldnn = torch.backends.mkldnn
with torch.inference_mode(), mkldnn.verbose(mkldnn.VERBOSE_ON):
    for channels, size in ((64, 9), (80, 14), (256, 9)):
        weight = torch.rand(channels, channels, 3, 3)
        x = torch.rand(8, channels, size, size).contiguous(memory_format=torch.channels_last)
        Convolution(weight)(x), Convolution(weight[:, :, :1, :1])(x)
"""


@pytest.mark.parametrize("isa", ["AVX2", "ALL"])
def test_no_weight_is_changed_from_one_blocked_layout_into_another(isa):
    # oneDNN's reference code does that, "reorder,simple": a hundred times as slow as from plain.
    env = os.environ | {"ONEDNN_MAX_CPU_ISA": isa}
    done = subprocess.run(
        [sys.executable, "-c", TRACED], env=env, capture_output=True, text=True, check=True
    )
    if "convolution," not in done.stdout:
        pytest.skip("this build of PyTorch has no oneDNN")
    assert "reorder,simple" not in done.stdout


@pytest.mark.parametrize("shape", [(1, 12), (17, 12), (2, 3, 12)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_linear_layer_is_the_layer(fused, shape, bias):
    layer = nn.Linear(12, 7, bias=bias)
    x = torch.randn(shape)
    with torch.inference_mode():
        linear = Linear(layer.weight, layer.bias)
        assert (linear.packed is not None) is fused
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
