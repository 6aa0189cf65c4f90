"""OpenCV, imported so that it leaves nothing behind: videos, the camera and optical flow use it."""

from __future__ import annotations

import os
from typing import Any

from lab.errors import UserError

# opencv-python sets these when it is imported, to the Qt 5 that it brings: ours would not start.
_QT = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
# What FFmpeg has to say of a damaged file we say ourselves, in one line: AV_LOG_QUIET.
_QUIET = ("OPENCV_FFMPEG_LOGLEVEL", "-8")


def opencv() -> Any:
    """The module cv2, with the environment left as it was. UserError where it cannot be loaded."""
    before = {name: os.environ.get(name) for name in _QT}
    os.environ.setdefault(*_QUIET)
    try:
        import cv2
    except ImportError as error:
        raise UserError(f"videos and the camera need OpenCV, which fails: {error}") from None
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2
