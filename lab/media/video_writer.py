"""Writing a video file that is valid whenever the writing stops."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.errors import UserError
from lab.media.opencv import opencv

ROOM = 32 << 20
"""Bytes to leave free on the disk, so that the video can still be finished."""


class Writer:
    """Writes frames to an MP4 file, MPEG-4 Part 2, which every build of OpenCV can write.

    Use it as a context manager, or close it in `finally`: then the frames written so far are a
    valid file at `path`, whatever happened. Until then they are in a file with ".part" in its name
    beside it. Without any frame no file is left.
    """

    def __init__(self, path: Path, rate: float) -> None:
        """rate: frames per second. Raises UserError where the folder cannot be written to."""
        self.path, self.rate, self.count = path, rate, 0
        self._part = path.with_name(f".{path.stem}.{os.getpid()}.part.mp4")
        self._writer: Any = None
        self._size = (0, 0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._part.touch()
        except OSError as error:
            raise UserError(
                f"{path} cannot be written: {error.strerror or error}; choose another folder"
            ) from None

    def write(self, pixels: NDArray[np.uint8]) -> None:
        """Add a frame, uint8 (H, W, 3) RGB; H and W even, and the same for all frames.

        Raises UserError where the disk is nearly full, and ValueError for another size.
        """
        cv2 = opencv()
        size = pixels.shape[1], pixels.shape[0]
        if self._writer is None:
            self._require_room()
            if size[0] % 2 or size[1] % 2:
                raise ValueError(f"a video frame has even edges, not {size[0]} × {size[1]}")
            self._size = size
            code = cv2.VideoWriter_fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._part), cv2.CAP_FFMPEG, code, self.rate, size)
            if not self._writer.isOpened():
                raise UserError(f"{self.path} cannot be written: OpenCV has no MPEG-4 encoder here")
        if size != self._size:
            raise ValueError(f"a frame of {size} in a video of {self._size}")
        self._require_room()
        self._writer.write(np.ascontiguousarray(pixels[:, :, ::-1]))
        self.count += 1

    def _require_room(self) -> None:
        if shutil.disk_usage(self.path.parent).free < ROOM:
            kept = f"its first {self.count} frames are kept" if self.count else "nothing is kept"
            raise UserError(
                f"no room on the disk for {self.path}: {kept}; free some, or go elsewhere"
            )

    def close(self) -> None:
        """Finish the file and move it to `path`; does nothing the second time.

        Raises UserError where not all of it could be written.
        """
        cv2 = opencv()
        if self._writer is not None:
            self._writer.release()
            self._writer = None
        if not self._part.exists():
            return
        try:
            if self.count:
                # OpenCV does not report failed writes: read the file back.
                capture = cv2.VideoCapture(str(self._part), cv2.CAP_FFMPEG)
                whole = round(capture.get(cv2.CAP_PROP_FRAME_COUNT)) == self.count
                capture.release()
                if not whole:
                    raise UserError(
                        f"{self.path} could not be written whole: see that the disk has room for it"
                    )
                self._part.replace(self.path)
        except OSError as error:
            raise UserError(
                f"{self.path} cannot be written: {error.strerror or error}; choose another folder"
            ) from None
        finally:
            self._part.unlink(missing_ok=True)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
