"""Histograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF

from gui import theme
from gui.views import text
from gui.views.plots import axes, legend
from gui.views.plots.axes import Ends
from gui.views.plots.canvas import Cross
from gui.views.plots.items import Bars
from gui.views.plots.plot import PlotView
from lab.payloads import Histogram


class HistogramView(PlotView):
    """Series overlap, translucent, each with its outline."""

    payload: Histogram

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._bars: list[Bars] = []

    def is_empty(self) -> bool:
        return not self.payload or not self.payload.series

    def entries(self) -> list[legend.Entry]:
        """The legend; none for a single series."""
        look, series = theme.current(), self.payload.series
        names = series if len(series) > 1 else ()
        return [legend.Entry(name, look.line(i)) for i, name in enumerate(names)]

    def names(self) -> tuple[str, str]:
        return self.output.x, self.output.y or "count"

    def ends(self) -> tuple[Ends, Ends]:
        """The outer edges, and counts from 0, or on a logarithmic axis from below the smallest."""
        edges = axes.placed(self.payload.edges, self.log_x)
        known = edges[np.isfinite(edges)]
        x = (float(known[0]), float(known[-1])) if len(known) > 1 else (0.0, 1.0)
        counts = np.concatenate(list(self.payload.series.values()))
        counts = counts[np.isfinite(counts) & (counts > 0)]
        if self.output.y_range:
            return x, self.y_ends(axes.placed(counts, self.log_y))
        if not counts.size:
            return x, (0.0, 1.0)
        if self.log_y:
            return x, axes.decades(float(np.log10(counts.min() / 2)), float(np.log10(counts.max())))
        return x, (0.0, axes.nice(0.0, float(counts.max()), 5)[1])

    def lay_items(self) -> None:
        look, series, box = theme.current(), self.payload.series, self.canvas.box
        while len(self._bars) > len(series):
            box.removeItem(self._bars.pop())
        while len(self._bars) < len(series):
            self._bars.append(Bars(len(self._bars)))
            box.addItem(self._bars[-1])
        # Far below any logarithmic axis, and small enough not to overflow.
        floor = -400.0 if self.log_y else 0.0
        edges = np.nan_to_num(axes.placed(self.payload.edges, self.log_x), nan=-400.0)
        for index, (bars, counts) in enumerate(zip(self._bars, series.values(), strict=True)):
            bars.set_numbers(edges, axes.placed(counts, self.log_y), floor)
            bars.set_colour(look.line(index), 0.75 if len(series) == 1 else 0.45)

    def _bin(self, position: QPointF) -> int | None:
        point = None if self.is_empty() else self.plan().value_at(position)
        if point is None:
            return None
        edges = self.payload.edges
        return int(np.clip(np.searchsorted(edges, point[0], "right") - 1, 0, len(edges) - 2))

    def cross_at(self, position: QPointF) -> Cross | None:
        at = self._bin(position)
        if at is None:
            return None
        x = float(axes.placed(self.payload.edges, self.log_x)[at : at + 2].mean())
        if not np.isfinite(x):
            return None
        dots = []
        for index, counts in enumerate(self.payload.series.values()):
            y = float(axes.placed(counts[at : at + 1], self.log_y)[0])
            if np.isfinite(y):
                dots.append((x, y, theme.current().line(index)))
        return Cross(x=x, dots=tuple(dots))

    def readout(self, position: QPointF) -> str:
        at = self._bin(position)
        if at is None:
            return ""
        edges = self.payload.edges
        lines = [f"{text.number(edges[at])} to {text.number(edges[at + 1])}"]
        lines += [f"{name}: {text.number(v[at])}" for name, v in self.payload.series.items()]
        return "\n".join(lines)
