"""The clipboard, and what is on it when the program ends."""

from __future__ import annotations

import atexit
import functools

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

_last_put: list[QMimeData] = []


def put(data: QMimeData) -> None:
    """Put `data`, made in Python, on the clipboard, where it stays when the program ends."""
    QGuiApplication.clipboard().setMimeData(data)
    _hand_over_at_exit()
    _last_put[:] = [data]


@functools.cache
def _hand_over_at_exit() -> None:
    """Qt crashes if it frees data of Python after Python has ended: give it a copy before."""
    atexit.register(_hand_over)


def _hand_over() -> None:
    """Replace what `put` left on the clipboard by a copy that Qt owns."""
    if QGuiApplication.instance() is None:
        return
    clipboard = QGuiApplication.clipboard()
    data = clipboard.mimeData()
    if data not in _last_put:  # another program's, or text, since then
        return
    if data.hasImage():
        clipboard.setImage(clipboard.image())
    elif data.hasText():
        clipboard.setText(clipboard.text())
    else:
        clipboard.clear()
