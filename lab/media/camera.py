"""The webcam as one more source of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.errors import UserError
from lab.media.opencv import opencv
from lab.media.pictures import Picture
from lab.media.videos import scaled

NAME = "camera"


def frames(source: int | str = 0) -> Iterator[Picture]:
    """Picture after picture as the camera takes them, mirrored; it is let go when this is closed.

    source: the number of the camera, or the path of a film. Raises UserError where there is none,
    where it gives no picture, or where the camera goes away.
    """
    cv2 = opencv()
    capture = cv2.VideoCapture(source)
    try:
        if not capture.isOpened():
            raise UserError("no camera: plug one in, or allow Glassbox to use it")
        taken = 0
        while True:
            good, pixels = capture.read()
            if not good:
                break
            taken += 1
            yield Picture(NAME, np.ascontiguousarray(pixels[:, ::-1, ::-1]), source="camera")
        if not taken:
            raise UserError("the camera gives no image: close the other program that uses it")
        if isinstance(source, int):
            raise UserError("the camera is gone: plug it in and start it again")
    finally:
        capture.release()


@dataclass(frozen=True)
class Live:
    """The camera as a clip that goes on: a `lab.media.clips.Clip`.

    look: what it sees by now; None when it is turned off, UserError when it is gone.
    """

    look: Callable[[], Picture | None]
    name: str = NAME
    # How fast a small network paints, about: what is written down is played at that rate.
    rate: float = 12.0
    count: int | None = None

    def frames(self, edge: int) -> Iterator[NDArray[np.uint8]]:
        """What the camera sees whenever the next frame is asked for, until it is turned off."""
        cv2 = opencv()
        while (picture := self.look()) is not None:
            height, width = picture.size
            yield cv2.resize(
                picture.pixels, scaled(NAME, width, height, edge), interpolation=cv2.INTER_AREA
            )
