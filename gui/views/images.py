"""Images for Qt, and what one can do with an image of a card: the menu of the right button."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from lab.errors import UserError
from lab.media import pictures
from lab.media.pictures import Picture


def to_image(pixels: NDArray[Any]) -> QImage:
    """A QImage with a copy of uint8 (height, width, 3) RGB."""
    height, width, _ = pixels.shape
    data = np.ascontiguousarray(pixels).data
    image = QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def enlarged(image: QImage, size: QSize, ratio: float = 1.0) -> QPixmap:
    """`image` scaled to `size` device pixels: from twice its size on with square pixels."""
    square = size.width() >= 2 * image.width() or size == image.size()
    mode = Qt.TransformationMode
    how = mode.FastTransformation if square else mode.SmoothTransformation
    pixmap = QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, how))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def image_menu(
    parent: QWidget,
    picture: Picture,
    lay: Callable[[Picture], None],
    said: Callable[[str], None],
    failed: Callable[[str], None],
) -> QMenu:
    """The menu for one image. lay: puts it on the light table. said, failed: tell what came."""

    def copy() -> None:
        QGuiApplication.clipboard().setImage(to_image(picture.pixels))
        said("Copied")

    def save() -> None:
        asked, _ = QFileDialog.getSaveFileName(
            parent, "Save the image", f"{picture.name}.png", "PNG (*.png)"
        )
        if not asked:
            return
        path = Path(asked)
        try:
            made = pictures.written(picture.pixels, path.parent, path.stem)
        except UserError as error:
            failed(str(error))
        else:
            said(f"Saved {made.name}")

    menu = QMenu(parent)
    menu.addAction("Add to the images", partial(lay, picture))
    menu.addAction("Copy image", copy)
    menu.addAction("Save image as PNG…", save)
    return menu
