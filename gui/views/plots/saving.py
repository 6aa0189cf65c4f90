"""A plot or a graph as a raster image, as a vector drawing and as numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QFileDialog

from gui import theme
from gui.views import text
from gui.views.base import View
from gui.views.plots import clipboard

Form = Literal["PNG", "SVG", "CSV"]
FORMS: tuple[Form, ...] = get_args(Form)
# Pixels in the file for one on the screen, so that it is sharp on a slide or a page.
RATIO = 2.0


@dataclass(frozen=True)
class Copy:
    """A plot to be copied or saved: as it is seen, under its title, with all its numbers.

    size: of the plot, in pixels. paint: draws it into a rectangle. numbers: CSV, if it has any.
    """

    title: str
    size: QSize
    paint: Callable[[QPainter, QRectF], None]
    numbers: Callable[[], str] = str

    def picture(self) -> QImage:
        """The raster image, RATIO times as wide as on the screen."""
        image = QImage(self._whole() * RATIO, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(RATIO)
        with QPainter(image) as painter:
            self._paint(painter)
        return image

    def drawing(self) -> bytes:
        """SVG."""
        from PySide6.QtSvg import QSvgGenerator

        memory = QBuffer()
        memory.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(memory)
        generator.setSize(self._whole())
        generator.setViewBox(QRect(0, 0, self._whole().width(), self._whole().height()))
        generator.setTitle(self.title)
        # 96 dots per inch, as in CSS: lengths are then those on the screen.
        generator.setResolution(96)
        with QPainter(generator) as painter:
            self._paint(painter)
        return bytes(memory.data().data())

    def written(self, form: Form) -> bytes:
        """The contents of a file of that form."""
        if form == "SVG":
            return self.drawing()
        if form == "CSV":
            return self.numbers().encode()
        memory = QBuffer()
        memory.open(QIODevice.OpenModeFlag.WriteOnly)
        self.picture().save(memory, "PNG")  # type: ignore[call-overload]
        return bytes(memory.data().data())

    def mime(self, form: Form) -> QMimeData:
        """The same for the clipboard."""
        mime = QMimeData()
        if form == "PNG":
            mime.setImageData(self.picture())
        elif form == "SVG":
            mime.setData("image/svg+xml", QByteArray(self.drawing()))
        else:
            mime.setText(self.numbers())
            mime.setData("text/csv", QByteArray(self.numbers().encode()))
        return mime

    def _whole(self) -> QSize:
        """The plot with its margins and its title."""
        margin = 4 * theme.GRID
        title = int(text.line_height(theme.font(theme.CARD))) + 2 * theme.GRID
        return QSize(self.size.width() + margin, self.size.height() + margin + title)

    def _paint(self, painter: QPainter) -> None:
        look, gap, wide = theme.current(), 2 * theme.GRID, self.size.width()
        painter.fillRect(QRect(0, 0, self._whole().width(), self._whole().height()), look.card)
        font = theme.font(theme.CARD, theme.Weight.DemiBold)
        title = QRectF(gap, gap, wide, text.line_height(font))
        text.draw(painter, title, self.title, font, look.text)
        self.paint(painter, QRectF(gap, title.bottom() + gap, wide, self.size.height()))


def copy(view: View, made: Copy, form: Form) -> None:
    """Put it on the clipboard, and say so."""
    clipboard.put(made.mime(form))
    view.said.emit("Copied")


def save(view: View, made: Copy, form: Form, what: str) -> None:
    """Ask for a file and write it there; say so, or what was wrong. what: "the plot"."""
    ending = form.lower()
    name, _ = QFileDialog.getSaveFileName(
        view, f"Save {what}", f"{view.output.name}.{ending}", f"{form} (*.{ending})"
    )
    if not name:
        return
    path = Path(name if name.lower().endswith(f".{ending}") else f"{name}.{ending}")
    try:
        path.write_bytes(made.written(form))
    except OSError as error:
        view.failed.emit(f"cannot save to {path}: {error.strerror}; choose another folder")
    else:
        view.said.emit(f"Saved {path.name}")
