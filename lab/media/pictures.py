"""Images from files or bytes, as uint8 RGB. Every unreadable one raises UserError in one line.

Nothing here imports PyTorch, because the window reads images before it is loaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from lab.errors import UserError
from lab.media import videos
from lab.media.decoding import decoded, shrunk
from lab.media.stored import LONGEST_EDGE, SMALL, Stored
from lab.parameters import advice
from lab.system.saving import LONGEST, place_beside
from lab.text import line

# The brightness outside a frame, as a fraction.
DIM = 0.3

PictureSource = Literal["embedded", "file", "camera", "pasted", "web", "memory"]
"""Where an image comes from. Only embedded ones and files can be read again by name: a frame of the
camera has no file, and what was pasted or fetched only while the window keeps one."""


class Picture:
    """An image, with its name and where it comes from. Compared by identity, never changed.

    name: for the screen. path: the absolute path of its file, or None. video: the video file whose
    first frame it is, or None. Raises ValueError for pixels of another dtype or shape.
    """

    def __init__(
        self,
        name: str,
        pixels: NDArray[np.uint8] | Stored,
        path: Path | None = None,
        video: Path | None = None,
        source: PictureSource = "memory",
    ) -> None:
        self.name: Final = name
        self.path: Final = path
        self.video: Final = video
        self.source: Final[PictureSource] = source
        self._pixels: Final = pixels if isinstance(pixels, Stored) else _read_only(pixels)

    def __repr__(self) -> str:
        height, width = self.size
        return f"Picture({self.name!r}, {width} x {height}, {self.source}, {self.path})"

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8 (height, width, 3), RGB, read-only.

        Those of a file are read again where many others were used since. Raises UserError where
        the file is gone by then.
        """
        return self._pixels.pixels() if isinstance(self._pixels, Stored) else self._pixels

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        if isinstance(self._pixels, Stored):
            return self._pixels.size
        return self._pixels.shape[0], self._pixels.shape[1]

    @property
    def reference(self) -> str:
        """The name by which `named` reads this image again, from any folder; "" if it cannot."""
        if self.path is None:
            return ""
        return self.path.stem if self.source == "embedded" else str(self.path)

    def thumbnail(self, edge: int) -> NDArray[np.uint8]:
        """uint8 (height, width, 3), scaled down so that no edge is longer than `edge` pixels.

        Up to `stored.SMALL` pixels no file is read for it.
        """
        if isinstance(self._pixels, Stored) and edge <= SMALL:
            return shrunk(self._pixels.small, edge)
        return shrunk(self.pixels, edge)

    def altered(self, *, name: str = "", source: PictureSource | None = None) -> Picture:
        """The same image under another name, or from another source."""
        return Picture(
            name or self.name, self._pixels, self.path, self.video, source or self.source
        )

    def at(self, path: Path) -> Picture:
        """The same image, which was written to `path`: its pixels are read from there."""
        kept = Stored(path, LONGEST_EDGE, self.size, self.thumbnail(SMALL))
        return Picture(self.name, kept, path, self.video, self.source)


