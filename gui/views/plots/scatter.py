"""Scatter plots, coloured by class or by a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter

from gui import theme
from gui.views import heat, text
from gui.views.plots import axes, legend
from gui.views.plots.axes import Ends, Points
from gui.views.plots.canvas import Cross, cosmetic
from gui.views.plots.plot import PlotView
from lab.media.colours import VIRIDIS
from lab.payloads import Scatter

# When the colours are used up they repeat with the next mark.
_MARKS = "ostd"
# Diameters of points in pixels; the smaller for more than _MANY.
_SIZE, _SMALL, _MANY = 9.0, 5.0, 2000
# Largest distance from a point, in pixels, at which the pointer picks it.
_NEAR = 12.0
# Margin around the points, as a fraction of their extent.
_MARGIN = 0.04
# Colours of a scale; more could not be told apart.
_SHADES = 64


class ScatterView(PlotView):
    """A click picks the point nearest to it, where there is a parameter to set."""

    payload: Scatter

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._clouds: list[Any] = []
        self._x = ""
        self._ring = pg.ScatterPlotItem(size=_SIZE + 8, pxMode=True, antialias=True)
        self._ring.setZValue(9)
        self.canvas.box.addItem(self._ring)
        self._places: Points = np.empty((0, 2))

    def is_empty(self) -> bool:
        return not self.payload or not len(self.payload.points)

    def accept(self, payload: Scatter) -> None:
        if payload.selected is not None:
            self.selected = payload.selected
        if payload.x != self._x:
            # Another axis: where it was zoomed to means nothing there.
            self._x, self.follows = payload.x, True
        super().accept(payload)

    def names(self) -> tuple[str, str]:
        return self.payload.x or self.output.x, self.output.y

    def select(self, index: int | None) -> None:
        super().select(index)
        self._lay_ring()

    def entries(self) -> list[legend.Entry]:
        look = theme.current()
        return [
            legend.Entry(name, look.line(i), mark=Symbols[_mark(i)])
            for i, name in enumerate(self.payload.names if self.payload.classes is not None else ())
        ]

    def margin(self) -> float:
        return heat.SCALE_WIDTH + 2 * theme.GRID if self.payload.values is not None else 0.0

    def paint_beside(self, painter: QPainter, plan: axes.Axes) -> None:
        if self.payload.values is not None:
            bar = QRectF(plan.area)
            bar.moveLeft(self.width() - heat.SCALE_WIDTH)
            bar.setWidth(heat.SCALE_WIDTH)
            payload = self.payload
            heat.paint_scale(painter, bar, *payload.scale(), payload.label, payload.form)

    def ends(self) -> tuple[Ends, Ends]:
        x, y = (_with_margin(places) for places in self._placed().T)
        return axes.ends_of(x, self.log_x), self.y_ends(y)

    def _placed(self) -> Points:
        """(N, 2): the points in axis coordinates; NaN for both where one is not finite."""
        x, y = self.payload.points.T
        places = np.stack([axes.placed(x, self.log_x), axes.placed(y, self.log_y)], 1)
        places[~np.isfinite(places).all(1)] = np.nan
        return places

    def lay_items(self) -> None:
        box, places = self.canvas.box, self._placed()
        self._places = places
        for cloud in self._clouds:
            box.removeItem(cloud)
        self._clouds = []
        size = _SIZE if len(places) <= _MANY else _SMALL
        known = np.isfinite(places[:, 0])
        for mark, colours, chosen in self._groups():
            shown = chosen & known
            if not shown.any():
                continue
            if not isinstance(colours, QColor):
                colours = [colours[i] for i in np.flatnonzero(shown)]
            cloud = pg.ScatterPlotItem(
                *places[shown].T, symbol=mark, size=size, brush=colours, pen=None, antialias=True
            )
            box.addItem(cloud)
            self._clouds.append(cloud)
        self._lay_ring()

    def _groups(self) -> list[tuple[str, Any, Any]]:
        """Groups of points: (mark, one colour or those of all points, which points)."""
        payload, look = self.payload, theme.current()
        everyone = np.ones(len(payload.points), bool)
        if payload.classes is not None:
            return [
                (_mark(i), _shade(look.line(i)), payload.classes == i)
                for i in range(len(payload.names))
            ]
        if payload.values is None:
            return [("o", _shade(look.line(0)), everyone)]
        low, high = payload.scale()
        share = np.clip((payload.values - low) / ((high - low) or 1.0), 0, 1)
        unknown = pg.mkBrush(look.muted)
        shades = [pg.mkBrush(*VIRIDIS[i * 255 // (_SHADES - 1)].tolist()) for i in range(_SHADES)]
        brushes = [
            unknown if np.isnan(s) else shades[round(s * (_SHADES - 1))] for s in share.tolist()
        ]
        return [("o", brushes, everyone)]

    def _lay_ring(self) -> None:
        """Put the ring around the selected point."""
        at = self._places[[] if self.selected is None else [self.selected]]
        self._ring.setData(*at[np.isfinite(at).all(1)].T, brush=None)
        self._ring.setPen(cosmetic(theme.current().text, 2.5))
        self.canvas.viewport().update()

    # Picking.

    def count(self) -> int:
        return 0 if self.is_empty() else len(self.payload.points)

    def rect_of(self, index: int) -> QRectF:
        plan, (x, y) = self.plan(), self._places[index]
        place = QRectF(0, 0, _SIZE, _SIZE)
        if np.isfinite(x):
            place.moveCenter(QPointF(float(plan.across(x)), float(plan.down(y))))
        return place

    def index_at(self, position: QPointF) -> int | None:
        plan = self.plan()
        if not len(self._places) or not plan.area.contains(position):
            return None
        across = plan.across(self._places[:, 0]) - position.x()
        away = np.hypot(across, plan.down(self._places[:, 1]) - position.y())
        away = np.where(np.isfinite(away), away, np.inf)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= _NEAR else None

    def cross_at(self, position: QPointF) -> Cross | None:
        index = self.index_at(position)
        if index is None:
            return None
        x, y = self._places[index].tolist()
        return Cross(x, y)

    def readout(self, position: QPointF) -> str:
        index = None if self.is_empty() else self.index_at(position)
        if index is None:
            return ""
        payload = self.payload
        x, y = (text.number(value) for value in payload.points[index])
        said = [payload.captions[index]] if payload.captions else []
        across, up = self.names()
        said.append(f"{across or 'x'} {x}, {up or 'y'} {y}")
        if payload.classes is not None:
            said.append(payload.names[payload.classes[index]])
        if payload.values is not None:
            value = payload.values[index]
            words = text.written(value, payload.form) if payload.form else text.number(value)
            said.append(f"{payload.label or 'value'}: {words}")
        return "\n".join(said)


def _with_margin(places: Points) -> Points:
    """The range of coordinates with a margin, so that points at the edge are not cut."""
    known = places[np.isfinite(places)]
    if not known.size:
        return known
    beyond = _MARGIN * (known.max() - known.min())
    return np.array([known.min() - beyond, known.max() + beyond])


def _mark(index: int) -> str:
    colours = len(theme.current().series)
    return _MARKS[index // colours % len(_MARKS)]


def _shade(colour: QColor) -> QColor:
    """Slightly transparent, so that overlapping points show."""
    shade = QColor(colour)
    shade.setAlphaF(0.8)
    return shade
