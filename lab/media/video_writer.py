"""Writing a video file that is valid whenever the writing stops."""

from __future__ import annotations

import itertools
import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.errors import UserError
from lab.media.opencv import opencv

ROOM = 32 << 20
"""Bytes to leave free on the disk, so that the video can still be finished."""
# MPEG-4 counts time in at most so many ticks a second (ISO/IEC 14496-2, 6.3.3), and OpenCV makes
# ticks of a power of ten of a frame.
_MOST_TICKS = 65_535
# Of the writers in this process: the name of a film may be as long as a name can be.
_NUMBERS = itertools.count()


def writable_rate(rate: float) -> float:
    """The nearest rate to `rate`, in frames per second, that the format takes."""
    for digits in (3, 2, 1):
        rounded = round(rate, digits)
        if rounded * 10**digits <= _MOST_TICKS:
            return rounded
    return float(min(round(rate), _MOST_TICKS))


def try_out(path: Path, rate: float, size: tuple[int, int]) -> None:
    """Find out before the work, not after it, that no such video can be written to `path`.

    rate: frames per second. size: (width, height). Leaves nothing but the folder. Raises UserError
    with the reason.
    """
    trial = Writer(path, rate)
    try:
        trial.write(np.zeros((size[1], size[0], 3), np.uint8))
    finally:
        trial.abandon()


class Writer:
    """Writes frames to an MP4 file, MPEG-4 Part 2, which every build of OpenCV can write.

    Use it as a context manager, or close it in `finally`: then the frames written so far are a
    valid file at `path`, whatever happened. Until then they are in a file with ".part" in its name
    beside it. Without any frame no file is left.

    rate: frames per second, as the format takes them. count: frames written.
    """

    def __init__(self, path: Path, rate: float) -> None:
        """rate: frames per second. Raises UserError where the folder cannot be written to."""
        self.path, self.rate, self.count = path, writable_rate(rate), 0
        self._part = path.with_name(f".{os.getpid()}-{next(_NUMBERS)}.part.mp4")
        self._writer: Any = None
        self._size = (0, 0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # What the last step, the renaming, will need: a name that the system takes.
            with suppress(FileNotFoundError):
                os.lstat(path)
            self._part.touch()
        except OSError as error:
            raise self._unwritable(error) from None
        if path.is_dir():
            self._part.unlink()
            raise UserError(f"{path} cannot be written: it is a folder; choose another")

    def write(self, pixels: NDArray[np.uint8]) -> None:
        """Add a frame, uint8 (H, W, 3) RGB; H and W even, and the same for all frames.

        Raises UserError where the disk is nearly full or OpenCV cannot write such a video, and
        ValueError for another size.
        """
        size = pixels.shape[1], pixels.shape[0]
        self._require_room()
        if self._writer is None:
            self._begin(size)
        if size != self._size:
            raise ValueError(f"a frame of {size} in a video of {self._size}")
        self._writer.write(np.ascontiguousarray(pixels[:, :, ::-1]))
        self.count += 1

    def _begin(self, size: tuple[int, int]) -> None:
        cv2 = opencv()
        if size[0] % 2 or size[1] % 2:
            raise ValueError(f"a video frame has even edges, not {size[0]} × {size[1]}")
        code = cv2.VideoWriter_fourcc(*"mp4v")
        writer = cv2.VideoWriter(str(self._part), cv2.CAP_FFMPEG, code, self.rate, size)
        if not writer.isOpened():
            raise UserError(
                f"{self.path} cannot be written: OpenCV writes no MPEG-4 of {size[0]} × {size[1]} "
                f"px at {self.rate:g} frames/s here; choose another size, or install opencv-python "
                "again"
            )
        self._writer, self._size = writer, size

    def _require_room(self) -> None:
        if shutil.disk_usage(self.path.parent).free < ROOM:
            kept = f"its first {self.count} frames are kept" if self.count else "nothing is kept"
            raise UserError(
                f"no room on the disk for {self.path}: {kept}; free some, or go elsewhere"
            )

    def close(self) -> None:
        """Finish the file and move it to `path`; does nothing the second time.

        Raises UserError where not all of it could be written; what can be read of it is kept.
        """
        self._release()
        if not self._part.exists():
            return
        try:
            if self.count:
                kept = self._kept()
                if kept:
                    self._part.replace(self.path)
                if kept != self.count:
                    what = f"its first {kept} frames are kept" if kept else "nothing is kept"
                    raise UserError(
                        f"{self.path} could not be written whole, {what}: see that the disk has "
                        "room for it"
                    )
        except OSError as error:
            raise self._unwritable(error) from None
        finally:
            self._part.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Leave no file."""
        self._release()
        self._part.unlink(missing_ok=True)

    def _release(self) -> None:
        if self._writer is not None:
            self._writer.release()
            self._writer = None

    def _kept(self) -> int:
        """How many frames are in the file. OpenCV does not report failed writes: read it back."""
        cv2 = opencv()
        capture = cv2.VideoCapture(str(self._part), cv2.CAP_FFMPEG)
        counted = capture.get(cv2.CAP_PROP_FRAME_COUNT)  # exact in an MP4 of ours
        capture.release()
        return int(max(0, min(counted, self.count)))

    def _unwritable(self, error: OSError) -> UserError:
        reason = error.strerror or error
        return UserError(f"{self.path} cannot be written: {reason}; choose another folder")

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
