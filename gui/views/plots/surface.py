"""A function of two variables: a heat map with contour lines, or a surface in 3D."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from gui import theme
from gui.views import heat, text
from gui.views.plots import axes, contours, legend, lines, relief
from gui.views.plots.axes import Ends, Points
from gui.views.plots.canvas import Cross
from gui.views.plots.items import Item, across, down
from gui.views.plots.keys import Key
from gui.views.plots.plot import PlotView
from lab.media.colours import viridis
from lab.payloads import Surface


class Contours(Item):
    """Contour lines, each dark or bright, whichever contrasts with the heat map there."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[QColor, Points]] = []

    def set_numbers(
        self, x: Points, y: Points, z: Points, scale: Ends, levels: Points | None = None
    ) -> None:
        """x, y: axis coordinates of the samples, rising; z: (rows, columns).

        levels: of the lines; None for round numbers.
        """
        self._lines = []
        for level in contours.levels(*scale) if levels is None else levels:
            colour = heat.ink(viridis(np.array(level), *scale))
            colour.setAlphaF(0.7)
            self._lines.append((colour, contours.segments(x, y, z, float(level))))
        self.update()

    def draw(self, painter: QPainter, where: QTransform) -> None:
        for colour, segments in self._lines:
            painter.setPen(QPen(colour, 1.0))
            pixels = np.stack([across(where, segments[..., 0]), down(where, segments[..., 1])], -1)
            lines.draw_segments(painter, pixels)


