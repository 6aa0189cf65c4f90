"""A picture's light apart from its colours, so that a style can leave the colours as they were.

Gatys et al., 2016, "Preserving Color in Neural Artistic Style Transfer", section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor

# To YIQ (NTSC, 1953): light, and two coordinates of colour; each row for one of them.
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

    Equation 10: else a dark style would be sought with the light of a bright picture.
    """
    share = other.std() / light.std().clamp(min=1e-6)
    return (light - light.mean()) * share + other.mean()


def coloured(light: Tensor, picture: Tensor) -> Tensor:
    """The light of one with the colours (I and Q) of another picture of the same size.

    light: (B, 1, height, width). picture: (B, 3, height, width). In [0, 1].
    """
    matrix = picture.new_tensor(_YIQ)
    yiq = torch.einsum("dc,bchw->bdhw", matrix, picture)
    yiq = torch.cat([light, yiq[:, 1:]], 1)
    return torch.einsum("cd,bdhw->bchw", torch.linalg.inv(matrix), yiq).clamp(0, 1)
