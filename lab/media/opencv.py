"""The import of OpenCV, without its side effects on the environment."""

from __future__ import annotations

import os
from typing import Any

from lab.errors import UserError

# opencv-python sets these on import, to its own Qt 5: the window's Qt 6 would not start.
_QT = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
# AV_LOG_QUIET: errors about damaged files are raised as UserError instead.
_QUIET = ("OPENCV_FFMPEG_LOGLEVEL", "-8")


def opencv() -> Any:
    """The module cv2; the environment is left unchanged. UserError where it cannot be loaded."""
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
