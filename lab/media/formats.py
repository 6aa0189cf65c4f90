"""Which files are images, by their names or their first bytes, also those that cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from lab.errors import UserError

READ = "JPEG, PNG, WebP, GIF, BMP or TIFF"

_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
    | {".mpo", ".avif", ".jp2", ".ppm", ".pgm", ".pbm", ".ico"}
)
# Images of formats that are not read here.
_FOREIGN = {
    **dict.fromkeys((".heic", ".heif", ".hif"), "HEIC"),
    **dict.fromkeys(
        (".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2"), "a raw photo"
    ),
    **dict.fromkeys((".svg", ".svgz"), "SVG"),
    **{".jxl": "JPEG XL", ".psd": "PSD", ".xcf": "XCF", ".exr": "EXR", ".hdr": "HDR"},
    **{".tga": "TGA", ".dds": "DDS", ".eps": "EPS"},
}
# The brand of an ISO base media file (ISO/IEC 23008-12), from byte 8.
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_STARTS = {
    **dict.fromkeys((b"\xff\x0a", b"\x00\x00\x00\x0cJXL "), "JPEG XL"),
    **{b"8BPS": "PSD", b"<svg": "SVG", b"%PDF": "PDF", b"gimp xcf": "XCF"},
    **dict.fromkeys((b"<!doctype html", b"<html"), "a web page"),
}


def is_picture_name(path: str | Path) -> bool:
    """Whether a file of this name is an image that can be read, going by its suffix alone."""
    return Path(path).suffix.lower() in _SUFFIXES and not Path(path).name.startswith(".")


def is_foreign_name(path: str | Path) -> bool:
    """Whether a file of this name is an image of a format that cannot be read."""
    return Path(path).suffix.lower() in _FOREIGN and not Path(path).name.startswith(".")


def foreign_reason(path: str | Path) -> str:
    """What is wrong with an image of that name, for which `is_foreign_name`."""
    return f"is {_FOREIGN[Path(path).suffix.lower()]}, which cannot be read: save it as JPEG or PNG"


def refusal(file: BinaryIO, name: str) -> UserError:
    """Why `file`, called `name`, is no image that can be read, and what to do about it."""
    file.seek(0)
    found = _format(file.read(256)) or _FOREIGN.get(Path(name).suffix.lower())
    if found == "a web page":
        return UserError(f"{name} is a web page, not an image: save the image itself")
    if found:
        return UserError(f"{name} is {found}, which cannot be read: save it as JPEG or PNG")
    return UserError(f"{name} is not an image that can be read: give a {READ}")


def _format(start: bytes) -> str | None:
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC:
        return "HEIC"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<?xml") and b"<svg" in text:
        return "SVG"
    for mark, name in _STARTS.items():
        if start.startswith(mark) or text.startswith(mark.lower()):
            return name
    return None
