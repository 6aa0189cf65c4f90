"""A function of two variables, as heat between axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from gui import theme
from gui.views import heat, text
from gui.views.base import View
from gui.views.plots import axes
from lab.payloads import Surface

Samples = NDArray[np.float64]


class SurfaceView(View):
    """Each sample is a rectangle around its place."""

    payload: Surface

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._image = QImage()
        self._ends = 0.0, 1.0

    def accept(self, payload: Surface) -> None:
        if self.is_empty():
            return
        finite = payload.z[np.isfinite(payload.z)]
        self._ends = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        columns, rows = _even(payload.x), _even(payload.y)
        # Pictures run downwards, the y axis upwards.
        self._image = heat.image(payload.z[np.ix_(rows[::-1], columns)], *self._ends)

    def forget(self) -> None:
        self._image = QImage()

    def is_empty(self) -> bool:
        return not self.payload or self.payload.z.size == 0

    def plan(self) -> axes.Axes:
        """The axes: half a step beyond the first and the last sample."""
        room = QRectF(self.rect()).adjusted(0, 0, -heat.SCALE_WIDTH - 2 * theme.GRID, 0)
        ends = _span(self.payload.x), _span(self.payload.y)
        return axes.lay_out(room, *ends, self.output.x, self.output.y)

    def paint(self, painter: QPainter) -> None:
        plan = self.plan()
        axes.paint(painter, plan, QRectF(self.rect()))
        painter.drawImage(plan.area, self._image)
        bar = QRectF(plan.area)
        bar.moveLeft(self.width() - heat.SCALE_WIDTH)
        bar.setWidth(heat.SCALE_WIDTH)
        heat.paint_scale(painter, bar, *self._ends, "")

    def readout(self, position: QPointF) -> str:
        point = None if self.is_empty() else self.plan().value_at(position)
        if point is None:
            return ""
        payload = self.payload
        i = int(np.abs(payload.y - point[1]).argmin())
        j = int(np.abs(payload.x - point[0]).argmin())
        place = f"{self.output.x or 'x'} {text.number(payload.x[j])}"
        place += f", {self.output.y or 'y'} {text.number(payload.y[i])}"
        return f"{place}: {text.number(payload.z[i, j])}"


def _span(samples: Samples) -> axes.Ends:
    """The ends of an axis on which the outer samples have the same room as the others."""
    low, high = float(samples.min()), float(samples.max())
    half = (high - low) / (2 * max(len(samples) - 1, 1)) or 0.5
    return low - half, high + half


def _even(samples: Samples) -> NDArray[np.intp]:
    """For each evenly spaced place from the least sample up, the index of the nearest sample."""
    places = np.linspace(samples.min(), samples.max(), len(samples))
    nearest: NDArray[np.intp] = np.abs(samples[None] - places[:, None]).argmin(1)
    return nearest
