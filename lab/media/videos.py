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
"""Pixels: frames with a shorter edge are refused; optical flow needs texture."""
GRAIN = 4
"""Both edges of a scaled frame are a multiple of it: even for MPEG-4, and of 4 for networks that
halve the image twice."""
# The rate where a file has no plausible one, and the plausible ones.
RATE, RATES = 24.0, (1.0, 240.0)

_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv"}
    | {".ts", ".mts", ".m2ts", ".3gp", ".mjpeg"}
)
# Signatures of the containers: offset and bytes.
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

    name: of the image or video, for errors. Raises UserError where one is too small or too narrow.
    """
    scale = edge / max(width, height)
    across, down = (round(side * scale / GRAIN) * GRAIN for side in (width, height))
    if min(width, height, across, down) < SMALLEST:
        raise UserError(
            f"{name} is {width} × {height} px, too small: give one of {SMALLEST} px or "
            f"more each way, and not narrower than 1 to {edge // SMALLEST}"
        )
    return across, down


@dataclass(frozen=True)
class Film:
    """A video file: its header, and its frames.

    path: of the file. size: (width, height) in pixels, upright. rate: frames per second. count: the
    number of frames in its header; None if there is none.
    """

    path: Path
    size: tuple[int, int]
    rate: float
    count: int | None

    @classmethod
    def open(cls, path: str | Path) -> Film:
        """Read the header, and check that the first frame can be decoded.

        Raises UserError, naming the file, for anything that is no video, has no frames or an
        unknown codec, or is cut short before its first frame.
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
        # A header may be wrong by a frame or two, and by more where it only has a duration.
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
    """The header, and the first frame, uint8 (H, W, 3) RGB, unscaled."""
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
    """OpenCV's reader of a video file, released at the end. UserError for any other file."""
    with opened(path, "a video file") as file:
        start = file.read(16)
        if not start:
            raise UserError(f"{path} is empty: copy or download it again")
        if not any(start[at:].startswith(mark) for at, mark in _SIGNATURES):
            raise UserError(f"{path} is no video: give an MP4, MOV, AVI, MKV or WebM")
        unfinished = start[4:8] == b"ftyp" and b"moov" not in _boxes(file)
    cv2 = opencv()
    # With FFmpeg and an absolute path: other backends take names as patterns or addresses.
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
    """The types of the top-level boxes of an MP4 or MOV file (ISO/IEC 14496-12, 4.2)."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        yield head[4:8]
        size = int.from_bytes(head[:4], "big")
        if size == 1:  # a size of more than four bytes is in the next eight
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