class Paths(Item):
    """Lines over the heat, each with a mark at its end; an outline sets them off from it."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[QColor, Points, Points]] = []

    def set_numbers(self, drawn: list[tuple[QColor, Points, Points]]) -> None:
        """(colour, x, y) of each, in axis coordinates; NaN for a gap."""
        self._lines = drawn
        self.update()

    def draw(self, painter: QPainter, where: QTransform) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, x, y in self._lines:
            places = np.stack([across(where, x), down(where, y)], 1)
            runs = [places[part] for part in lines.runs(np.isfinite(places[:, 0] + places[:, 1]))]
            for pen in (QPen(QColor("white"), 5.0), QPen(colour, 3.0)):
                painter.setPen(pen)
                for run in runs:
                    painter.drawPolyline(lines.polygon(run))
            if runs:
                painter.setPen(QPen(QColor("white"), 1.5))
                painter.setBrush(colour)
                painter.drawEllipse(QPointF(*runs[-1][-1]), 6.0, 6.0)
                painter.setBrush(Qt.BrushStyle.NoBrush)


# A key in addition to those of every plot.
TURN = Key("T", "Turn in space, or heat with contours", "toggle_relief")


class SurfaceView(PlotView):
    """A heat map, with a rectangle around each sample, under contour lines.

    With OpenGL it is a surface in 3D instead, rotated with the mouse.
    """

    payload: Surface

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setZValue(-90)
        self._contours, self._paths = Contours(), Paths()
        self._scale = 0.0, 1.0
        self.in_space = relief.available()
        self._relief: Any = None
        for item in (self._image, self._contours, self._paths):
            self.canvas.box.addItem(item)

    def is_empty(self) -> bool:
        return not self.payload or self.payload.z.size == 0

    def entries(self) -> list[legend.Entry]:
        """The paths."""
        look = theme.current()
        return [
            legend.Entry(name, look.line(i), dash=Qt.PenStyle.SolidLine)
            for i, name in enumerate(self.payload.paths)
        ]

    def letters(self) -> tuple[Key, ...]:
        return (*super().letters(), TURN) if relief.available() else super().letters()

    def toggle_relief(self) -> None:
        """Switch between the surface in 3D and the heat map."""
        self.in_space = not self.in_space
        self.see_all()

    def see_all(self) -> None:
        if self._relief is not None:
            self._relief.reset_camera()
        super().see_all()

    def forget(self) -> None:
        super().forget()
        if self._relief is not None:
            self._relief.hide()

    def margin(self) -> float:
        return heat.SCALE_WIDTH + 2 * theme.GRID

    def _samples(self) -> tuple[Points, Points, Points]:
        """Axis coordinates of the samples, rising, and z there: (rows, columns).

        z is cut at the ends of the scale that are given; on a logarithmic one it is its logarithm.
        """
        x = axes.placed(self.payload.x, self.log_x)
        y = axes.placed(self.payload.y, self.log_y)
        columns, rows = (np.argsort(v)[: np.isfinite(v).sum()] for v in (x, y))
        z = self.payload.z[np.ix_(rows, columns)]
        if self.payload.high is not None:
            z = np.minimum(z, self.payload.high)
        if self.payload.low is not None:
            kept = z <= 0 if self.payload.log else np.zeros(z.shape, bool)
            z = np.where(kept, z, np.maximum(z, self.payload.low))
        return x[columns], y[rows], axes.placed(z, True) if self.payload.log else z

    def _ends(self) -> Ends:
        """The ends of the scale, in units of z."""
        given = self.payload.low, self.payload.high
        known = self.payload.z[np.isfinite(self.payload.z)]
        if self.payload.log:
            known = known[known > 0]
        own = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        low, high = (own[i] if end is None else end for i, end in enumerate(given))
        return low, max(low, high)

    def ends(self) -> tuple[Ends, Ends]:
        """Half a step beyond the first and the last sample."""
        x, y, _ = self._samples()
        return _span(x), _span(y)

    def lay_items(self) -> None:
        log, (low, high) = self.payload.log, self._ends()
        self._scale = (float(np.log10(low)), float(np.log10(high))) if log and low else (low, high)
        x, y, z = self._samples()
        self._image.setVisible(bool(z.size))
        look = theme.current()
        self._paths.set_numbers(
            [
                (look.line(i), axes.placed(x, self.log_x), axes.placed(y, self.log_y))
                for i, (x, y) in enumerate(self.payload.paths.values())
            ]
        )
        if not z.size:
            self._contours.set_numbers(x, y, z, (0.0, 0.0))
            return
        levels = np.log10(contours.log_levels(low, high)) if log else None
        shown = z[np.ix_(_even(y), _even(x))]
        pixels = np.empty((*shown.shape, 4), np.uint8)
        pixels[..., :3] = viridis(shown, *self._scale)
        pixels[..., 3] = np.where(np.isfinite(shown), 255, 0)
        (left, right), (low, high) = _span(x), _span(y)
        self._image.setImage(pixels, autoLevels=False)
        self._image.setRect(QRectF(left, low, right - left, high - low))
        self._contours.set_numbers(x, y, z, self._scale, levels)
        # OpenGL draws on a screen only, and a card that is drawn for a file is never on one.
        seen = not self.window().testAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        if in_space := self.in_space and seen:
            if self._relief is None:
                self._relief = relief.make(self)
            room = self.rect().adjusted(0, 0, -round(self.margin()), 0)
            self._relief.setGeometry(room)
            names = self.output.x or "x", self.output.y or "y"
            logarithmic = self.log_x, self.log_y
            self._relief.show_surface((x, y), z, self._scale, names, logarithmic)
            for i, path in enumerate(self._over(x, y, z)):
                self._relief.add_path(path, look.line(i))
        if self._relief is not None:
            self._relief.setVisible(in_space)

    def _over(self, x: Points, y: Points, z: Points) -> list[Points]:
        """Each path as (N, 3) on the surface; the nearest sample gives its height."""
        found = []
        for path in self.payload.paths.values():
            across, up = axes.placed(path[0], self.log_x), axes.placed(path[1], self.log_y)
            known = np.isfinite(across) & np.isfinite(up)
            across, up = across[known], up[known]
            rows = np.abs(y[:, None] - up).argmin(0)
            columns = np.abs(x[:, None] - across).argmin(0)
            found.append(np.stack([across, up, z[rows, columns]], 1))
        return found

    def render_plot(self, painter: QPainter, place: QRectF) -> None:
        super().render_plot(painter, place)
        if self._relief is not None and self._relief.isVisible():
            room = QRectF(self._relief.geometry()).translated(place.topLeft())
            painter.drawImage(room, self._relief.grabFramebuffer())

    def paint_beside(self, painter: QPainter, plan: axes.Axes) -> None:
        bar = QRectF(plan.area)
        bar.moveLeft(self.width() - heat.SCALE_WIDTH)
        bar.setWidth(heat.SCALE_WIDTH)
        heat.paint_scale(painter, bar, *self._ends(), self.payload.label)

    def _sample(self, position: QPointF) -> tuple[int, int] | None:
        """(row, column) of the sample nearest to a point inside the axes."""
        point = None if self.is_empty() else self.plan().value_at(position)
        if point is None:
            return None
        row = axes.nearest(self.payload.y, point[1], self.log_y)
        return row, axes.nearest(self.payload.x, point[0], self.log_x)

    def cross_at(self, position: QPointF) -> Cross | None:
        sample = self._sample(position)
        if sample is None:
            return None
        x = axes.placed(self.payload.x, self.log_x)[sample[1]]
        y = axes.placed(self.payload.y, self.log_y)[sample[0]]
        if not (np.isfinite(x) and np.isfinite(y)):
            return None
        # The grey lines can be hard to see on the heat map; a dot in a ring never is.
        return Cross(float(x), float(y), ((float(x), float(y), theme.current().text),))

    def readout(self, position: QPointF) -> str:
        sample = self._sample(position)
        if sample is None:
            return ""
        i, j = sample
        payload = self.payload
        place = f"{self.output.x or 'x'} {text.number(payload.x[j])}"
        place += f", {self.output.y or 'y'} {text.number(payload.y[i])}"
        return f"{place}: {text.number(payload.z[i, j])}"


def _span(samples: Points) -> Ends:
    """The limits of an axis that gives the outer samples as much width as the others."""
    if not len(samples):
        return 0.0, 1.0
    low, high = float(samples.min()), float(samples.max())
    half = (high - low) / (2 * max(len(samples) - 1, 1)) or 0.5
    return low - half, high + half


def _even(samples: Points) -> NDArray[np.intp]:
    """For evenly spaced coordinates over the range of the samples, the index of the nearest one."""
    places = np.linspace(samples.min(), samples.max(), len(samples))
    nearest: NDArray[np.intp] = np.abs(samples[None] - places[:, None]).argmin(1)
    return nearest