def _read_only(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(
            f"pixels must be uint8 (height, width, 3), not {pixels.dtype} {pixels.shape}"
        )
    if pixels.flags.writeable or not pixels.flags.c_contiguous:
        pixels = np.array(pixels, order="C")
        pixels.setflags(write=False)
    return pixels


def read(path: str | Path, longest: int = LONGEST_EDGE) -> Picture:
    """The image in a file, upright, in sRGB; transparency is composited over white.

    The first frame of an animation or a video; 16-bit grey is scaled to 8 bits; an image with an
    edge longer than `longest` pixels is scaled down to it. Raises UserError, naming the file, for
    anything that cannot be read.
    """
    path = Path(path)
    whole = path.absolute()
    video = whole if videos.is_video_name(path) else None
    return Picture(path.stem, Stored.of(path, longest), whole, video, source="file")


def decode(
    data: bytes, name: str, longest: int = LONGEST_EDGE, source: PictureSource = "memory"
) -> Picture:
    """As `read`, from the bytes of an image file (clipboard, browser). name: for the screen."""
    return Picture(name, decoded(io.BytesIO(data), name, longest), source=source)


def written(pixels: NDArray[np.uint8], folder: Path, name: str, title: str = "") -> Path:
    """Write uint8 (height, width, 3) as a PNG file, whole or not at all; returns its path.

    folder: created if it is missing. name: without suffix; characters that a file system might not
    take become hyphens, and a long one is cut. Another image of that name is never replaced: the
    new one gets a number. title: for `title_in`. Raises UserError where it cannot be written.
    """
    told = PngInfo()
    if title:
        told.add_itxt("Title", title)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG", pnginfo=told)
    words = re.sub(r"[^0-9A-Za-z -]+", "-", name)[:LONGEST].strip()
    return place_beside(content.getvalue(), folder, words or "picture", ".png")


def kept(picture: Picture, folder: Path) -> Path:
    """Write `picture` as PNG into `folder` unless it is there already; returns the path.

    The file is named by the picture and a digest of its name and pixels: one image, one file. It
    says inside what the picture is called. Raises UserError where it cannot be written.
    """
    title = line(picture.name)
    told = repr((picture.size, title)).encode()
    digest = hashlib.sha256(told + picture.pixels.tobytes()).hexdigest()
    name = re.sub(r"[^0-9A-Za-z]+", "-", title).strip("-").lower()[:40]
    name = f"{name or 'picture'}-{digest[:12]}"
    path = folder / f"{name}.png"
    return path if path.is_file() else written(picture.pixels, folder, name, title)


def title_in(path: Path) -> str:
    """What an image that `kept` wrote was called; "" where it does not say."""
    try:
        with Image.open(path, formats=["PNG"]) as image:
            return line(str(image.info.get("Title", "")))
    # It is a help for the eye: whatever is wrong with the file is told where it is read.
    except Exception:
        return ""


def framed(pixels: NDArray[np.uint8], box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """uint8 (H, W, 3), darkened outside box = (left, top, width, height) in pixels."""
    left, top, width, height = map(round, box)
    result = (pixels * DIM).astype(np.uint8)
    inside = np.s_[top : top + height, left : left + width]
    result[inside] = pixels[inside]
    return result


# Photographs in scikit-image's wheel: name -> (file, title).
_PHOTOGRAPHS = {
    "astronaut": ("astronaut.png", "astronaut"),
    "brick": ("brick.png", "brick"),
    "camera": ("camera.png", "cameraman"),
    "chelsea": ("chelsea.png", "cat"),
    "coffee": ("coffee.png", "coffee"),
    "coins": ("coins.png", "coins"),
    "color": ("color.png", "colour wheel"),
    "grass": ("grass.png", "grass"),
    "gravel": ("gravel.png", "gravel"),
    "hubble_deep_field": ("hubble_deep_field.jpg", "galaxies"),
    "ihc": ("ihc.png", "tissue"),
    "moon": ("moon.png", "moon"),
    "motorcycle_left": ("motorcycle_left.png", "motorcycle"),
    "retina": ("retina.jpg", "retina"),
    "rocket": ("rocket.jpg", "rocket"),
}

STYLES: Mapping[str, str] = {
    "strokes": "brush strokes",
    "waves": "waves",
    "mosaic": "mosaic",
    "ink": "ink wash",
    "cubes": "cubist facets",
    "dots": "dots",
    "glass": "stained glass",
}
"""Name -> title of the embedded style images, which are our own work."""
_STYLES_FOLDER = Path(__file__).parents[2] / "resources" / "styles"

EMBEDDED: Mapping[str, str] = {name: title for name, (_, title) in _PHOTOGRAPHS.items()} | {
    **STYLES
}
"""Name -> title of all embedded images, available offline."""

LIGHT_TABLE = ("chelsea", "coffee", "astronaut", "rocket", "motorcycle_left")
"""The embedded photographs that the window starts with."""


def named(text: str) -> Picture:
    """The embedded image of that name, or else the image in the file of that path."""
    return embedded(text) if text in EMBEDDED else read(text)


def embedded(name: str) -> Picture:
    """The image of that name in `EMBEDDED`. UserError, with the nearest name, if there is none."""
    if name in STYLES:
        path = _STYLES_FOLDER / f"{name}.jpg"
        return Picture(STYLES[name], Stored.of(path), path, source="embedded")
    if name not in _PHOTOGRAPHS:
        raise UserError(f"no embedded image {name}: {advice(name, EMBEDDED)}")
    file, title = _PHOTOGRAPHS[name]
    # Found without importing scikit-image, which takes half a second.
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise UserError("scikit-image, which holds the images, is missing: install it again")
    path = Path(spec.submodule_search_locations[0]) / "data" / file
    return Picture(title, Stored.of(path), path, source="embedded")
