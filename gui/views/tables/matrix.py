"""A matrix as a heatmap: of square cells, or of wider ones for the numbers in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPixmap

from gui import theme
from gui.views import heat, text
from gui.views.base import View
from gui.views.pictures.tiles import frame
from lab.media.colours import viridis
from lab.payloads import Matrix

_NAMES_AT_MOST = 160.0
_GAP = float(theme.GRID)
# The least edge of a matrix without numbers, in pixels.
LEAST_EDGE = 120.0
# Cells with numbers are at most so many times as wide as high.
WIDEST = 2.2


@dataclass(frozen=True)
class _Plan:
    """The layout. cell: (width, height). row_names, column_names: pixels for names around."""

    area: QRectF
    cell: tuple[float, float]
    row_names: float
    column_names: float
    upright: bool


def _whole(pixels: float) -> float:
    return float(math.floor(pixels)) if pixels >= 4 else pixels


class MatrixView(View):
    """Rows can be picked: a click anywhere in a row picks it."""

    payload: Matrix

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._cells: QPixmap | None = None

    def accept(self, payload: Matrix) -> None:
        self._cells = None

    def forget(self) -> None:
        self._cells = None

    def restyle(self) -> None:
        self._cells = None

    def is_empty(self) -> bool:
        return not (self.payload and self.payload.values.size)

    def count(self) -> int:
        return 0 if self.is_empty() else self.payload.values.shape[0]

    def ends(self) -> tuple[float, float]:
        """The ends of the scale: the payload's, or the least and the largest finite value."""
        values = self.payload.values
        finite = values[np.isfinite(values)]
        low = float(finite.min()) if finite.size else 0.0
        high = float(finite.max()) if finite.size else 1.0
        given = self.payload.low, self.payload.high
        return (low if given[0] is None else given[0]), (high if given[1] is None else given[1])

    def plan(self) -> _Plan:
        """The layout at this size of the widget."""
        return self._planned(float(self.width()), float(self.height()))

    def fits(self, width: float, height: float) -> bool:
        """Whether its numbers can be read; without numbers, whether it is large enough to see."""
        if self.is_empty() or not super().fits(width, height):
            return self.is_empty() and super().fits(width, height)
        plan = self._planned(width, height)
        if self.payload.annotate:
            return self._font(plan) is not None
        return min(plan.area.width(), plan.area.height()) >= LEAST_EDGE

    def _planned(self, width: float, height: float) -> _Plan:
        payload, font = self.payload, theme.font(theme.CAPTION)
        rows, columns = payload.values.shape
        line = text.line_height(font)

        def longest(names: Sequence[str]) -> float:
            widths = [text.width(name, font) for name in names]
            return min(max(widths, default=0.0), _NAMES_AT_MOST)

        left = longest(payload.rows) + _GAP if payload.rows else 0.0
        left_all = left + (line + _GAP if self.output.y else 0.0)
        below_title = line + _GAP / 2 if self.output.x else 0.0
        wide = width - left_all - heat.SCALE_WIDTH - 2 * _GAP

        def fit(below: float) -> tuple[float, float]:
            high = max((height - below - below_title - 2) / rows, 0.1)
            across = max(wide / columns, 0.1)
            if not payload.annotate:
                across = high = min(across, high)
            # Wider than high: numbers are, too.
            across, high = min(across, WIDEST * high), min(high, across)
            return _whole(across), _whole(high)

        below = line + _GAP / 2 if payload.columns else 0.0
        upright = bool(payload.columns) and longest(payload.columns) > fit(below)[0] - 4
        if upright:
            below = longest(payload.columns) + _GAP
        cell = fit(below)
        room = left_all + columns * cell[0] + 2 * _GAP + heat.SCALE_WIDTH
        x = round(max((width - room) / 2, 0) + left_all)
        y = round(max((height - rows * cell[1] - below - below_title) / 2, 1))
        area = QRectF(x, y, columns * cell[0], rows * cell[1])
        return _Plan(area, cell, left, below, upright)

    def cell_of(self, row: int, column: int) -> QRectF:
        """The rectangle of a cell."""
        plan = self.plan()
        wide, high = plan.cell
        return QRectF(plan.area.x() + column * wide, plan.area.y() + row * high, wide, high)

    def rect_of(self, index: int) -> QRectF:
        plan = self.plan()
        top = plan.area.y() + index * plan.cell[1]
        left = plan.area.left() - plan.row_names
        return QRectF(left, top, plan.area.right() - left, plan.cell[1])

    def paint(self, painter: QPainter) -> None:
        plan, look = self.plan(), theme.current()
        ratio = self.devicePixelRatioF()
        size = (plan.area.size().toSize() * ratio).expandedTo(QSize(1, 1))
        if self._cells is None or self._cells.size() != size:
            self._cells = self._painted(plan, size, ratio)
        painter.drawPixmap(plan.area.topLeft(), self._cells)
        self._paint_names(painter, plan)
        low, high = self.ends()
        bar = QRectF(plan.area.right() + 2 * _GAP, plan.area.y(), heat.SCALE_WIDTH, 0)
        bar.setHeight(plan.area.height())
        heat.paint_scale(painter, bar, low, high, "")
        if self.selected is not None:
            row = QRectF(
                plan.area.x(), self.rect_of(self.selected).y(), plan.area.width(), plan.cell[1]
            )
            frame(painter, row, look.text, 2, -2)

    def _painted(self, plan: _Plan, size: QSize, ratio: float) -> QPixmap:
        """The cells with their numbers, cached: they change less often than they are painted."""
        values = self.payload.values
        low, high = self.ends()
        image = heat.image(values.astype(np.float64), low, high)
        pixmap = QPixmap(size)
        pixmap.setDevicePixelRatio(ratio)
        look = theme.current()
        pixmap.fill(look.card)
        with QPainter(pixmap) as painter:
            inside = QRectF(0, 0, plan.area.width(), plan.area.height())
            painter.drawImage(inside, image)
            wide, high = plan.cell
            if min(wide, high) >= 16:
                painter.setPen(look.card)
                for y in np.arange(1, values.shape[0]) * high:
                    painter.drawLine(QPointF(0, y), QPointF(inside.right(), y))
                for x in np.arange(1, values.shape[1]) * wide:
                    painter.drawLine(QPointF(x, 0), QPointF(x, inside.bottom()))
            if self.payload.annotate:
                self._annotate(painter, plan)
        return pixmap

    def _font(self, plan: _Plan) -> QFont | None:
        """The largest font in which the widest number fits its cell; None if none is readable."""
        words = {self._written(value) for value in self.payload.values.flat}
        wide, high = plan.cell
        size = min(int(high * 0.5), theme.CARD)
        for pixels in range(max(size, theme.SMALL), theme.SMALL - 1, -1):
            font = theme.font(pixels)
            widest = max(text.width(word, font) for word in words)
            if widest <= wide - 4 and text.line_height(font) <= high:
                return font
        return None

    def _annotate(self, painter: QPainter, plan: _Plan) -> None:
        font = self._font(plan)
        if font is None:
            return
        values = self.payload.values
        written = [[self._written(v) for v in row] for row in values]
        painter.setFont(font)
        shades = viridis(values, *self.ends())
        for i, row in enumerate(written):
            for j, words in enumerate(row):
                known = np.isfinite(values[i, j])
                painter.setPen(heat.ink(shades[i, j]) if known else theme.current().muted)
                place = QRectF(j * plan.cell[0], i * plan.cell[1], *plan.cell)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _written(self, value: float) -> str:
        if not math.isfinite(value):
            return "–"
        form = self.payload.annotate
        return (format(value, form) if form else text.number(value)).replace("-", "−")

    def _paint_names(self, painter: QPainter, plan: _Plan) -> None:
        payload, look, area = self.payload, theme.current(), plan.area
        font = theme.font(theme.CAPTION)
        line = text.line_height(font)
        # Where cells are smaller than a line of text, only every second (third, ...) has a name.
        wide, high = plan.cell
        every, beside = max(1, math.ceil(line / high)), max(1, math.ceil(line / wide))
        for i in range(0, len(payload.rows), every):
            place = QRectF(area.x() - plan.row_names, area.y() + i * high, 0, high)
            place.setWidth(plan.row_names - _GAP)
            text.draw(painter, place, payload.rows[i], font, look.text, text.RIGHT)
        for j in range(0, len(payload.columns), beside if plan.upright else 1):
            x = area.x() + j * wide
            place = QRectF(x, area.bottom() + _GAP / 2, wide, plan.column_names - _GAP / 2)
            if plan.upright:
                text.draw_upwards(painter, place, payload.columns[j], font, look.text, text.RIGHT)
            else:
                text.draw(painter, place, payload.columns[j], font, look.text, text.CENTRE)
        if self.output.y:
            x = area.x() - plan.row_names - line - _GAP
            place = QRectF(x, 0, line, self.height())
            place.moveCenter(QPointF(place.center().x(), area.center().y()))
            text.draw_upwards(painter, place, self.output.y, font, look.muted)
        if self.output.x:
            place = QRectF(0, area.bottom() + plan.column_names, self.width(), line + _GAP / 2)
            place.moveCenter(QPointF(area.center().x(), place.center().y()))
            text.draw(painter, place, self.output.x, font, look.muted, text.CENTRE)

    def readout(self, position: QPointF) -> str:
        if self.is_empty():
            return ""
        plan, payload = self.plan(), self.payload
        if not plan.area.contains(position):
            return ""
        rows, columns = payload.values.shape
        i = min(int((position.y() - plan.area.y()) / plan.cell[1]), rows - 1)
        j = min(int((position.x() - plan.area.x()) / plan.cell[0]), columns - 1)
        row = payload.rows[i] if payload.rows else str(i)
        column = payload.columns[j] if payload.columns else str(j)
        axes = f"{self.output.y or 'row'} {row}, {self.output.x or 'column'} {column}"
        return f"{axes}: {self._written(payload.values[i, j])}"
