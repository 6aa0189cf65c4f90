"""Lines of y against x, which grow while a run goes on."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from gui import theme
from gui.views import text
from gui.views.base import View
from gui.views.plots import axes, legend, lines
from gui.views.plots.lines import Points
from lab.payloads import Curve


class CurveView(View):
    """The legend gives each line's latest value."""

    payload: Curve

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._paper: tuple[axes.Axes, QPixmap] | None = None

    def restyle(self) -> None:
        self._paper = None

    def is_empty(self) -> bool:
        return not self.payload or not any(len(x) for x, _ in self.payload.series.values())

    def entries(self) -> list[legend.Entry]:
        """The legend."""
        look = theme.current()
        return [
            legend.Entry(name, look.line(i), _latest(y), lines.DASHES[i % len(lines.DASHES)])
            for i, (name, (_, y)) in enumerate(self.payload.series.items())
        ]

    def plan(self) -> axes.Axes:
        """The axes around what there is to draw now."""
        return self._lay_out(self._drawn(), self._room(self.entries()))

    def _room(self, entries: list[legend.Entry]) -> QRectF:
        above = legend.height(entries, self.width()) + theme.GRID / 2
        return QRectF(self.rect()).adjusted(0, above, 0, 0)

    def _drawn(self) -> dict[str, tuple[Points, Points]]:
        """Each line's points, as many as there are pixels; log10 of y on a logarithmic axis."""
        drawn = {}
        for name, points in self.payload.series.items():
            x, y = (_within_reach(p) for p in lines.thinned(*points, max(self.width(), 64)))
            if self.output.log_y:
                positive = np.isfinite(y) & (y > 0)
                y = np.where(positive, np.log10(np.where(positive, y, 1.0)), np.nan)
            drawn[name] = x, y
        return drawn

    def _lay_out(self, drawn: dict[str, tuple[Points, Points]], room: QRectF) -> axes.Axes:
        known = [(x[k], y[k]) for x, y in drawn.values() for k in [np.isfinite(x) & np.isfinite(y)]]
        x, y = (np.concatenate(values) for values in zip(*known, strict=True))
        fixed, log_y = self.output.y_range, self.output.log_y
        ends_x = axes.nice(float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
        if fixed and log_y:
            ends_y = float(np.log10(fixed[0])), float(np.log10(fixed[1]))
        elif fixed:
            ends_y = fixed
        else:
            widen = axes.decades if log_y else axes.nice
            ends_y = widen(float(y.min()), float(y.max())) if len(y) else (0.0, 1.0)
        return axes.lay_out(room, ends_x, ends_y, self.output.x, self.output.y, log_y)

    def paint_ground(self, painter: QPainter) -> None:
        if self.payload is None or self.is_empty():
            super().paint_ground(painter)  # else the axes bring their own

    def paint(self, painter: QPainter) -> None:
        look, drawn, entries = theme.current(), self._drawn(), self.entries()
        room = self._room(entries)
        plan = self._lay_out(drawn, room)
        painter.drawPixmap(0, 0, self._axes(plan, room))
        legend.paint(painter, QRectF(self.rect()), entries)
        # A line at the edge keeps its full width; one that leaves a fixed range is cut there.
        painter.setClipRect(plan.area.adjusted(-5, -5, 5, 5))
        if self.payload.marker is not None:
            across = float(plan.across(self.payload.marker))
            painter.setPen(QPen(look.muted, 2.0, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(across, plan.area.top(), across, plan.area.bottom()))
        for index, (x, y) in reversed(list(enumerate(drawn.values()))):
            dash = lines.DASHES[index % len(lines.DASHES)]
            # Far outside a fixed range Qt's own arithmetic would overflow.
            down = np.clip(plan.down(y), -1e5, 1e5)
            lines.draw(painter, plan.across(x), down, look.line(index), dash)
        painter.setClipping(False)

    def _axes(self, plan: axes.Axes, room: QRectF) -> QPixmap:
        """The axes, painted once for as long as they stay the same: half of what a redraw costs."""
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._paper is None or self._paper[0] != plan or self._paper[1].size() != size:
            paper = QPixmap(size)
            paper.setDevicePixelRatio(ratio)
            paper.fill(theme.current().card)
            with QPainter(paper) as painter:
                axes.paint(painter, plan, room)
            self._paper = plan, paper
        return self._paper[1]

    def readout(self, position: QPointF) -> str:
        point = None if self.is_empty() else self.plan().value_at(position)
        if point is None:
            return ""
        nearest = {}
        for name, (x, y) in self.payload.series.items():
            if len(x):
                away = np.where(np.isfinite(x), np.abs(x - point[0]), np.inf)
                nearest[name] = x[away.argmin()], y[away.argmin()]
        first = min((x for x, _ in nearest.values()), key=lambda x: abs(x - point[0]))
        values = [f"{name}: {text.number(y)}" for name, (_, y) in nearest.items()]
        return "\n".join([f"{self.output.x or 'x'}: {text.number(first)}", *values])


def _within_reach(values: Points) -> Points:
    """Beyond 1e300 the length of an axis overflows: a run that blew up is as good as infinite."""
    return np.where(np.abs(values) < 1e300, values, np.nan)


def _latest(y: Points) -> str:
    recent = y[-1000:]
    known = recent[np.isfinite(recent)]
    return text.number(float(known[-1])) if known.size else "–"
