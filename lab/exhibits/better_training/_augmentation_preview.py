"""Augmented versions of a photograph, and of a few training images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lab import augmentation
from lab.augmentation import Composition, fixed_crop
from lab.media.pictures import Picture, framed
from lab.networks.pixels import pictures_of, to_float
from lab.payloads import Pictures
from lab.system.devices import RandomState

SIZE = (224, 224)
COUNT, COLUMNS = 36, 9
# The photograph's shorter edge in pixels. Larger than 224, so that crops need less enlarging.
EDGE = 256
# Images per batch, between two yields: all at once do not fit the cache and take longer.
TOGETHER = 12
# Training images side by side, and rows of their augmented versions.
ACROSS, ROWS = 5, 3


def prepared(picture: Picture) -> Tensor:
    """A photograph as float32 (1, 3, H, W) in [0, 1], its shorter edge EDGE pixels.

    Where one edge is more than twice the other, only the middle is taken.
    """
    height, width = picture.size
    shorter = min(height, width)
    high, wide = min(height, 2 * shorter), min(width, 2 * shorter)
    left, top = (width - wide) / 2, (height - high) / 2
    small = Image.fromarray(picture.pixels).resize(
        (round(wide * EDGE / shorter), round(high * EDGE / shorter)),
        Image.Resampling.BICUBIC,
        (left, top, left + wide, top + high),
    )
    return to_float(torch.from_numpy(np.array(small)).permute(2, 0, 1)[None]).contiguous()


def as_bytes(images: Tensor) -> NDArray[np.uint8]:
    """float32 (N, C, H, W) in [0, 1] as uint8 (N, H, W, 3) on the CPU."""
    return pictures_of((images * 255).round_().to(torch.uint8))


def at_test_time(picture: Picture) -> Pictures:
    """The photograph with the fixed crop marked, and that crop as the network's input."""
    seen = as_bytes(Composition(())(prepared(picture), SIZE))[0]
    return Pictures(
        [framed(picture.pixels, fixed_crop(picture.size, SIZE)), seen],
        [f"{picture.name}; bright: the crop", "network input, always the same"],
        columns=1,
    )


class Preview:
    """A photograph, a second one for mixing, and a few training images, to be augmented.

    The same seed is used every time, so that a slider changes the strength of a transform and not
    its random draw.
    """

    def __init__(
        self, first: Picture, second: Picture, training: Tensor, device: torch.device, seed: int
    ) -> None:
        """training: uint8 (N, C, H, W) on `device`, of which the first ACROSS are shown."""
        self._photographs = [prepared(first).to(device), prepared(second).to(device)]
        self._training = training[:ACROSS]
        self._device, self._seed = device, seed

    def photographs(self, composition: Composition, mix: str) -> Iterator[Pictures | None]:
        """COUNT augmented versions; yields None after each batch, and all of them at the end."""
        images: list[NDArray[np.uint8]] = []
        for part in range(COUNT // TOGETHER):
            seed = self._seed * COUNT + part
            changed = self._changed(self._photographs[0], composition, seed)
            if mix != "none":
                others = self._changed(self._photographs[1], composition, seed + COUNT // 2)
                with RandomState(self._device, seed):
                    changed, _ = augmentation.mixed(mix, changed, others)
            images += list(as_bytes(changed))
            yield None
        yield Pictures(images, columns=COLUMNS)

    def _changed(self, photograph: Tensor, composition: Composition, seed: int) -> Tensor:
        return composition(photograph.expand(TOGETHER, -1, -1, -1), SIZE, seed)

    def training(self, composition: Composition, mix: str) -> Pictures:
        """Original training images, and below them ROWS rows of augmented versions.

        With mixup and CutMix each image is mixed with its neighbour.
        """
        plain = to_float(self._training)
        changed = composition(plain.repeat(ROWS, 1, 1, 1), seed=self._seed)
        if mix != "none":
            with RandomState(self._device, self._seed):
                changed, _ = augmentation.mixed(mix, changed, changed.roll(1, 0))
        return Pictures(list(as_bytes(torch.cat([plain, changed]))), columns=len(plain))
