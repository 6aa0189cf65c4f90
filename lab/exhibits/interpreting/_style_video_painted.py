"""The video of one method: its file, its flicker, and frames kept for a replay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lab.media.video_writer import Writer
from lab.networks.pixels import as_pixels
from lab.style.optical_flow import Motion
from lab.style.video_frames import PreviousFrame

KEPT = 64
"""Frames kept for a replay: all of a short clip, every n-th of a long one."""


class Reel:
    """Frames spread evenly over a video of any length, never more than so many.

    seen: how many frames there were. every: of how many one was kept.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept, self.every, self.seen = kept, 1, 0
        self.frames: list[NDArray[np.uint8]] = []

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Keep every n-th frame; where there are too many, every second one is dropped."""
        if self.seen % self.every == 0:
            self.frames.append(frame)
        self.seen += 1
        if len(self.frames) > self._kept:
            self.frames = self.frames[::2]
            self.every *= 2

    def at(self, number: int) -> tuple[int, NDArray[np.uint8]]:
        """The frame of that number, from 0, or the nearest kept before it, and its number."""
        index = min(number // self.every, len(self.frames) - 1)
        return index * self.every, self.frames[index]


class PaintedVideo:
    """The stylised frames, written as an MP4. Close it in `finally`, so that the file is whole."""

    def __init__(self, path: Path, rate: float) -> None:
        """path: of the film, an MP4. rate: frames a second. UserError where it cannot be made."""
        self.film = Writer(path, rate)
        self.reel = Reel()
        self._last: Tensor | None = None
        self._flicker: list[Tensor] = []

    def before(self, motion: Motion | None) -> PreviousFrame | None:
        """The last stylised frame, and the motion to the next one; None for the first."""
        return (
            PreviousFrame(self._last, motion)
            if motion is not None and self._last is not None
            else None
        )

    def add(self, painted: Tensor) -> NDArray[np.uint8]:
        """Take a frame, float32 (1, 3, H, W), about [0, 1]; returns it as uint8 (H, W, 3).

        Raises UserError where the disk is full.
        """
        self._last = painted.clamp(0, 1)
        pixels = as_pixels(self._last)
        self.film.write(pixels)
        self.reel.add(pixels)
        return pixels

    def measure(self, before: PreviousFrame) -> float:
        """The flicker from the frame before to the one just taken, in [0, 1]."""
        assert self._last is not None
        value = before.motion.flicker(before.image, self._last)
        self._flicker.append(value)
        return value.item()

    @property
    def flicker(self) -> float:
        """The mean over all frames so far, in [0, 1]; 0 where there are not two."""
        return torch.stack(self._flicker).mean().item() if self._flicker else 0.0

    def close(self) -> None:
        """Finish the file. Raises UserError where it could not be written whole."""
        self.film.close()
