"""The kernels of a convolution as small pictures."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from gui.views.images import to_image
from gui.views.pictures.tiles import Tiles
from lab.media.pictures import Picture
from lab.payloads import Filters


class FiltersView(Tiles):
    """Kernels with square pixels, close together, as large as the card allows."""

    payload: Filters
    gap = 3.0
    margin = 3.0
    least_edge = 12.0

    def accept(self, payload: Filters) -> None:
        self.take([to_image(filter_) for filter_ in payload.pixels()])
        if payload.selected is not None:
            self.selected = payload.selected

    def picture_at(self, position: QPointF) -> Picture | None:
        index = self.index_at(position)
        if index is None:
            return None
        return self.named(f"filter {index}", self.payload.pixels()[index])

    def readout(self, position: QPointF) -> str:
        index = self.index_at(position)
        if index is None or self.payload is None:
            return ""
        weights = self.payload.weights[index]
        return f"filter {index}: weights from {weights.min():+.3f} to {weights.max():+.3f}"
