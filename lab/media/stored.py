"""An image that stays in its file: its pixels are read when they are used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.media import videos
from lab.media.decoding import Glance, decoded, glance, shrunk
from lab.media.files import opened
from lab.media.recent import Recent

LONGEST_EDGE = 4096
"""Pixels: an image with a longer edge is scaled down to it while it is read."""

SMALL = 192
"""Pixels of the longer edge of what is kept of every image, for the screen: 110 kB at most."""

# For the whole program: it is the memory of all images together that is limited.
RECENT = Recent()


@dataclass(frozen=True, eq=False)
class Stored:
    """The image in a file, or the first frame of a video.

    path: of the file, absolute. longest: no edge has more pixels. size: (height, width). small:
    uint8 (h, w, 3), the same with no edge longer than SMALL.
    """

    path: Path
    longest: int
    size: tuple[int, int]
    small: NDArray[np.uint8]

    @classmethod
    def of(cls, path: Path, longest: int = LONGEST_EDGE) -> Stored:
        """Read a file once. Raises UserError for whatever `pixels_of` refuses."""
        if videos.is_video_name(path):
            whole = _video(path, longest)
            seen = Glance(whole.shape[:2], shrunk(whole, SMALL), whole)
        else:
            with opened(path, "an image file") as file:
                seen = glance(file, str(path), longest, SMALL)
        made = cls(path.absolute(), longest, seen.size, seen.small)
        if (read := seen.whole) is not None:
            RECENT.get(made, lambda: read)
        return made

    def pixels(self) -> NDArray[np.uint8]:
        """uint8 (height, width, 3), RGB, read-only; from the file unless they were used of late."""
        return RECENT.get(self, lambda: pixels_of(self.path, self.longest))


def pixels_of(path: Path, longest: int) -> NDArray[np.uint8]:
    """As `lab.media.pictures.read`, the pixels alone, which nothing keeps."""
    if videos.is_video_name(path):
        return _video(path, longest)
    with opened(path, "an image file") as file:
        return decoded(file, str(path), longest)


def _video(path: Path, longest: int) -> NDArray[np.uint8]:
    pixels = videos.first_frame(path, longest)
    pixels.setflags(write=False)
    return pixels
