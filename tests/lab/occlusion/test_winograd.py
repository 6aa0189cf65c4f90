"""Winograd's convolution, against PyTorch's in double precision."""

import pytest
import torch
from torch.nn import functional

from lab.occlusion import convolutions
from lab.occlusion.winograd import Winograd, pays

ACTIVATIONS = {"none": lambda y: y, "relu": torch.relu, "hardtanh": lambda y: y.clamp(0, 6)}


# Widths that fill their tiles of four, and that leave one, two and three pixels over.
@pytest.mark.parametrize("size", [(3, 3), (5, 6), (9, 7), (4, 8), (7, 9), (14, 14)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("fused", [True, False])
def test_it_is_the_convolution(size, activation, fused, monkeypatch):
    if not fused:
        monkeypatch.setattr(convolutions, "_fuses", [False])
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(3, 16, *size, generator=generator)
    weight = torch.rand(20, 16, 3, 3, generator=generator) - 0.5
    bias = torch.rand(20, generator=generator) - 0.5
    before = x.clone()
    x = x.contiguous(memory_format=torch.channels_last)
    for around in [(0, 0, 0, 0), (1, 1, 1, 1), (0, 2, 1, 0)]:
        found = Winograd(weight, bias, activation)(x, around)
        padded = functional.pad(x.double(), around)
        wanted = ACTIVATIONS[activation](
            functional.conv2d(padded, weight.double(), bias.double())
        ).float()
        assert found.shape == wanted.shape
        assert found.is_contiguous(memory_format=torch.channels_last)
        # Ten times the rounding of the plain sum, a hundredth of what the engine may differ by.
        assert (found - wanted).abs().max() <= 1e-6 * 10
    assert torch.equal(x, before)


def test_without_bias():
    x, weight = torch.rand(2, 8, 6, 6), torch.rand(8, 8, 3, 3)
    wanted = functional.conv2d(x, weight)
    torch.testing.assert_close(Winograd(weight, None)(x), wanted, atol=1e-4, rtol=1e-5)


def test_it_is_for_wide_dense_kernels_alone():
    if not convolutions.fuses():
        pytest.skip("this build of PyTorch has no fused activations")
    weight = torch.zeros(128, 128, 3, 3)
    assert pays(weight, (1, 1), (1, 1), 1)
    assert not pays(weight, (2, 2), (1, 1), 1)
    assert not pays(weight, (1, 1), (2, 2), 1)
    assert not pays(weight, (1, 1), (1, 1), 2)
    assert not pays(weight[:, :, :1], (1, 1), (1, 1), 1)
    assert not pays(weight[:64], (1, 1), (1, 1), 1)
    assert not pays(weight.double(), (1, 1), (1, 1), 1)
