"""The webcam as a source of images and of a live clip."""

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
    """Images from the camera, mirrored, until the generator is closed, which releases the camera.

    source: the number of the camera, or the path of a video. Raises UserError where there is no
    camera, where it gives no image, or where it is disconnected.
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
    """The camera as a clip without an end: a `lab.media.clips.Clip`.

    look(): the current image; None when the camera is off. Raises UserError when it is gone.
    """

    look: Callable[[], Picture | None]
    name: str = NAME
    # Frames per second of recordings: about the speed of a small style network.
    rate: float = 12.0
    count: int | None = None

    def frames(self, edge: int) -> Iterator[NDArray[np.uint8]]:
        """The current image of the camera for each frame, until it is turned off."""
        cv2 = opencv()
        while (picture := self.look()) is not None:
            height, width = picture.size
            yield cv2.resize(
                picture.pixels, scaled(NAME, width, height, edge), interpolation=cv2.INTER_AREA
            )
