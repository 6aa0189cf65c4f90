"""Horizontal bars: labels at the left, values at the right, one bar for each series."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter

from gui import theme
from gui.views import text
from gui.views.base import View
from gui.views.plots import legend
from lab.payloads import Bars

MIN_ROW, MAX_ROW = 22.0, 72.0
MIN_BAR, MAX_BAR = 4.0, 26.0
# So many labels are to be seen at least.
LEAST_ROWS = 5
# The least width of the longest bar.
MIN_LENGTH = 3.0 * theme.GRID
_GAP = 2.0 * theme.GRID


class BarsView(View):
    """As many labels as fit at this height; a last line gives the number of the others."""

    payload: Bars

    def accept(self, payload: Bars) -> None:
        self._widths: tuple[float, float] | None = None

    def restyle(self) -> None:
        self._widths = None

    def is_empty(self) -> bool:
        return not self.payload or not self.payload.labels or not self.payload.series

    def count(self) -> int:
        return len(self.payload.labels) if self.payload else 0

    def shown(self) -> int:
        """The number of labels that fit."""
        fit = int(self._room().height() // MIN_ROW)
        count = self.count()
        return count if count <= fit else max(fit - 1, 1)

    def _legend(self) -> list[legend.Entry]:
        if not self.payload or len(self.payload.series) < 2:
            return []
        look = theme.current()
        return [legend.Entry(name, look.line(i)) for i, name in enumerate(self.payload.series)]

    def _room(self) -> QRectF:
        above = legend.height(self._legend(), self.width())
        return QRectF(0, above, self.width(), self.height() - above)

    def rect_of(self, index: int) -> QRectF:
        """The row of a label; empty for one that does not fit."""
        room, shown = self._room(), self.shown()
        hidden = shown < self.count()
        rows = shown + 1 if hidden else shown
        high = min(room.height() / rows, MAX_ROW)
        top = room.top() + (room.height() - rows * high) / 2
        return QRectF(0, top + index * high, self.width(), high if index < shown else 0)

    def bar_of(self, index: int, series: int) -> QRectF:
        """The bar of a label in one of the series."""
        row, payload = self.rect_of(index), self.payload
        values = list(payload.series.values())
        count = len(values)
        thick = min(max(0.62 * row.height() / count, MIN_BAR), MAX_BAR)
        between = 2.0 if count > 1 else 0.0
        top = row.center().y() - (count * thick + (count - 1) * between) / 2
        left, right = self._axis()
        start, end = sorted(
            (self._x(0.0, left, right), self._x(values[series][index], left, right))
        )
        return QRectF(start, top + series * (thick + between), end - start, thick)

    def _x(self, value: float, left: float, right: float) -> float:
        low, high = self.payload.low, self.payload.high
        if math.isnan(value):
            value = 0.0
        share = (min(max(value, low), high) - low) / ((high - low) or 1.0)
        return left + share * (right - left)

    def _axis(self) -> tuple[float, float]:
        """The left and right end of the space for bars, between labels and values."""
        names, values = self.column_widths()
        return names + _GAP, max(self.width() - values - _GAP, names + _GAP + 1)

    def column_widths(self) -> tuple[float, float]:
        """The widths of the labels' and the values' columns.

        Labels are cut to 40 % of a narrow card. The values of all series but the first give way
        before the bars do.
        """
        names, each = self._measured()
        values = each * self.valued()
        names = min(names, max(0.4 * self.width(), self.width() - values - 2 * _GAP - MIN_LENGTH))
        return names, values

    def fits(self, width: float, height: float) -> bool:
        """Whether the first labels have their rows, and all series their values."""
        if self.payload is None or self.is_empty():
            return super().fits(width, height)
        above = legend.height(self._legend(), width)
        rows = min(self.count(), LEAST_ROWS)
        named = self._measured()[0] <= 0.6 * width
        written = self.valued(width) == len(self.payload.series)
        return height - above >= rows * MIN_ROW and written and named

    def valued(self, width: float | None = None) -> int:
        """The number of series whose values are written; the readout has all.

        width: by default the widget's own.
        """
        names, each = self._measured()
        wide = self.width() if width is None else width
        room = wide - min(names, 0.4 * wide) - 2 * _GAP - MIN_LENGTH
        return max(1, min(int(room // each), len(self.payload.series)))

    def _measured(self) -> tuple[float, float]:
        if self._widths is None:
            strong = _font(True)
            names = max(text.width(label, strong) for label in self.payload.labels)
            self._widths = names + 2, self._value_width()
        return self._widths

    def _value_width(self) -> float:
        written = [self._written(v) for s in self.payload.series.values() for v in s]
        return max(text.width(words, _font(True)) for words in written) + theme.GRID

    def _written(self, value: float) -> str:
        if not math.isfinite(value):
            return "–"
        return text.written(value, self.payload.form)

    def paint(self, painter: QPainter) -> None:
        payload, look = self.payload, theme.current()
        legend.paint(painter, QRectF(self.rect()), self._legend())
        shown = self.shown()
        names, _ = self.column_widths()
        left, right = self._axis()
        value_width, valued = self._measured()[1], self.valued()
        for index in range(shown):
            row = self.rect_of(index)
            if index == self.selected:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.selection)
                painter.drawRoundedRect(row.adjusted(0, 1, 0, -1), 4, 4)
            strong = index == payload.highlight
            line = text.line_height(_font(strong))
            lines = max(1, min(2, int(row.height() // line)))
            label = QRectF(0, row.y(), names, row.height())
            colour = look.text if strong else look.muted
            text.draw(
                painter, label, payload.labels[index], _font(strong), colour, text.RIGHT, lines
            )
            for series, values in enumerate(payload.series.values()):
                bar = self.bar_of(index, series)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.line(series))
                round_ = min(3.0, bar.width() / 2, bar.height() / 2)
                painter.drawRoundedRect(bar, round_, round_)
                if series >= valued:
                    continue
                end = right + _GAP + (series + 1) * value_width
                place = QRectF(end - value_width, row.y(), value_width, row.height())
                written = self._written(values[index])
                text.draw(painter, place, written, _font(strong), look.text, text.RIGHT)
        if payload.low < 0 < payload.high:
            zero = self._x(0.0, left, right)
            top, bottom = self.rect_of(0).top(), self.rect_of(shown - 1).bottom()
            painter.setPen(look.muted)
            painter.drawLine(QPointF(zero, top), QPointF(zero, bottom))
        if shown < self.count():
            last = QRectF(self.rect_of(shown - 1))
            rest = QRectF(left, last.bottom(), right - left, last.height())
            words = f"and {self.count() - shown:,} more"
            text.draw(painter, rest, words, theme.font(theme.CAPTION), look.muted)

    def readout(self, position: QPointF) -> str:
        index = self.index_at(position)
        if index is None or self.payload is None:
            return ""
        values = [
            f"{name}: {self._written(values[index])}"
            for name, values in self.payload.series.items()
        ]
        return "\n".join([self.payload.labels[index], *values])


def _font(strong: bool) -> QFont:
    return theme.font(theme.BODY, theme.Weight.DemiBold if strong else theme.Weight.Normal)
