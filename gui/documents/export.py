"""Outputs as PNG files, drawn by the same cards as in the window, without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import shiboken6
from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.application import application
from gui.views import Card
from lab import payloads
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Output
from lab.payloads import Payload

Size = tuple[int, int]

# (width, height) in pixels, before the pixel ratio; Payload's is the default.
_SIZES: dict[type[Payload], Size] = {
    Payload: (960, 540),
    payloads.Matrix: (800, 720),
    payloads.Overlay: (800, 720),
    payloads.Filters: (800, 600),
    payloads.Note: (960, 240),
}


@contextmanager
def _themed(app: QApplication, scheme: Literal["light", "dark"] | None) -> Iterator[None]:
    """The application in another scheme for as long as the context lasts."""
    if not app.property("theme"):
        theme.apply(app, scheme or "dark")
    if scheme is None or theme.current().name == scheme:
        yield
        return
    before = theme.scheme()
    theme.apply(app, scheme)
    try:
        yield
    finally:
        theme.apply(app, before)


def render(
    output: Output,
    payload: Payload,
    size: Size | None = None,
    scheme: Literal["light", "dark"] | None = None,
    ratio: float = 1.0,
) -> QImage:
    """`payload` on the card of `output`, as an image of `size` times `ratio` pixels.

    size: (width, height), by default one that suits the payload's kind. scheme: by default the
    one in use. Call it in the window's thread.
    """
    app = application()
    width, height = size or _size(payload)
    with _themed(app, scheme):
        card = Card(output)
        card.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        card.resize(width, height)
        image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(theme.current().window)
        try:
            card.show_payload(payload)
            # Children are laid out when they are shown; WA_DontShowOnScreen keeps them off it.
            card.show()
            with QPainter(image) as painter:
                card.render(painter, QPoint())
        finally:
            card.close()
            shiboken6.delete(card)  # now, and in this thread: there may be no event loop
    return image


def save_png(
    output: Output,
    payload: Payload,
    path: Path | str,
    size: Size | None = None,
    scheme: Literal["light", "dark"] | None = None,
    ratio: float = 1.0,
) -> None:
    """`render` to a PNG file. Raises UserError where it cannot be written."""
    _save(render(output, payload, size, scheme, ratio), path)


def drawn(exhibit: Exhibit, snapshot: Frame) -> dict[str, Callable[[Path], None]]:
    """For each output of the snapshot, a function that writes its card to a PNG file.

    The cards are drawn by this call, in the window's thread; the functions may be called in any.
    """
    shown = snapshot.outputs
    images = {o.name: render(o, shown[o.name]) for o in exhibit.outputs if o.name in shown}
    return {name: partial(_save, image) for name, image in images.items()}


def _save(image: QImage, path: Path | str) -> None:
    if not QImageWriter(str(path), QByteArray(b"PNG")).write(image):
        raise UserError(f"cannot write {path}: is the folder there, and is there room?")


def _size(payload: Payload) -> Size:
    return _SIZES.get(type(payload), _SIZES[Payload])
