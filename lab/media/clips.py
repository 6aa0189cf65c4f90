"""Clips: frames at a constant rate, from any source; a pan over a still image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lab.media.opencv import opencv
from lab.media.pictures import Picture
from lab.media.videos import scaled


class Clip(Protocol):
    """A video file, the camera or a pan."""

    @property
    def name(self) -> str:
        """For the screen."""

    @property
    def rate(self) -> float:
        """Frames per second."""

    @property
    def count(self) -> int | None:
        """The number of frames; None if unknown."""

    def frames(self, edge: int) -> Iterator[NDArray[np.uint8]]:
        """The frames, uint8 (H, W, 3) RGB, the longer edge about `edge` pixels.

        All of one size, a multiple of `lab.media.videos.GRAIN`. The source is released when this is
        closed. Raises UserError for what cannot be read.
        """


@dataclass(frozen=True)
class Pan:
    """A clip from one image: a crop that moves once in a circle and zooms in and out.

    picture: the image. count: number of frames. rate: frames per second. The last frame continues
    with the first, so the clip can be looped.
    """

    picture: Picture
    count: int = 48
    rate: float = 24.0

    @property
    def name(self) -> str:
        """That of the image."""
        return self.picture.name

    def window(self, index: int) -> tuple[float, float, float]:
        """(x, y, share): the centre of the crop of frame `index`, and its edge.

        All as fractions of the image's edges.
        """
        turn = 2 * math.pi * index / self.count
        share = 0.72 - 0.08 * math.cos(turn)
        return 0.5 + 0.1 * math.cos(turn), 0.5 + 0.1 * math.sin(turn), share

    def frames(self, edge: int) -> Iterator[NDArray[np.uint8]]:
        """As `Clip.frames`."""
        cv2 = opencv()
        height, width = self.picture.size
        across, down = scaled(self.picture.name, width, height, edge)
        # Scaled down once, with antialiasing: then the frames need no antialiasing of their own.
        scale = min(1.0, edge / 0.6 / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        source = cv2.resize(self.picture.pixels, size, interpolation=cv2.INTER_AREA)
        for index in range(self.count):
            x, y, share = self.window(index)
            zoom = np.array([size[0] * share / across, size[1] * share / down])
            corner = np.array(size) * (x - share / 2, y - share / 2)
            matrix = np.array([[zoom[0], 0, corner[0]], [0, zoom[1], corner[1]]])
            yield cv2.warpAffine(
                source,
                matrix,
                (across, down),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REFLECT,
            )
