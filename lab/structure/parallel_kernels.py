"""Fixed filters of 1 x 1, 3 x 3 and 5 x 5 pixels on an image, beside max-pooling.

They show what kernels of different sizes can tell apart, without a trained network: a 1 x 1 kernel
sees colours and no neighbours, a 3 x 3 one edges, a 5 x 5 one blobs and stripes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

GREY = (1 / 3, 1 / 3, 1 / 3)


@dataclass(frozen=True)
class Filter:
    """weights: float32 (3, k, k), for RGB in [0, 1]; None for a 3 x 3 maximum of one channel."""

    branch: str
    name: str
    weights: Tensor | None
    channel: int = 0


@cache
def filters() -> tuple[Filter, ...]:
    """Three of each branch, in the order of `lab.structure.inception.BRANCHES`."""
    edge = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4
    spot = torch.tensor([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / 8
    across = torch.arange(5.0) - 2
    x, y = across[None], across[:, None]
    bell = torch.exp(-(x**2 + y**2) / 2)
    blob = _balanced((1 - (x**2 + y**2) / 2) * bell)
    stripes = [
        _balanced(torch.cos(math.pi / 2 * (x + sign * y) / math.sqrt(2)) * bell) for sign in (1, -1)
    ]
    return (
        _pointwise("brightness", GREY),
        _pointwise("red − green", (1, -1, 0)),
        _pointwise("blue − yellow", (-0.5, -0.5, 1)),
        *(_grey("3 × 3", name, kernel) for name, kernel in (
            ("vertical edge", edge), ("horizontal edge", edge.T), ("spot", spot),
        )),
        *(_grey("5 × 5", name, kernel) for name, kernel in (
            ("blob", blob), ("stripes /", stripes[0]), ("stripes \\", stripes[1]),
        )),
        *(Filter("pool", f"maximum of {name}", None, i)
          for i, name in enumerate(("red", "green", "blue"))),
    )  # fmt: skip


def responses(image: Tensor) -> list[Tensor]:
    """The map of each of `filters()`: float32 (H, W), as large as the image.

    image: float32 (3, H, W) in [0, 1]. Pixels outside it are as at its edge, so that no edge is
    found there.
    """
    found = []
    for each in filters():
        if each.weights is None:
            channel = image[None, each.channel : each.channel + 1]
            found.append(functional.max_pool2d(channel, 3, 1, 1)[0, 0])
            continue
        around = each.weights.shape[-1] // 2
        padded = functional.pad(image[None], (around,) * 4, mode="replicate")
        found.append(functional.conv2d(padded, each.weights.to(image)[None])[0, 0])
    return found


def _pointwise(name: str, colours: tuple[float, float, float]) -> Filter:
    return Filter("1 × 1", name, torch.tensor(colours)[:, None, None])


def _grey(branch: str, name: str, kernel: Tensor) -> Filter:
    """Of the brightness."""
    return Filter(branch, name, torch.tensor(GREY)[:, None, None] * kernel)


def _balanced(kernel: Tensor) -> Tensor:
    """With a sum of 0 and an absolute sum of 2: no response to what is uniform."""
    centred = kernel - kernel.mean()
    return 2 * centred / centred.abs().sum()
