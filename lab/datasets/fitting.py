"""A data set made to fit a network, and a few of its images drawn by chance."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from lab.datasets.dataset import Dataset

# ITU-R 601, as Pillow's grey.
_GREY = (0.299, 0.587, 0.114)
# Images resized at once.
_TOGETHER = 64


def fitted(images: Tensor, channels: int, size: int) -> Tensor:
    """uint8 (N, C, H, W), C = 1 or 3, as uint8 (N, channels, size, size).

    The central square of each image, resized with antialiasing (bicubic). A colour image becomes
    grey (ITU-R 601) for a network of one channel, a grey one gets three equal channels for one of
    three. Images that fit are returned as they are.
    """
    height, width = images.shape[2:]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = images[:, :, top : top + edge, left : left + edge]
    if edge != size:
        square = torch.cat([_resized(some, size) for some in torch.split(square, _TOGETHER)])
    if channels == 1 and square.shape[1] == 3:
        weights = torch.tensor(_GREY, device=images.device).view(1, 3, 1, 1)
        square = (square * weights).sum(1, keepdim=True).round().to(torch.uint8)
    return square.expand(-1, channels, -1, -1).contiguous()


def _resized(images: Tensor, size: int) -> Tensor:
    pixels = F.interpolate(
        images.float(), (size, size), mode="bicubic", antialias=True, align_corners=False
    )
    return pixels.round().clamp(0, 255).to(torch.uint8)


def fitted_data(data: Dataset, channels: int, size: int) -> Dataset:
    """The data set with images as `fitted` makes them."""
    train, test = (fitted(part, channels, size) for part in (data.train_images, data.test_images))
    return replace(data, train_images=train, test_images=test)


def drawn(labels: Tensor, count: int, seed: int) -> Tensor:
    """Indices of `count` images of each class, or of all where there are fewer: int64 (N,).

    labels: int64 (N,). In rising order; always the same for one seed.
    """
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    known = labels.cpu()[order]
    places = [order[known == label][:count] for label in torch.unique(known)]
    return torch.cat(places).sort().values.to(labels.device)


def classes_of(data: Dataset, kept: range) -> Dataset:
    """The data set of these classes alone; their labels become 0, 1, 2, ..."""

    def part(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        among = (labels >= kept.start) & (labels < kept.stop)
        return images[among], labels[among] - kept.start

    return Dataset(
        data.name,
        data.title,
        data.classes[kept.start : kept.stop],
        *part(data.train_images, data.train_labels),
        *part(data.test_images, data.test_labels),
        data.source,
    )
