"""Outputs as picture files, drawn as the window draws them but without one."""

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

# (width, height) in pixels before the pixel ratio; what is not named here gets the first.
_SIZES: dict[type[Payload], Size] = {
    Payload: (960, 540),
    payloads.Matrix: (800, 720),
    payloads.Overlay: (800, 720),
    payloads.Filters: (800, 600),
    payloads.Note: (960, 240),
}


@contextmanager
def _dressed(app: QApplication, scheme: Literal["light", "dark"] | None) -> Iterator[None]:
    """The application in another scheme, for as long as it takes to draw."""
    if not app.property("worn"):
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
    """`payload` in the card of `output`, `size` times `ratio` pixels large.

    Without `size` it is one that suits the kind; without `scheme` it is what is worn now. Call it
    in the thread of the window.
    """
    app = application()
    width, height = size or _size(payload)
    with _dressed(app, scheme):
        card = Card(output)
        card.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        card.resize(width, height)
        image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(theme.current().window)
        try:
            card.show_payload(payload)
            # Children lay themselves out when they are shown; nothing of it reaches a screen.
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
    """`render` into a PNG file. Raises UserError where it cannot be written."""
    _save(render(output, payload, size, scheme, ratio), path)


def drawn(exhibit: Exhibit, snapshot: Frame) -> dict[str, Callable[[Path], None]]:
    """For each output that is there, what writes its card, drawn now, into a PNG file.

    Call it in the thread of the window; what it returns may be called in any.
    """
    shown = snapshot.outputs
    images = {o.name: render(o, shown[o.name]) for o in exhibit.outputs if o.name in shown}
    return {name: partial(_save, image) for name, image in images.items()}


def _save(image: QImage, path: Path | str) -> None:
    if not QImageWriter(str(path), QByteArray(b"PNG")).write(image):
        raise UserError(f"cannot write {path}: is the folder there, and is there room?")


def _size(payload: Payload) -> Size:
    return _SIZES.get(type(payload), _SIZES[Payload])
