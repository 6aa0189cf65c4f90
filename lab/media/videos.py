"""Any video file as frames, one after another.

Nothing holds more than a frame or two in memory. OpenCV is imported when the first file is opened,
PyTorch not at all, so the window may read videos before PyTorch is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.errors import UserError
from lab.media import containers
from lab.media.files import opened
from lab.media.opencv import opencv

SMALLEST = 16
"""Pixels: frames with a shorter edge are refused; optical flow needs texture."""
GRAIN = 4
"""Both edges of a scaled frame are a multiple of it: even for MPEG-4, and of 4 for networks that
halve the image twice."""
# The rate where a file has no plausible one, and the plausible ones.
RATE, RATES = 24.0, (1.0, 1000.0)
# Pixels are at most so many times as wide as high, or as high as wide: others are a broken header.
_LONGEST_PIXEL = 4.0

SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv"}
    | {".ts", ".mts", ".m2ts", ".3gp", ".mjpeg"}
)
"""The names of files that are taken for videos end with one of them, in any case."""


def is_video_name(path: str | Path) -> bool:
    """Whether a file of this name is a video, going by its suffix alone."""
    path = Path(path)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


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

    path: of the file. size: (width, height) as it is to be seen, upright and in square pixels.
    rate: frames per second. count: the number of frames by its header, which is an estimate; None
    if there is none.
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
        self._require_whole(read)

    def _require_whole(self, read: int) -> None:
        """UserError where bytes of the file are missing that may have held more frames.

        That there are fewer than in the header proves nothing: it may tell a mean rate, the length
        of the sound, or what an edit list leaves out.
        """
        if self.count is not None and read >= self.count:
            return
        with opened(self.path, "a video file") as file:
            if not containers.missing_bytes(file):
                return
            counted = self.count if containers.counts_frames(file) else None
        of_all = f" of its {counted}" if counted else ""
        raise UserError(
            f"{self.path} is cut short: {read}{of_all} frames can be read; copy or download it "
            "again"
        )


def first_frame(path: str | Path, longest: int) -> NDArray[np.uint8]:
    """The first frame of a video file, uint8 (H, W, 3) RGB, scaled down to `longest` pixels.

    Raises UserError for all that `Film.open` refuses.
    """
    film, pixels = _begun(Path(path))
    scale = min(1.0, longest / max(film.size))
    size = tuple(max(1, round(side * scale)) for side in film.size)
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    cv2 = opencv()
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    fitted: NDArray[np.uint8] = cv2.resize(pixels, size, interpolation=way)
    return fitted


def _begun(path: Path) -> tuple[Film, NDArray[np.uint8]]:
    """The header, and the first frame, uint8 (H, W, 3) RGB, upright, as it is stored."""
    cv2 = opencv()
    with _capture(path) as capture:
        rate, count = (capture.get(key) for key in (cv2.CAP_PROP_FPS, cv2.CAP_PROP_FRAME_COUNT))
        good, pixels = capture.read()
        if not good:
            raise _undecodable(path, capture, cv2)
        shape = _pixel_shape(capture, cv2)
    (height, width), (low, high) = pixels.shape[:2], RATES
    film = Film(
        path,
        (round(width * shape), height) if shape > 1 else (width, round(height / shape)),
        rate if low <= rate <= high else RATE,
        int(count) if count >= 1 else None,
    )
    return film, np.ascontiguousarray(pixels[:, :, ::-1])


def _pixel_shape(capture: Any, cv2: Any) -> float:
    """How many times as wide as high the pixels are, once the frames are upright."""
    width, height = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    shape = float(width / height) if width > 0 and height > 0 else 1.0
    if not 1 / _LONGEST_PIXEL <= shape <= _LONGEST_PIXEL:
        return 1.0
    lying = capture.get(cv2.CAP_PROP_ORIENTATION_META) % 180 == 90
    return 1 / shape if lying else shape


@contextmanager
def _capture(path: Path) -> Iterator[Any]:
    """OpenCV's reader of a video file, released at the end. UserError for any other file."""
    with opened(path, "a video file") as file:
        start = file.read(containers.HEAD)
        if not start:
            raise UserError(f"{path} is empty: copy or download it again")
        if not containers.is_video(start, path.suffix.lower()):
            raise UserError(f"{path} is no video: give an MP4, MOV, AVI, MKV or WebM")
        unfinished = not containers.has_index(file)
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


def _undecodable(path: Path, capture: Any, cv2: Any) -> UserError:
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) < 1:
        return UserError(f"{path} holds no frames: give a video with some")
    code = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True)
    name = code.decode("ascii", "replace").strip()
    return UserError(
        f"no frame of {path} can be decoded (codec {name}): convert it to MP4 with H.264"
    )
