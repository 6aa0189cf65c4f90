"""Dropped, pasted and opened files: sorted by kind, to be read in the file pool.

Each drop becomes one `ImportJob`, a generator for the pool. It yields pictures, in order, and the
names of data sets and models that the lab has taken in; the last it says is what was left out.
"""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QUrl
from PySide6.QtGui import QImage, QImageWriter

from gui.documents import web_pictures
from lab.errors import UserError
from lab.media import folders, pictures
from lab.media.left_out import LeftOut
from lab.media.pictures import Picture

if TYPE_CHECKING:  # it imports PyTorch
    from lab.datasets import Dataset

PASTED = "pasted image"
MOST = 500
"""Pictures of one folder: so many can still be told apart on the light table."""

Kind = Literal["data", "model"]


@dataclass(frozen=True)
class Taken:
    """Something that the lab took in. name: its value as a parameter."""

    kind: Kind
    name: str


@dataclass(frozen=True)
class Told:
    """What a user should know, as one line: what did not come in, and why."""

    line: str


T = TypeVar("T")
Item = Picture | Taken | Told
ImportJob = Callable[[], Generator[Item, None, None]]


class Intake:
    """Turns mime data and paths into import jobs.

    adopt_data, adopt_model: take in a folder of class folders, and a model file, of which the name
    is returned. keep: saves a picture that came without a file, and returns it with its path.
    """

    def __init__(
        self,
        adopt_data: Callable[[Path], Dataset],
        adopt_model: Callable[[Path], str],
        keep: Callable[[Picture], Picture],
    ) -> None:
        self._keep = keep
        self._adopt_data = adopt_data
        self._adopt_model = adopt_model

    def paths(self, paths: Sequence[Path]) -> ImportJob:
        """The job for some files and folders."""
        return lambda: self._all(paths, self._path)

    def mime(self, mime: QMimeData) -> ImportJob | None:
        """The job for a drop or a paste: its files, or else its pixels, or else its links.

        None where it has nothing of the kind.
        """
        urls = [url for url in mime.urls() if not url.isEmpty()]
        if local := [path for url in urls if (path := _local(url))]:
            return self.paths(local)
        if mime.hasImage():
            data = _png(mime.imageData())
            return lambda: self._pixels(data)
        remote = (url for url in urls if not url.isLocalFile())
        links = [bytes(url.toEncoded().data()).decode("ascii") for url in remote]
        # A browser's drag has the image's address in its HTML; the plain link may be the page.
        if mime.hasHtml():
            links = web_pictures.image_links(mime.html(), *links[:1]) or links
        elif not links and mime.hasText():
            text = mime.text().strip().strip('"')
            # Relative paths would take words for files.
            if os.path.isabs(text) and os.path.exists(text):
                return self.paths([Path(text)])
            links = [text] if web_pictures.is_link(text) or text[:8] == "file:///" else []
        return (lambda: self._all(links, self._link)) if links else None

    def _all(
        self, given: Sequence[T], items: Callable[[T, LeftOut], Iterator[Item]]
    ) -> Generator[Item, None, None]:
        """The items of each; where nothing at all came in, a UserError says why."""
        left, taken = LeftOut(), 0
        error: UserError | None = None
        for each in given:
            try:
                for item in items(each, left):
                    taken += not isinstance(item, Told)
                    yield item
            except UserError as found:
                error = error or found
                left.add(Path(str(each)), found)
        if not left:
            return
        if taken == 0 and error is not None and left.count == 1:
            raise error
        if taken == 0:
            raise UserError(left.line(0))
        yield Told(left.line(taken))

    def _pixels(self, data: bytes) -> Generator[Item, None, None]:
        yield self._keep(pictures.decode(data, PASTED, source="pasted"))

    def _link(self, link: str, left: LeftOut) -> Iterator[Item]:
        if local := _local(QUrl(link)):
            yield from self._path(local, left)
        else:
            yield self._keep(web_pictures.fetched(link))

    def _path(self, path: Path, left: LeftOut) -> Iterator[Item]:
        if os.path.isdir(path):
            try:
                yield from self._folder(path, left)
            except OSError as error:
                raise UserError(f"{path} cannot be read: {error.strerror or error}") from None
        elif path.suffix.lower() in (".safetensors", ".pt", ".pth", ".ckpt", ".pkl"):
            yield Taken("model", self._adopt_model(path))
        else:
            yield pictures.read(path)

    def _folder(self, path: Path, left: LeftOut) -> Iterator[Item]:
        """A data set, or the pictures in the folder and in the folders in it."""
        if folders.classes(path) is not None:
            data = self._adopt_data(path)
            yield Taken("data", data.name)
            if data.left_out:
                yield Told(f"{path.name}: {data.left_out}")
            return
        found = folders.contents(path)
        if not found.shown and not found.foreign:
            raise UserError(f"{path} holds no images, videos or class folders: choose another")
        folders.leave_out(found, left)
        for file in found.shown[:MOST]:
            try:
                yield pictures.read(file)
            except UserError as error:
                left.add(file, error)
        rest = [file.name for file in found.shown[MOST:]]
        left.add_names(rest, f"comes after the first {MOST}: drop it by itself")


def _local(url: QUrl) -> Path | None:
    """The path in a file URL; None for any other, and for one that names nothing."""
    if not url.isLocalFile() or not url.toLocalFile().strip():
        return None
    if os.name == "nt":
        return Path(url.toLocalFile())
    # Bytes that are no UTF-8 are lost in Qt's own text.
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    return Path(os.fsdecode(urllib.parse.unquote_to_bytes(encoded)))


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(buffer.data().data())
