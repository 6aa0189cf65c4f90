"""Boxes that are blanked out, and two pictures that become one.

Pictures are float32 (N, C, H, W) in [0, 1], boxes int64 (N, 4): (left, top, right, bottom) in
pixels, the last two not included.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lab.augmentation.geometry import Size

MIXES = {"none": "None", "mixup": "Mixup", "cutmix": "CutMix"}
"""Name and title of what two pictures can become."""


def inside(boxes: Tensor, size: Size) -> Tensor:
    """Which pixels lie in the boxes: bool (N, 1, *size)."""
    left, top, right, bottom = boxes[:, :, None].unbind(1)
    x, y = (torch.arange(edge, device=boxes.device) for edge in (size[1], size[0]))
    return (((y >= top) & (y < bottom))[:, :, None] & ((x >= left) & (x < right))[:, None])[:, None]


def boxes_around(centres: Tensor, sides: Tensor, size: Size) -> Tensor:
    """Boxes about centres in [0, 1] (N, 2), sides the shares of (width, height), cut at the edge.

    Rounded as torchvision's CutMix rounds them.
    """
    edges = torch.tensor([size[1], size[0]])
    middle, half = (centres * edges).long(), (sides / 2 * edges).long()
    return torch.cat([(middle - half).clamp(min=0), (middle + half).minimum(edges)], 1)


def cutout(images: Tensor, boxes: Tensor) -> Tensor:
    """The pictures with their boxes blanked out in black (DeVries and Taylor, 2017)."""
    return images.masked_fill(inside(boxes.to(images.device), _size(images)), 0.0)


def mixup(images: Tensor, others: Tensor, shares: Tensor) -> Tensor:
    """`shares` (N,) of each picture over the rest of another (Zhang et al., 2018)."""
    kept = shares.to(images.device).view(-1, 1, 1, 1)
    return images * kept + others * (1 - kept)


def cutmix(images: Tensor, others: Tensor, boxes: Tensor) -> Tensor:
    """The pictures with their boxes taken from others (Yun et al., 2019)."""
    return torch.where(inside(boxes.to(images.device), _size(images)), others, images)


def cutmix_boxes(shares: Tensor, size: Size) -> tuple[Tensor, Tensor]:
    """(boxes, shares) of CutMix: anywhere, and what of each picture is really kept.

    shares (N,): what is to be kept, before a box is cut at the picture's edge.
    """
    sides = (1 - shares).sqrt()[:, None].expand(-1, 2)
    boxes = boxes_around(torch.rand(len(shares), 2), sides, size)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return boxes, 1 - area / (size[0] * size[1])


def mixed(name: str, images: Tensor, others: Tensor, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    """Each picture with its other one by a random share: (pictures, shares kept), (N,) on the CPU.

    name: mixup or cutmix. The shares are Beta(alpha, alpha): at 1 any share is as likely.
    """
    shares = torch.distributions.Beta(alpha, alpha).sample((len(images),))
    if name == "mixup":
        return mixup(images, others, shares), shares
    boxes, shares = cutmix_boxes(shares, _size(images))
    return cutmix(images, others, boxes), shares


def mixed_batch(
    name: str, images: Tensor, labels: Tensor, classes: int, alpha: float = 1.0
) -> tuple[Tensor, Tensor]:
    """A training batch mixed with itself in another order: (pictures, targets (N, classes)).

    name: of MIXES. labels: int64 (N,). The targets are mixed as the pictures are.
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
