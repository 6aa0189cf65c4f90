"""Images, and torchvision's results for them one by one."""

import torch
from torchvision.transforms import v2

BILINEAR = v2.InterpolationMode.BILINEAR
SIZES = [(28, 28), (37, 52)]
# Float32 coordinates of some tens of pixels, times a slope of at most 1 between two pixels.
NEAR = {"rtol": 0, "atol": 5e-5}


def images_of(count=4, size=(37, 52), channels=3):
    """Noise over a ramp, with a grey pixel, a black and a white one."""
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(count, channels, *size, generator=generator)
    images = images * torch.linspace(0.2, 1, size[1])
    images[:, :, 0, 0], images[:, :, 1, 0], images[:, :, 2, 0] = 0.5, 0.0, 1.0
    return images


def one_by_one(function, images, *parameters):
    """The reference's result for each image with its own parameters."""
    rows = [function(image, *each) for image, *each in zip(images, *parameters, strict=True)]
    return torch.stack(rows)


def interior(images, margin=1):
    return images[..., margin:-margin, margin:-margin]
