"""Luminance and colour come apart and together again."""

import pytest
import torch

from lab.style import luminance


def test_light_and_colour_part_and_meet_again():
    picture = torch.rand(1, 3, 5, 7, generator=torch.Generator().manual_seed(0))
    light = luminance.luminance(picture)
    assert torch.allclose(luminance.coloured(light, picture), picture, atol=1e-4)
    grey = torch.full((1, 3, 2, 2), 0.25)
    assert torch.allclose(luminance.luminance(grey), torch.full((1, 1, 2, 2), 0.25))
    # ITU-R 601, as in Pillow's own conversion to grey.
    assert torch.allclose(light[0, 0], torch.einsum("c,chw->hw", torch.tensor(
        [0.299, 0.587, 0.114]), picture[0]))  # fmt: skip


def test_matched_light_has_the_others_mean_and_deviation():
    random = torch.Generator().manual_seed(0)
    dark, bright = (torch.rand(1, 1, 9, 9, generator=random) * k + k for k in (0.1, 0.4))
    found = luminance.matched(dark, bright)
    assert float(found.mean()) == pytest.approx(float(bright.mean()), abs=1e-6)
    assert float(found.std()) == pytest.approx(float(bright.std()), abs=1e-6)
    flat = luminance.matched(torch.full((1, 1, 3, 3), 0.5), bright)
    assert torch.isfinite(flat).all()
