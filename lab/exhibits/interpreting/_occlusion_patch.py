"""The patch that occludes: its size for an image, and what it shows."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as transforms

FILLS = {"grey": "Grey", "mean": "Mean colour", "blur": "Gaussian blur", "noise": "Noise"}


def patch_for(channels: int, size: int) -> int:
    """The edge of the patch, in pixels, for an image with the edge `size`: a seventh of it."""
    return round(size / 7)


def stride_for(channels: int, size: int) -> int:
    """The stride, in pixels: a quarter of that patch, at least 1."""
    return max(round(size / 28), 1)


def filling(kind: str, image: Tensor, seed: int) -> Tensor:
    """The pixels that replace a patch, float32 (C, H, W) in [0, 1], in the shape of `image`.

    kind: a key of FILLS. Blur keeps the colours and removes the detail; noise is uniform.
    """
    if kind == "grey":
        return torch.full_like(image, 0.5)
    if kind == "mean":
        return image.mean((1, 2), keepdim=True).expand_as(image)
    if kind == "noise":
        generator = torch.Generator().manual_seed(seed)
        return torch.rand(image.shape, generator=generator).to(image.device)
    edge = min(image.shape[1:])
    sigma = max(edge / 16, 0.5)
    # As far as reflection reaches, and no further than three standard deviations.
    kernel = 2 * min(round(3 * sigma), edge - 1) + 1
    blurred: Tensor = transforms.gaussian_blur(image, [kernel, kernel], [sigma, sigma])
    return blurred
