"""Changed rectangles of a feature map, and windows of the clean map with them pasted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Patches:
    """N rectangles of a map, all of one size: (N, C, h, w), their corners at top, left (N)."""

    tensor: Tensor
    top: Ints
    left: Ints

    @property
    def pixels(self) -> NDArray[np.float32]:
        """The tensor's memory, (N, h, w, C)."""
        return pixels_of(self.tensor)

    def __getitem__(self, part: slice) -> Patches:
        """Some of the N."""
        return Patches(self.tensor[part], self.top[part], self.left[part])


def pixels_of(tensor: Tensor) -> NDArray[np.float32]:
    """The memory of a value: of maps (N, C, H, W) as (N, H, W, C)."""
    order = tensor.permute(0, 2, 3, 1) if tensor.ndim == 4 else tensor
    pixels: NDArray[np.float32] = order.numpy()
    return pixels


def pasted(
    clean: NDArray[np.float32],
    top: Ints,
    left: Ints,
    shape: tuple[int, int],
    parts: Sequence[tuple[Patches, int]],
    shift: tuple[int, int] = (0, 0),
    every: tuple[int, int] = (1, 1),
) -> Tensor:
    """Windows (N, C, *shape) of the clean map (H, W, C), with changed rectangles pasted in.

    top, left: the corners of the windows. parts: rectangles, each with its first channel in the
    map. shift: (down, right), from coordinates of the rectangles to those of the map. every: (down,
    right), the stride with which pixels of the map are taken.
    """
    (height, width), (down, right) = shape, every
    tensor = torch.empty(
        (len(top), clean.shape[2], height, width), memory_format=torch.channels_last
    )
    # NumPy copies small rectangles three times as fast as PyTorch indexes them.
    pixels = pixels_of(tensor)
    tops, lefts = top.tolist(), left.tolist()
    for i, (y, x) in enumerate(zip(tops, lefts, strict=True)):
        pixels[i] = clean[y : y + height * down : down, x : x + width * right : right]
    for patches, channel in parts:
        given = patches.pixels
        high, wide, channels = given.shape[1:]
        downs = (patches.top + shift[0] - top).tolist()
        rights = (patches.left + shift[1] - left).tolist()
        for i, (y, x) in enumerate(zip(downs, rights, strict=True)):
            # In pixels of the window: the rectangle's first one, and the one after its last.
            y0, y1 = max(-(-y // down), 0), min(-(-(y + high) // down), height)
            x0, x1 = max(-(-x // right), 0), min(-(-(x + wide) // right), width)
            if y0 < y1 and x0 < x1:
                pixels[i, y0:y1, x0:x1, channel : channel + channels] = given[
                    i, y0 * down - y : y1 * down - y : down, x0 * right - x : x1 * right - x : right
                ]
    return tensor
