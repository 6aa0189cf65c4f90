"""Dropped, pasted and opened files: sorted by kind, to be read in the file pool.

Each becomes an `ImportJob`, a function for the pool. It returns pictures, or the name of a data set
or model that the lab has taken in.
"""

from __future__ import annotations

import base64
import os
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage, QImageWriter

from lab.errors import UserError
from lab.media import pictures, videos
from lab.media.pictures import Picture

# A limit, so that a link to something else does not fill the memory.
LARGEST_WEB_PICTURE = 64 << 20  # bytes
SECONDS = 20
PASTED, WEB = "pasted image", "image from the browser"


Kind = Literal["data", "model"]


@dataclass(frozen=True)
class Taken:
    """Something that the lab took in. name: its value as a parameter."""

    kind: Kind
    name: str


ImportJob = Callable[[], "list[Picture] | Taken"]


class Intake:
    """Turns mime data and paths into import jobs.

    adopt_data, adopt_model: take in a folder of class folders, or a model file, and return its
    name. keep: saves a picture that came without a file, and returns it with its path.
    """

    def __init__(
        self,
        adopt_data: Callable[[Path], str],
        adopt_model: Callable[[Path], str],
        keep: Callable[[Picture], Picture],
    ) -> None:
        self._keep = keep
        self._adopt_data = adopt_data
        self._adopt_model = adopt_model

    def paths(self, paths: list[Path]) -> list[ImportJob]:
        """A job for each file or folder."""
        return [partial(self._path, path) for path in paths]

    def mime(self, mime: QMimeData) -> list[ImportJob]:
        """Jobs for a drop or a paste: its files, or else its pixels, or else its first link."""
        local = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        if local:
            return self.paths(local)
        if mime.hasImage():
            data = _png(mime.imageData())
            return [lambda: [self._keep(pictures.decode(data, PASTED, source="pasted"))]]
        links = [url.toString() for url in mime.urls()]
        # A browser's drag has the image's address in its HTML; the plain link may be the page.
        if mime.hasHtml():
            links = re.findall(r'<img[^>]+src="([^"]+)"', mime.html()) or links
        elif not links and mime.hasText():
            text = mime.text().strip()
            # Unlike Path.exists, this takes any text. Relative paths would take words for files.
            if os.path.isabs(text) and os.path.exists(text):
                return self.paths([Path(text)])
            links = [text] if re.match(r"(https?:|data:image/)", text) else []
        return [partial(self._link, link) for link in links[:1]]

    def _link(self, link: str) -> list[Picture]:
        return [self._keep(_fetch(link))]

    def _path(self, path: Path) -> list[Picture] | Taken:
        if path.is_dir():
            if any(child.is_dir() for child in path.iterdir()):
                return Taken("data", self._adopt_data(path))
            found = sorted(p for p in path.iterdir() if _can_be_shown(p))
            if not found:
                raise UserError(
                    f"{path.name} holds no images, videos or class folders: choose another"
                )
            return [pictures.read(p) for p in found[:40]]
        if path.suffix.lower() in (".safetensors", ".pt", ".pth", ".ckpt", ".pkl"):
            return Taken("model", self._adopt_model(path))
        return [pictures.read(path)]


def _can_be_shown(path: Path) -> bool:
    return pictures.is_picture_name(path) or videos.is_video_name(path)


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(buffer.data().data())


def _fetch(link: str) -> Picture:
    """The picture at an http, https or data URL. Raises UserError where there is none."""
    if link.startswith("data:"):
        head, _, body = link.partition(",")
        try:
            data = base64.b64decode(body) if head.endswith(";base64") else body.encode()
        except ValueError:
            raise UserError(f"cannot read the {WEB}: save it there, and drop the file") from None
        return pictures.decode(data, WEB, source="web")
    name = Path(urllib.parse.urlparse(link).path).name or WEB
    try:
        with urllib.request.urlopen(link, timeout=SECONDS) as answer:
            data = answer.read(LARGEST_WEB_PICTURE + 1)
    except (OSError, ValueError):
        raise UserError(f"cannot fetch {name}: save it in the browser and drop the file") from None
    if len(data) > LARGEST_WEB_PICTURE:
        raise UserError(f"{name} is over {LARGEST_WEB_PICTURE >> 20} MB: save a smaller one")
    return pictures.decode(data, name, source="web")
