"""What was dropped, pasted or opened: told apart, and read in the file pool.

Everything comes down to `ImportJob`s: something to call in the pool that returns a picture, or the
name of a data set or model that the lab has taken in.
"""

from __future__ import annotations

import base64
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData
from PySide6.QtGui import QImage, QImageWriter

from lab.errors import UserError
from lab.media import pictures, videos
from lab.media.pictures import Picture

# A web picture is rarely more; this keeps a wrong link from filling the memory.
LARGEST_WEB_PICTURE = 64 << 20
SECONDS = 20
PASTED, WEB = "pasted picture", "picture from the browser"


@dataclass(frozen=True)
class Taken:
    """What the lab took in. kind: "data" or "model"; name: what the parameters call it."""

    kind: str
    name: str


ImportJob = Callable[[], "list[Picture] | Taken"]


class Intake:
    """Turns mime data and paths into jobs.

    adopt_data, adopt_model: take in a folder or a file. keep: gives a picture that came without
    a file one of its own.
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
        """Parcels for a drop or a paste: files first, then pixels, then a link."""
        local = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
        if local:
            return self.paths(local)
        if mime.hasImage():
            data = _png(mime.imageData())
            return [lambda: [self._keep(pictures.decode(data, PASTED, source="pasted"))]]
        links = [url.toString() for url in mime.urls()]
        # A browser's drag names the picture in HTML; the plain link may be the page around it.
        if mime.hasHtml():
            links = re.findall(r'<img[^>]+src="([^"]+)"', mime.html()) or links
        elif not links and mime.hasText():
            text = mime.text().strip()
            path = Path(text)
            if len(text) < 4096 and "\n" not in text and path.exists():
                return self.paths([path])
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
                raise UserError(f"{path.name} holds no pictures, videos or class folders")
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
    """A picture behind a link from a browser, http(s) or data."""
    if link.startswith("data:"):
        head, _, body = link.partition(",")
        data = base64.b64decode(body) if head.endswith(";base64") else body.encode()
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
