"""A plot as a picture of pixels, as a drawing, and as numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QRect, QRectF, QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QFileDialog

from gui import theme
from gui.views import text
from lab.records import csv_text

if TYPE_CHECKING:
    from gui.views.plots.plot import PlotView

Form = Literal["PNG", "SVG", "CSV"]
FORMS: tuple[Form, ...] = get_args(Form)
# Pixels of the file for one on the screen, so that a slide or a page can be larger.
RATIO = 2.0


def picture(view: PlotView) -> QImage:
    """The plot as it is seen, under its title, RATIO times as large."""
    size = _size(view)
    image = QImage(size * RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    with QPainter(image) as painter:
        _paint(painter, view, size)
    return image


def drawing(view: PlotView) -> bytes:
    """The same as SVG."""
    from PySide6.QtSvg import QSvgGenerator

    size, memory = _size(view), QBuffer()
    memory.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(memory)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(_title(view))
    # Or lengths in points would not be those of the screen.
    generator.setResolution(96)
    with QPainter(generator) as painter:
        _paint(painter, view, size)
    return bytes(memory.data().data())


def numbers(view: PlotView) -> str:
    """The payload's numbers as CSV, all of them, whatever is zoomed in on."""
    return csv_text(view.payload, view.output)


def written(view: PlotView, form: Form) -> bytes:
    """The contents of a file of that form."""
    if form == "SVG":
        return drawing(view)
    if form == "CSV":
        return numbers(view).encode()
    memory = QBuffer()
    memory.open(QIODevice.OpenModeFlag.WriteOnly)
    picture(view).save(memory, "PNG")  # type: ignore[call-overload]
    return bytes(memory.data().data())


def copy(view: PlotView, form: Form) -> None:
    """Put the plot on the clipboard, and say so."""
    mime = QMimeData()
    if form == "PNG":
        mime.setImageData(picture(view))
    elif form == "SVG":
        mime.setData("image/svg+xml", QByteArray(drawing(view)))
    else:
        mime.setText(numbers(view))
        mime.setData("text/csv", QByteArray(numbers(view).encode()))
    QGuiApplication.clipboard().setMimeData(mime)
    view.said.emit("Copied")


def save(view: PlotView, form: Form) -> None:
    """Ask for a file and write the plot into it; say so, or what was wrong."""
    ending = form.lower()
    name, _ = QFileDialog.getSaveFileName(
        view, "Save the plot", f"{view.output.name}.{ending}", f"{form} (*.{ending})"
    )
    if not name:
        return
    path = Path(name) if Path(name).suffix else Path(f"{name}.{ending}")
    try:
        path.write_bytes(written(view, form))
    except OSError as error:
        view.failed.emit(f"cannot save to {path}: {error.strerror}; choose another folder")
    else:
        view.said.emit(f"Saved {path.name}")


def _title(view: PlotView) -> str:
    return view.payload.title or view.output.title


def _size(view: PlotView) -> QSize:
    """The plot's with its margins and its title."""
    margin = 4 * theme.GRID
    title = int(text.line_height(theme.font(theme.CARD))) + 2 * theme.GRID
    return QSize(view.width() + margin, view.height() + margin + title)


def _paint(painter: QPainter, view: PlotView, size: QSize) -> None:
    look, gap = theme.current(), 2 * theme.GRID
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), look.card)
    font = theme.font(theme.CARD, theme.Weight.DemiBold)
    title = QRectF(gap, gap, view.width(), text.line_height(font))
    text.draw(painter, title, _title(view), font, look.text)
    place = QRectF(gap, title.bottom() + gap, view.width(), view.height())
    view.render_plot(painter, place)
