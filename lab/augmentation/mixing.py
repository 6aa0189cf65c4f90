"""Cutout, and the mixing of two images: mixup and CutMix.

Images are float32 (N, C, H, W) in [0, 1], boxes int64 (N, 4): (left, top, right, bottom) in
pixels, the last two exclusive.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lab.augmentation.geometry import Size

MIXES = {"none": "None", "mixup": "Mixup", "cutmix": "CutMix"}
"""Name and title of the ways to mix two images."""


def inside(boxes: Tensor, size: Size) -> Tensor:
    """Masks of the boxes: bool (N, 1, *size)."""
    left, top, right, bottom = boxes[:, :, None].unbind(1)
    x, y = (torch.arange(edge, device=boxes.device) for edge in (size[1], size[0]))
    return (((y >= top) & (y < bottom))[:, :, None] & ((x >= left) & (x < right))[:, None])[:, None]


def boxes_around(centres: Tensor, sides: Tensor, size: Size) -> Tensor:
    """Boxes around centres, (N, 2) in [0, 1], clipped to the image.

    sides: (N, 2), fractions of (width, height). Rounded as in torchvision's CutMix.
    """
    edges = torch.tensor([size[1], size[0]])
    middle, half = (centres * edges).long(), (sides / 2 * edges).long()
    return torch.cat([(middle - half).clamp(min=0), (middle + half).minimum(edges)], 1)


def cutout(images: Tensor, boxes: Tensor) -> Tensor:
    """Images with their boxes set to black (DeVries and Taylor, 2017)."""
    return images.masked_fill(inside(boxes.to(images.device), _size(images)), 0.0)


def mixup(images: Tensor, others: Tensor, shares: Tensor) -> Tensor:
    """shares * images + (1 - shares) * others; shares: (N,) in [0, 1] (Zhang et al., 2018)."""
    kept = shares.to(images.device).view(-1, 1, 1, 1)
    return images * kept + others * (1 - kept)


def cutmix(images: Tensor, others: Tensor, boxes: Tensor) -> Tensor:
    """Images with their boxes taken from others (Yun et al., 2019)."""
    return torch.where(inside(boxes.to(images.device), _size(images)), others, images)


def cutmix_boxes(shares: Tensor, size: Size) -> tuple[Tensor, Tensor]:
    """(random boxes of CutMix, the fraction of each image that is kept, (N,)).

    shares: (N,), the fraction to be kept; more is kept where a box is clipped at the edge.
    """
    sides = (1 - shares).sqrt()[:, None].expand(-1, 2)
    boxes = boxes_around(torch.rand(len(shares), 2), sides, size)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return boxes, 1 - area / (size[0] * size[1])


def mixed(name: str, images: Tensor, others: Tensor, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    """(each image mixed with its other one, the share of the first, (N,) on the CPU).

    name: "mixup" or "cutmix". The shares are Beta(alpha, alpha), uniform for 1.
    """
    shares = torch.distributions.Beta(alpha, alpha).sample((len(images),))
    if name == "mixup":
        return mixup(images, others, shares), shares
    boxes, shares = cutmix_boxes(shares, _size(images))
    return cutmix(images, others, boxes), shares


def mixed_batch(
    name: str, images: Tensor, labels: Tensor, classes: int, alpha: float = 1.0
) -> tuple[Tensor, Tensor]:
    """A training batch mixed with itself in a random order: (images, targets (N, classes)).

    name: of MIXES. labels: int64 (N,). The one-hot targets are mixed like the images.
    """
    targets = torch.nn.functional.one_hot(labels, classes).to(images.dtype)
    if name == "none":
        return images, targets
    order = torch.randperm(len(images)).to(images.device)
    images, shares = mixed(name, images, images[order], alpha)
    kept = shares.to(images.device)[:, None]
    return images, targets * kept + targets[order] * (1 - kept)


def _size(images: Tensor) -> Size:
    return images.shape[2], images.shape[3]
