"""Luminance and colour of images apart, for style transfer that keeps the colours.

Gatys et al., 2016, "Preserving Color in Neural Artistic Style Transfer", section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor

# RGB to YIQ (NTSC, 1953): a row each for luma and two coordinates of colour.
_YIQ = (
    (0.299, 0.587, 0.114),
    (0.5959, -0.2746, -0.3213),
    (0.2115, -0.5227, 0.3112),
)


def luminance(pixels: Tensor) -> Tensor:
    """Y of YIQ: (B, 3, height, width) to (B, 1, height, width), both in [0, 1]."""
    return torch.einsum("c,bchw->bhw", pixels.new_tensor(_YIQ[0]), pixels)[:, None]


def matched(light: Tensor, other: Tensor) -> Tensor:
    """`light` with the mean and standard deviation of `other`; (B, 1, height, width), any sizes.

    Equation 10: otherwise the luminance of a dark style would darken a bright image.
    """
    share = other.std() / light.std().clamp(min=1e-6)
    return (light - light.mean()) * share + other.mean()


def coloured(light: Tensor, picture: Tensor) -> Tensor:
    """RGB, (B, 3, height, width) in [0, 1], of a luminance with the colours of an image.

    light: (B, 1, height, width). picture: (B, 3, height, width), whose I and Q are taken.
    """
    matrix = picture.new_tensor(_YIQ)
    yiq = torch.einsum("dc,bchw->bdhw", matrix, picture)
    yiq = torch.cat([light, yiq[:, 1:]], 1)
    return torch.einsum("cd,bdhw->bchw", torch.linalg.inv(matrix), yiq).clamp(0, 1)
