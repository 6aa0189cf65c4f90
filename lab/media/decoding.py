"""Decoding of image files to upright RGB, with one-line errors for all that cannot be read."""

from __future__ import annotations

import contextlib
import io
import re
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from lab.errors import UserError
from lab.media import formats

MEGAPIXELS = 100
"""Images with more are refused by their header, before they are decoded."""

# Listed, because Pillow would also try formats that run other programs (EPS) or that have no
# signature (TGA). MPO is opened as JPEG.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "ICO")

# Value of EXIF's Orientation (tag 0x0112) -> the transposition that turns the image upright.
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_QUARTERS = (5, 6, 7, 8)


def decoded(file: BinaryIO, name: str, longest: int) -> NDArray[np.uint8]:
    """The image in `file`, uint8 (height, width, 3) RGB, with no edge longer than `longest` pixels.

    name: of the image, for errors. Raises UserError for anything that cannot be read.
    """
    with _image(file, name) as image:
        return _upright_rgb(image, longest)[0]


@dataclass(frozen=True)
class Glance:
    """What is known of an image without keeping it.

    size: (height, width) of what `decoded` returns. small: uint8 (h, w, 3), scaled down. whole:
    what `decoded` returns, where it had to be decoded anyway.
    """

    size: tuple[int, int]
    small: NDArray[np.uint8]
    whole: NDArray[np.uint8] | None = None


def glance(file: BinaryIO, name: str, longest: int, edge: int) -> Glance:
    """Read all of `file`, and make it small: no edge longer than `edge` pixels.

    A large JPEG, as cameras write, takes a quarter of the time of `decoded`. Raises UserError for
    all that `decoded` refuses.
    """
    with _image(file, name) as image:
        size = _fitted(image.size, longest)
        if image.format in ("JPEG", "MPO") and max(image.size) > 4 * edge:
            small, turned = _upright_rgb(image, edge)
            return Glance(size if turned else size[::-1], small)
        whole, _ = _upright_rgb(image, longest)
    return Glance(whole.shape[:2], shrunk(whole, edge), whole)


def shrunk(pixels: NDArray[np.uint8], edge: int) -> NDArray[np.uint8]:
    """uint8 (height, width, 3), scaled down so that no edge is longer than `edge` pixels."""
    if max(pixels.shape[:2]) <= edge:
        return pixels
    small = Image.fromarray(pixels)
    small.thumbnail((edge, edge))
    return np.asarray(small)


def is_image(file: BinaryIO) -> bool:
    """Whether `file` begins as an image of a format that is read here."""
    # Pillow raises many types for a damaged header.
    with contextlib.suppress(Exception), _silent(), _opened(file):
        return True
    return False


@contextlib.contextmanager
def _image(file: BinaryIO, name: str) -> Iterator[Image.Image]:
    """The image in `file`, not loaded yet; what goes wrong with it is a UserError."""
    if not file.read(1):
        raise UserError(f"{name} is empty: copy or download it again")
    file.seek(0)
    try:
        with _silent(), _opened(file) as image:
            if image.width * image.height > MEGAPIXELS * 1_000_000:
                raise _too_large(image.width * image.height, name)
            yield image
    except UserError:
        raise
    except MemoryError:
        raise UserError(f"{name} does not fit in memory: make it smaller first") from None
    except UnidentifiedImageError:
        raise formats.refusal(file, name) from None
    except Image.DecompressionBombError as error:
        # Raised by Pillow itself for far larger images; the size is only in its message.
        found = re.search(r"\d+", str(error))
        raise _too_large(int(found[0]) if found else 10**9, name) from None
    # Pillow's decoders raise many types on a damaged file (OSError, SyntaxError, ValueError,
    # struct.error, IndexError, ...).
    except Exception:
        raise UserError(
            f"{name} is damaged or cut short: copy or download it again, or save it as PNG"
        ) from None


def _opened(file: BinaryIO) -> Image.Image:
    Image.init()
    # Pillow may be built without some of them.
    return Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])


def _too_large(pixels: int, name: str) -> UserError:
    return UserError(
        f"{name} has {pixels / 1e6:,.0f} megapixels; Glassbox opens up to {MEGAPIXELS}: "
        "make it smaller first"
    )


_warnings_lock = threading.Lock()


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Ignore Pillow's warnings about metadata, which is not used here.

    One thread at a time: before Python 3.14 warning filters are global to the process.
    """
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """`size` (width, height), scaled down in proportion until both fit in `longest`."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _upright_rgb(image: Image.Image, longest: int) -> tuple[NDArray[np.uint8], bool]:
    """The pixels of an image that is not loaded yet, and whether it was turned by a quarter."""
    stored, fitted = image.size, _fitted(image.size, longest)
    # JPEG can be decoded at 1/2, 1/4 or 1/8, much faster; other formats ignore this.
    drafted = image.draft(None, fitted) is not None
    image.load()
    # TIFF turns itself while it is loaded, and drops the tag; ICO finds its size only then.
    turned = image.size == stored[::-1] != stored
    fitted = fitted if drafted else _fitted(image.size, longest)
    turn = _orientation(image)
    profile = image.info.get("icc_profile")
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        image = Image.fromarray(_eight_bit(image))
    elif image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    elif image.mode not in ("RGB", "CMYK", "L", "LAB"):
        image = image.convert("RGB")
    if image.size != fitted:
        image = image.resize(fitted, Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = _in_srgb(image, profile)
    if turn in _UPRIGHT:
        image = image.transpose(_UPRIGHT[turn])
    return np.asarray(image), turned or turn in _QUARTERS


def _orientation(image: Image.Image) -> int | None:
    try:
        return image.getexif().get(_ORIENTATION)
    # An image with damaged metadata is still an image.
    except Exception:
        return None


def _eight_bit(image: Image.Image) -> NDArray[np.uint8]:
    """uint8 (height, width) of a grey image with 16 or 32-bit integers or floats.

    16 bits are divided by 257, so that 65535 becomes 255. Values without a known range (integers
    beyond 16 bits, floats outside [0, 1]) are stretched from their minimum to their maximum.
    """
    grey = np.asarray(image).astype(np.float32)
    values: NDArray[np.float32] = np.nan_to_num(grey, nan=0, posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    if image.mode == "F":
        bounds = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
    else:
        bounds = (0.0, 65535.0) if low >= 0 and high <= 65535 else (low, high)
    span = max(bounds[1] - bounds[0], 1e-12)
    scaled: NDArray[np.float32] = (values - bounds[0]) / span * 255
    return np.rint(scaled).astype(np.uint8)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB by the embedded colour profile, or as Pillow does where none is usable."""
    try:
        if image.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif profile:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        else:
            return image.convert("RGB")
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
        return converted or image.convert("RGB")
    # A damaged profile, or one for another colour model than the image's.
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")
