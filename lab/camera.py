"""The webcam as one more source of pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from lab.errors import UserError
from lab.pictures import Picture

NAME = "camera"
# opencv-python sets these when it is imported, to the Qt 5 that it brings: ours would not start.
_QT = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")


def opencv() -> Any:
    """The module cv2, with the environment left as it was. UserError where it cannot be loaded."""
    before = {name: os.environ.get(name) for name in _QT}
    try:
        import cv2
    except ImportError as error:
        raise UserError(f"the camera needs OpenCV, which does not load here: {error}") from None
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    return cv2


def frames(source: int | str = 0) -> Iterator[Picture]:
    """Picture after picture as the camera takes them, mirrored; it is let go when this is closed.

    source: the number of the camera, or the path of a film. Raises UserError where there is none,
    or where it gives no picture.
    """
    cv2 = opencv()
    log = cv2.utils.logging
    log.setLogLevel(log.LOG_LEVEL_SILENT)  # what it has to say of a missing camera is said below
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
