"""Counts between edges."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui import theme
from gui.views import text
from gui.views.base import View
from gui.views.plots import axes, legend
from lab.payloads import Histogram


class HistogramView(View):
    """Series lie over one another, half transparent, each with its outline."""

    payload: Histogram

    def is_empty(self) -> bool:
        return not self.payload or not self.payload.series

    def entries(self) -> list[legend.Entry]:
        """The legend; none for a single series."""
        if self.is_empty() or len(self.payload.series) < 2:
            return []
        return [
            legend.Entry(name, theme.current().line(i))
            for i, name in enumerate(self.payload.series)
        ]

    def _room(self) -> QRectF:
        above = legend.height(self.entries(), self.width())
        return QRectF(self.rect()).adjusted(0, above, 0, 0)

    def plan(self) -> axes.Axes:
        """The axes: the edges' own ends, and counts from 0."""
        edges, series = self.payload.edges, self.payload.series.values()
        most = max((float(np.nanmax(v, initial=0.0)) for v in series), default=0.0)
        ends = self.output.y_range or (0.0, axes.nice(0.0, most, 5)[1] if most > 0 else 1.0)
        names = self.output.x, self.output.y or "count"
        return axes.lay_out(self._room(), (float(edges[0]), float(edges[-1])), ends, *names)

    def paint(self, painter: QPainter) -> None:
        plan, payload = self.plan(), self.payload
        legend.paint(painter, QRectF(self.rect()), self.entries())
        axes.paint(painter, plan, self._room())
        painter.setClipRect(plan.area.adjusted(-1, -1, 1, 1))
        across = np.repeat(plan.across(payload.edges), 2).tolist()
        for index, counts in enumerate(payload.series.values()):
            heights = np.concatenate([[0], np.repeat(np.nan_to_num(counts), 2), [0]])
            outline = QPolygonF(list(map(QPointF, across, plan.down(heights).tolist())))
            colour = theme.current().line(index)
            fill = QColor(colour)
            fill.setAlphaF(0.75 if len(payload.series) == 1 else 0.45)
            painter.setBrush(fill)
            painter.setPen(QPen(colour, 1.5))
            painter.drawPolygon(outline)
        painter.setClipping(False)

    def readout(self, position: QPointF) -> str:
        point = None if self.is_empty() else self.plan().value_at(position)
        if point is None:
            return ""
        edges = self.payload.edges
        at = int(np.clip(np.searchsorted(edges, point[0], "right") - 1, 0, len(edges) - 2))
        lines = [f"{text.number(edges[at])} to {text.number(edges[at + 1])}"]
        lines += [f"{name}: {text.number(v[at])}" for name, v in self.payload.series.items()]
        return "\n".join(lines)
