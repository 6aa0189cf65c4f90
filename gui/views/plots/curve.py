"""Lines of y against x, which grow while a run goes on."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF

from gui import theme
from gui.views import text
from gui.views.plots import axes, legend, lines
from gui.views.plots.axes import Ends
from gui.views.plots.canvas import Cross
from gui.views.plots.items import Band, Line
from gui.views.plots.lines import Points
from gui.views.plots.plot import PlotView
from lab.payloads import Curve


class CurveView(PlotView):
    """The legend gives each line's value at the marker, or its latest one where there is none.

    Where some series are dots the lines are functions beside data: their ends say nothing. The
    cross-hair gives the values at one x.
    """

    payload: Curve

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._lines: list[Line] = []
        self._bands: dict[str, Band] = {}

    def is_empty(self) -> bool:
        return not self.payload or not any(len(x) for x, _ in self.payload.series.values())

    def entries(self) -> list[legend.Entry]:
        look = theme.current()
        return [
            legend.Entry(name, look.line(i), mark=Symbols["o"])
            if name in self.payload.dots
            else legend.Entry(name, look.line(i), self._value(x, y), _dash(i))
            for i, (name, (x, y)) in enumerate(self.payload.series.items())
        ]

    def _value(self, x: Points, y: Points) -> str:
        if self.payload.dots:
            return ""
        if self.payload.marker is not None and len(x):
            here = float(y[axes.nearest(x, self.payload.marker, self.log_x)])
            return text.number(here) if np.isfinite(here) else _latest(y)
        return _latest(y)

    def _placed(self) -> dict[str, tuple[Points, Points]]:
        """Each line's points in axis coordinates."""
        return {
            name: (axes.placed(x, self.log_x), axes.placed(y, self.log_y))
            for name, (x, y) in self.payload.series.items()
        }

    def ends(self) -> tuple[Ends, Ends]:
        pairs = list(self._placed().values())
        # A mean and its standard deviation may leave the range that values can have: the band is
        # cut there, and moves no fixed limit.
        bands = {} if self.output.y_range else self.payload.bands
        for name, sides in bands.items():
            x = axes.placed(self.payload.series[name][0], self.log_x)
            pairs += [(x, axes.placed(side, self.log_y)) for side in sides]
        known = [np.isfinite(x) & np.isfinite(y) for x, y in pairs]
        x, y = (
            np.concatenate([pair[axis][k] for pair, k in zip(pairs, known, strict=True)])
            for axis in (0, 1)
        )
        return axes.ends_of(x, self.log_x), self.y_ends(y)

    def lay_items(self) -> None:
        self._match()
        look, marker = theme.current(), self.payload.marker
        placed = self._placed()
        names = list(placed)
        for index, (line, points) in enumerate(zip(self._lines, placed.values(), strict=True)):
            line.set_numbers(*points)
            line.set_pen(look.line(index), _dash(index), names[index] in self.payload.dots)
        for name, band in self._bands.items():
            sides = (axes.placed(side, self.log_y) for side in self.payload.bands[name])
            band.set_numbers(placed[name][0], *sides)
            band.set_colour(look.line(names.index(name)))
        at = np.nan if marker is None else axes.placed(np.array([marker]), self.log_x)[0]
        self.canvas.marker.setVisible(bool(np.isfinite(at)))
        if np.isfinite(at):
            self.canvas.marker.setValue(at)

    def _match(self) -> None:
        """Add or remove items: one for each line and each band of the payload."""
        box, series, bands = self.canvas.box, self.payload.series, self.payload.bands
        while len(self._lines) > len(series):
            box.removeItem(self._lines.pop())
        while len(self._lines) < len(series):
            self._lines.append(Line(len(self._lines)))
            box.addItem(self._lines[-1])
        for name in self._bands.keys() - bands.keys():
            box.removeItem(self._bands.pop(name))
        for name in bands.keys() - self._bands.keys():
            # Behind every line.
            self._bands[name] = Band(50)
            box.addItem(self._bands[name])

    def _nearest(self, position: QPointF) -> tuple[float, dict[str, int]] | None:
        """The nearest x of all points, and the index of each line's nearest point."""
        point = None if self.is_empty() else self.plan().value_at(position)
        if point is None:
            return None
        series = {name: x for name, (x, _) in self.payload.series.items() if len(x)}
        found = {name: axes.nearest(x, point[0], self.log_x) for name, x in series.items()}
        places = np.array([series[name][index] for name, index in found.items()])
        return float(places[axes.nearest(places, point[0], self.log_x)]), found

    def cross_at(self, position: QPointF) -> Cross | None:
        found = self._nearest(position)
        if found is None:
            return None
        at, nearest = found
        placed, look, dots = self._placed(), theme.current(), []
        for index, name in enumerate(placed):
            if name in nearest:
                x, y = (float(values[nearest[name]]) for values in placed[name])
                if np.isfinite(x) and np.isfinite(y):
                    dots.append((x, y, look.line(index)))
        place = float(axes.placed(np.array([at]), self.log_x)[0])
        return Cross(x=place, dots=tuple(dots)) if np.isfinite(place) else None

    def readout(self, position: QPointF) -> str:
        found = self._nearest(position)
        if found is None:
            return ""
        at, nearest = found
        said = [f"{self.output.x or 'x'}: {text.number(at)}"]
        for name, index in nearest.items():
            value = text.number(self.payload.series[name][1][index])
            if name in self.payload.bands:
                low, high = (text.number(side[index]) for side in self.payload.bands[name])
                value += f" ({low} to {high})"
            said.append(f"{name}: {value}")
        return "\n".join(said)


def _dash(index: int) -> Any:
    return lines.DASHES[index % len(lines.DASHES)]


def _latest(y: Points) -> str:
    recent = y[-1000:]
    known = recent[np.isfinite(recent)]
    return text.number(float(known[-1])) if known.size else "–"
