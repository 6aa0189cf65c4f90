"""Colour transforms, and sharpness, against torchvision, image by image."""

import pytest
import torch
from torchvision.transforms.v2 import functional as reference

from lab.augmentation import blur, colour
from tests.lab.augmentation.samples import images_of, one_by_one

COLOURS = {
    "brightness": (colour.brightness, reference.adjust_brightness, [0.0, 0.4, 1.0, 2.5]),
    "contrast": (colour.contrast, reference.adjust_contrast, [0.0, 0.4, 1.0, 2.5]),
    "saturation": (colour.saturation, reference.adjust_saturation, [0.0, 0.4, 1.0, 2.5]),
    "hue": (colour.hue, reference.adjust_hue, [-0.5, -0.11, 0.0, 0.3]),
    "solarize": (colour.solarize, reference.solarize, [0.0, 0.3, 0.7, 1.0]),
    "posterize": (colour.posterize, reference.posterize, [1, 2, 5, 8]),
    "sharpness": (blur.sharpness, reference.adjust_sharpness, [0.0, 0.4, 1.0, 2.5]),
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", COLOURS)
def test_what_has_a_factor(name, channels):
    ours, theirs, factors = COLOURS[name]
    images = images_of(channels=channels)
    kept = images.clone()
    found = ours(images, torch.tensor(factors))
    torch.testing.assert_close(found, one_by_one(theirs, images, factors), rtol=0, atol=3e-6)
    assert torch.equal(images, kept), "the images that were given have changed"


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", ["invert", "autocontrast", "equalize"])
def test_what_has_none(name, channels):
    images = images_of(channels=channels) * 0.7 + 0.1
    images[1] = 0.25  # all of one value
    images[2, 0] = (images[2, 0] > 0.4).float()  # of two
    found, wanted = getattr(colour, name)(images), getattr(reference, name)(images)
    torch.testing.assert_close(found, wanted, rtol=0, atol=3e-6)


def test_grey_is_torchvisions():
    images = images_of()
    torch.testing.assert_close(colour.grey(images), reference.rgb_to_grayscale(images))
