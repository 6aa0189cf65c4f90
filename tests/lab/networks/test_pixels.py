"""Conversions between bytes and floats, there and back."""

import numpy as np
import pytest
import torch

from lab.networks.pixels import as_pixels, as_tensor, pictures_of, to_float


@pytest.mark.parametrize("channels", [1, 3])
def test_bytes_survive_as_floats(channels):
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).expand(2, channels, -1, -1)
    floats = to_float(images)
    assert floats.dtype == torch.float32
    assert (floats.min(), floats.max()) == (0, 1)
    assert floats.is_contiguous(memory_format=torch.channels_last)
    assert (as_pixels(floats[:1]) == pictures_of(images)[0]).all()


def test_values_beyond_the_range_are_clipped_and_rounded():
    pixels = as_pixels(torch.tensor([-1.0, 0.5, 2.0]).view(1, 1, 1, 3))
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == [[[0] * 3, [128] * 3, [255] * 3]]


def test_a_picture_becomes_a_tensor():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    tensor = as_tensor(pixels, torch.device("cpu"))
    assert tensor.shape == (1, 3, 2, 4)
    assert (as_pixels(tensor) == pixels).all()
