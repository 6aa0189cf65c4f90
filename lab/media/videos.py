"""Any video file as frames, one after another.

Nothing holds more than a frame or two in memory. OpenCV is imported when the first file is opened,
PyTorch not at all, so the window may read videos before PyTorch is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lab.errors import UserError
from lab.media.files import opened
from lab.media.opencv import opencv

SMALLEST = 16
"""Pixels: a frame with a shorter edge has nothing to show, and flow has nothing to hold on to."""
GRAIN = 4
"""Both edges of a scaled frame are a multiple of it: MPEG-4 wants even ones, networks that halve
the picture twice want fours."""
# Where a file does not tell a rate that can be true.
RATE, RATES = 24.0, (1.0, 240.0)

_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv"}
    | {".ts", ".mts", ".m2ts", ".3gp", ".mjpeg"}
)
# How the containers begin: offset and bytes.
_SIGNATURES = (
    *((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"free"), (4, b"wide"), (4, b"skip")),
    *((0, b"RIFF"), (0, b"\x1aE\xdf\xa3"), (0, b"OggS"), (0, b"FLV"), (0, b"G@")),
    *((0, b"\x00\x00\x01\xba"), (0, b"\x00\x00\x01\xb3"), (0, b"0&\xb2u")),
)


def is_video_name(path: str | Path) -> bool:
    """Whether a file of this name is a video, going by its suffix alone."""
    path = Path(path)
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")


def scaled(name: str, width: int, height: int, edge: int) -> tuple[int, int]:
    """(width, height) in proportion, the longer about `edge`, both a multiple of GRAIN.

    Raises UserError, naming the picture or video, where one of them is too small or too narrow.
    """
    scale = edge / max(width, height)
    across, down = (round(side * scale / GRAIN) * GRAIN for side in (width, height))
    if min(width, height, across, down) < SMALLEST:
        raise UserError(
            f"{name} is {width} × {height} px, too small to paint: give one of {SMALLEST} px or "
            f"more each way, and not narrower than 1 to {edge // SMALLEST}"
        )
    return across, down


@dataclass(frozen=True)
class Film:
    """A video file: what its header says, and its frames.

    path: where it is. size: (width, height) in pixels, upright. rate: frames a second. count: the
    frames that its header promises, None where it promises none.
    """

    path: Path
    size: tuple[int, int]
    rate: float
    count: int | None

    @classmethod
    def open(cls, path: str | Path) -> Film:
        """Read the header, and see that a first frame can be decoded.

        Raises UserError, naming the file, for what is no video, holds no frames, is of an unknown
        codec, or cut short before its first frame.
        """
        return _begun(Path(path))[0]

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem

    def frames(self, edge: int) -> Iterator[NDArray[np.uint8]]:
        """As `lab.media.clips.Clip.frames`.

        Raises UserError, after the last frame that can be read, where the file is cut short.
        """
        cv2 = opencv()
        size = scaled(str(self.path), *self.size, edge)
        smaller = max(self.size) > edge
        way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        with _capture(self.path) as capture:
            read = 0
            while True:
                good, pixels = capture.read()
                if not good:
                    break
                read += 1
                small = cv2.resize(pixels, size, interpolation=way)
                yield np.ascontiguousarray(small[:, :, ::-1])
        # A header may be out by a frame or two, and by more where it only tells a duration.
        if self.count and read < self.count - max(2, self.count // 20):
            raise UserError(
                f"{self.path} is cut short: {read} of its {self.count} frames can be read; "
                "copy or download it again"
            )


def first_frame(path: str | Path, longest: int) -> NDArray[np.uint8]:
    """The first frame of a video file, uint8 (H, W, 3) RGB, scaled down to `longest` pixels.

    Raises UserError for all that `Film.open` refuses.
    """
    film, pixels = _begun(Path(path))
    if max(film.size) <= longest:
        return pixels
    cv2, scale = opencv(), longest / max(film.size)
    small: NDArray[np.uint8] = cv2.resize(
        pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )
    return small


def _begun(path: Path) -> tuple[Film, NDArray[np.uint8]]:
    """What the header says, and the first frame, uint8 (H, W, 3) RGB, at its own size."""
    cv2 = opencv()
    with _capture(path) as capture:
        rate, count = (capture.get(key) for key in (cv2.CAP_PROP_FPS, cv2.CAP_PROP_FRAME_COUNT))
        good, pixels = capture.read()
        if not good:
            raise _undecodable(path, capture, cv2)
    (height, width), (low, high) = pixels.shape[:2], RATES
    film = Film(
        path,
        (width, height),
        rate if low <= rate <= high else RATE,
        int(count) if count >= 1 else None,
    )
    return film, np.ascontiguousarray(pixels[:, :, ::-1])


@contextmanager
def _capture(path: Path) -> Iterator[Any]:
    """OpenCV's reader of a video file, let go at the end. UserError where it is none."""
    with opened(path, "a video file") as file:
        start = file.read(16)
        if not start:
            raise UserError(f"{path} is empty: copy or download it again")
        if not any(start[at:].startswith(mark) for at, mark in _SIGNATURES):
            raise UserError(f"{path} is no video: give an MP4, MOV, AVI, MKV or WebM")
        unfinished = start[4:8] == b"ftyp" and b"moov" not in _boxes(file)
    cv2 = opencv()
    # By FFmpeg and by its whole path: other readers take a name for a pattern or an address.
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            if unfinished:
                raise UserError(
                    f"{path} is cut short, its index is missing: copy or download it again"
                )
            raise UserError(
                f"{path} holds no video, or one of an unknown codec: convert it to MP4 with H.264"
            )
        yield capture
    finally:
        capture.release()


def _boxes(file: BinaryIO) -> Iterator[bytes]:
    """The types of the boxes that an MP4 or MOV file consists of (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        yield head[4:8]
        size = int.from_bytes(head[:4], "big")
        if size == 1:  # the size that does not fit in four bytes stands in the next eight
            size = int.from_bytes(head[8:], "big")
        if size < 8:  # to the end of the file
            return
        at += size


def _undecodable(path: Path, capture: Any, cv2: Any) -> UserError:
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) < 1:
        return UserError(f"{path} holds no frames: give a video with some")
    code = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True)
    name = code.decode("ascii", "replace").strip()
    return UserError(
        f"no frame of {path} can be decoded (codec {name}): convert it to MP4 with H.264"
    )
