"""A heatmap over a picture, with its colour scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from gui import theme
from gui.views import heat, text
from gui.views.base import View
from gui.views.images import enlarged, to_image
from gui.views.pictures.tiles import frame, magnification
from lab.media.pictures import Picture
from lab.payloads import Overlay

# The least longer edge of the picture, in pixels.
LEAST_EDGE = 96.0


class OverlayView(View):
    """The heatmap's cells are drawn without smoothing.

    The scale stands beside the picture or below it, whichever leaves the picture larger.
    """

    payload: Overlay

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._image = QImage()
        self._source: NDArray[np.uint8] | None = None
        self._drawn: QPixmap | None = None
        self._heat = QImage()

    def accept(self, payload: Overlay) -> None:
        # A progressive map arrives many times with the same picture.
        if self._source is None or not np.array_equal(payload.image, self._source):
            self._source = payload.image
            self._image = to_image(payload.image)
            self._drawn = None
        heated = payload.heat, payload.low, payload.high, payload.opacity
        self._heat = heat.image(*heated)

    def forget(self) -> None:
        self._image, self._heat = QImage(), QImage()
        self._source = self._drawn = None

    def is_empty(self) -> bool:
        return self._image.isNull()

    def picture_rect(self) -> QRectF:
        """Where the picture is drawn."""
        return self._plan()[0]

    def scale_below(self) -> bool:
        """Whether the scale is below the picture, rather than beside it."""
        return self._plan()[1]

    def fits(self, width: float, height: float) -> bool:
        """Whether the picture is large enough for its heatmap to be seen."""
        if self.is_empty():
            return super().fits(width, height)
        place, _ = self._planned(width, height)
        return max(place.width(), place.height()) >= LEAST_EDGE

    def _plan(self) -> tuple[QRectF, bool]:
        return self._planned(float(self.width()), float(self.height()))

    def _planned(self, wide: float, high: float) -> tuple[QRectF, bool]:
        ratio = self.devicePixelRatioF()
        size = self._image.width(), self._image.height()
        taken = heat.SCALE_WIDTH + 2 * theme.GRID, heat.scale_height() + theme.GRID
        beside = magnification(size, (max(wide - taken[0], 1.0), high), ratio)
        below = magnification(size, (wide, max(high - taken[1], 1.0)), ratio)
        under = below > beside
        scale = below if under else beside
        drawn = [round(side * scale * ratio) / ratio for side in size]
        left = round((wide - drawn[0] - (0 if under else taken[0])) / 2)
        top = round((high - drawn[1] - (taken[1] if under else 0)) / 2)
        return QRectF(max(left, 0), max(top, 0), *drawn), under

    def heat_rect(self) -> QRectF:
        """Where the heatmap is drawn."""
        extent = self.payload.extent
        return self._on_screen(extent) if extent else self.picture_rect()

    def _on_screen(self, box: tuple[float, float, float, float]) -> QRectF:
        """A box in pixels of the picture, converted to pixels of this widget."""
        place = self.picture_rect()
        scale = place.width() / self._image.width()
        left, top, wide, high = (scale * side for side in box)
        return QRectF(place.x() + left, place.y() + top, wide, high)

    def paint(self, painter: QPainter) -> None:
        payload, place = self.payload, self.picture_rect()
        ratio = self.devicePixelRatioF()
        size = QSize(round(place.width() * ratio), round(place.height() * ratio))
        size = size.expandedTo(QSize(1, 1))
        if self._drawn is None or self._drawn.size() != size:
            self._drawn = enlarged(self._image, size, ratio)
        painter.drawPixmap(place.topLeft(), self._drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.save()
        painter.setClipRect(place)
        painter.drawImage(self.heat_rect(), self._heat)
        painter.restore()
        if payload.box:
            box = self._on_screen(payload.box)
            frame(painter, box, QColor(Qt.GlobalColor.black), 1, 2)
            # The picture is the same in both themes: so is the box.
            frame(painter, box, theme.DARK.accent, 2, 0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ends = payload.low, payload.high
        if self.scale_below():
            # Below a small picture the scale is wider than it, to keep its numbers apart.
            wide = max(place.width(), min(heat.SCALE_LEAST, self.width()))
            bar = QRectF(0, place.bottom() + theme.GRID, wide, heat.scale_height())
            bar.moveLeft(round(place.center().x() - wide / 2))
            heat.paint_scale_below(painter, bar, *ends, payload.label)
        else:
            bar = QRectF(place.right() + 2 * theme.GRID, place.y(), heat.SCALE_WIDTH, 0)
            bar.setHeight(place.height())
            heat.paint_scale(painter, bar, *ends, payload.label)

    def pixel_at(self, position: QPointF) -> tuple[int, int] | None:
        place = self.picture_rect()
        if self.payload is None or self.is_empty() or not place.contains(position):
            return None
        wide, high = self._image.width(), self._image.height()
        across = int((position.x() - place.x()) / place.width() * wide)
        down = int((position.y() - place.y()) / place.height() * high)
        return min(across, wide - 1), min(down, high - 1)

    def picture_at(self, position: QPointF) -> Picture | None:
        """The picture without its heatmap."""
        inside = not self.is_empty() and self.picture_rect().contains(position)
        return self.named("", self.payload.image) if inside else None

    def readout(self, position: QPointF) -> str:
        if self.payload is None or self.is_empty():
            return ""
        place = self.heat_rect()
        if not place.contains(position):
            return ""
        rows, columns = self.payload.heat.shape
        i = min(int((position.y() - place.y()) / place.height() * rows), rows - 1)
        j = min(int((position.x() - place.x()) / place.width() * columns), columns - 1)
        value = float(self.payload.heat[i, j])
        known = "not computed yet" if math.isnan(value) else text.number(value)
        return f"{self.payload.label}: {known}"
