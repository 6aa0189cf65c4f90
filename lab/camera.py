"""The webcam as one more source of pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lab.errors import UserError
from lab.opencv import opencv
from lab.pictures import Picture

NAME = "camera"


def frames(source: int | str = 0) -> Iterator[Picture]:
    """Picture after picture as the camera takes them, mirrored; it is let go when this is closed.

    source: the number of the camera, or the path of a film. Raises UserError where there is none,
    or where it gives no picture.
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
            yield Picture(NAME, np.ascontiguousarray(pixels[:, ::-1, ::-1]))
        if not taken:
            raise UserError("the camera gives no picture: close what else uses it")
    finally:
        capture.release()
