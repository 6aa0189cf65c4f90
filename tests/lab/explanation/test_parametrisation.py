"""Pixels and spectrum: both hold any image."""

import math

import pytest
import torch
from torch import nn

from lab.explanation import parametrisation
from lab.explanation.ascent import Ascent, AscentSettings, ClassScore
from lab.explanation.parametrisation import Fourier, Pixels
from tests.lab.explanation.samples import grey, made


def test_the_colours_are_lucids():
    published = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
    largest = math.sqrt(0.26**2 + 0.27**2 + 0.27**2)
    assert torch.allclose(parametrisation.colour_matrix(), published / largest)


@pytest.mark.parametrize("shape", [(3, 40, 40), (1, 28, 28), (3, 25, 31)])
def test_a_deviation_survives_either_parametrisation(shape):
    deviation = grey(*shape[1:], channels=shape[0])
    zero = torch.full((shape[0], 1, 1), 0.45)
    for kind in (Pixels, Fourier):
        row = kind(zero, deviation.clamp(-0.4, 0.4), deviation)
        assert torch.allclose(row.deviation(), deviation.clamp(-0.4, 0.4), atol=1e-5)


def test_the_spectrum_falls_with_frequency():
    zero = torch.full((3, 1, 1), 0.5)
    row = Fourier(zero, torch.zeros(3, 64, 48), grey(64, 48))
    row.values = torch.randn(row.values.shape, generator=torch.Generator().manual_seed(0))
    channels = torch.einsum(
        "ij,jhw->ihw", torch.linalg.inv(parametrisation.colour_matrix()), row.deviation()
    )
    spectrum = torch.view_as_real(torch.fft.rfft2(channels))
    f = (torch.fft.fftfreq(64)[:, None] ** 2 + torch.fft.rfftfreq(48)[None] ** 2).sqrt()
    f[0, 0] = 1 / 64
    ratio = spectrum * f[..., None] ** Fourier.POWER / row.values
    # Neither the first nor the last column of a real picture's spectrum is free.
    inner = ratio[:, :, 1:-1]
    assert (inner / inner.median() - 1).abs().quantile(0.99) < 1e-3
    assert 0.7 < channels.std() < 1.4


def test_a_picture_from_the_spectrum_is_the_zero_point_plus_its_deviation_at_first():
    zero = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    deviation = 0.01 * grey()
    row = Fourier(zero, deviation, grey())
    assert torch.allclose(row.picture(row.values), zero + deviation, atol=1e-3)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("row", ["pixels", "fourier"])
def test_a_silent_unit_is_stirred_whatever_direction_wakes_it(row, seed):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 3), nn.ReLU())
    nn.init.constant_(network[1].bias, -0.001)
    climb = Ascent(made(network), ClassScore(1), [row])
    assert climb.read().scores[0] == 0
    for _ in range(60):
        climb.step([AscentSettings(rate=0.01)])
    assert torch.isfinite(climb.pictures()).all()
    assert climb.read().scores[0] > 0
