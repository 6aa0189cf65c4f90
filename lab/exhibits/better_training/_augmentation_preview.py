"""What augmentation does, on a photograph that all can see and on what the networks train on."""

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
# The photograph's shorter edge in pixels: a crop of it is enlarged less than one of 224.
EDGE = 256
# So many are made between two yields: one go over all is slower, it does not fit the cache.
TOGETHER = 12
# Training pictures beside each other, and rows of what becomes of them.
ACROSS, ROWS = 5, 3


def prepared(picture: Picture) -> Tensor:
    """A photograph as float32 (1, 3, H, W) in [0, 1], its shorter edge EDGE pixels.

    Of one more than twice as long as wide only the middle.
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
    """The photograph with the fixed crop marked, and that crop as it enters a network."""
    seen = as_bytes(Composition(())(prepared(picture), SIZE))[0]
    return Pictures(
        [framed(picture.pixels, fixed_crop(picture.size, SIZE)), seen],
        [f"{picture.name}; bright: the crop", "the same every time"],
        columns=1,
    )


class Preview:
    """A photograph, a second one to mix it with, and a few training pictures, ready to be changed.

    A seed draws the same random numbers each time, so that a slider moves the pictures and does
    not shuffle them.
    """

    def __init__(
        self, first: Picture, second: Picture, training: Tensor, device: torch.device, seed: int
    ) -> None:
        """training: uint8 (N, C, H, W) on `device`, of which the first ACROSS are shown."""
        self._photographs = [prepared(first).to(device), prepared(second).to(device)]
        self._training = training[:ACROSS]
        self._device, self._seed = device, seed

    def photographs(self, composition: Composition, mix: str) -> Iterator[Pictures | None]:
        """The photograph changed COUNT times; yields None between some, and all at last."""
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
        """Some training pictures as they are, and below them ROWS times as the network gets them.

        With mixup and CutMix each is mixed with its neighbours.
        """
        plain = to_float(self._training)
        changed = composition(plain.repeat(ROWS, 1, 1, 1), seed=self._seed)
        if mix != "none":
            with RandomState(self._device, self._seed):
                changed, _ = augmentation.mixed(mix, changed, changed.roll(1, 0))
        return Pictures(list(as_bytes(torch.cat([plain, changed]))), columns=len(plain))
