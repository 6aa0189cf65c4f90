"""Frames at an even pace, from wherever they come; a picture as a slow pan over it."""

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
        """What the screen calls it."""

    @property
    def rate(self) -> float:
        """Frames a second."""

    @property
    def count(self) -> int | None:
        """How many frames it has; None where nobody can know."""

    def frames(self, edge: int) -> Iterator[NDArray[np.uint8]]:
        """Frame after frame, uint8 (H, W, 3) RGB, the longer edge about `edge` pixels.

        All of one size, a multiple of `lab.media.videos.GRAIN`. The source is released when this is
        closed. Raises UserError for what cannot be read.
        """


@dataclass(frozen=True)
class Pan:
    """A clip out of one picture: a camera that goes once around it, in and out again.

    picture: what it moves over. count: frames. rate: frames a second. The last frame leads on to
    the first, so it can be played again and again.
    """

    picture: Picture
    count: int = 48
    rate: float = 24.0

    @property
    def name(self) -> str:
        """The picture's."""
        return self.picture.name

    def window(self, index: int) -> tuple[float, float, float]:
        """(x, y, share): the middle of what frame `index` shows, and how much of each edge.

        All in shares of the picture.
        """
        turn = 2 * math.pi * index / self.count
        share = 0.72 - 0.08 * math.cos(turn)
        return 0.5 + 0.1 * math.cos(turn), 0.5 + 0.1 * math.sin(turn), share

    def frames(self, edge: int) -> Iterator[NDArray[np.uint8]]:
        """As `Clip.frames`."""
        cv2 = opencv()
        height, width = self.picture.size
        across, down = scaled(self.picture.name, width, height, edge)
        # Made smaller once, and well: then the camera's own steps need no filter against aliasing.
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
