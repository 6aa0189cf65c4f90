"""The points of a curve: kept while a run goes on, thinned to what a screen can show, drawn."""

from __future__ import annotations

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

Points = NDArray[np.float64]

DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
WIDTH = 2.5
# Up to so many points a line is drawn with a pen of its width. Longer ones are stroked slowly (2,000
# noisy points take 50 ms), so a pen of one pixel, which Qt has a fast way for, goes over them from
# several sides: 1.4 ms.
_PATH = 64
_SIDES = ((-0.75, 0.0), (0.75, 0.0), (0.0, -0.75), (0.0, 0.75))
# Up to so many points are marked as dots too: one alone makes no line.
_DOTS = 32
# Dashes and gaps, in pixels.
_PATTERNS = {
    Qt.PenStyle.DashLine: [9.0, 6.0],
    Qt.PenStyle.DotLine: [3.0, 5.0],
    Qt.PenStyle.DashDotLine: [14.0, 4.0, 3.0, 4.0],
}


class Line:
    """One series: its points, in arrays that grow by doubling."""

    def __init__(self) -> None:
        self._room = np.empty((2, 256))
        self.length = 0

    def add(self, x: Points, y: Points) -> None:
        """Put points at the end."""
        needed = self.length + len(x)
        if needed > self._room.shape[1]:
            room = np.empty((2, max(needed, 2 * self._room.shape[1])))
            room[:, : self.length] = self._room[:, : self.length]
            self._room = room
        self._room[:, self.length : needed] = x, y
        self.length = needed

    @property
    def x(self) -> Points:
        """All x, float64 (N,)."""
        return self._room[0, : self.length]

    @property
    def y(self) -> Points:
        """All y, float64 (N,)."""
        return self._room[1, : self.length]


def thinned(x: Points, y: Points, limit: int) -> tuple[Points, Points]:
    """At most about `limit` points: of each stretch the lowest and the highest y, in order.

    So no spike is lost. A stretch that is nowhere finite stays a gap.
    """
    if len(x) <= limit:
        return x, y
    size = -(-len(x) // max(limit // 2, 1))
    whole = len(x) // size
    blocks = y[: whole * size].reshape(whole, size)
    known = np.isfinite(blocks)
    lowest = np.where(known, blocks, np.inf).argmin(1)
    highest = np.where(known, blocks, -np.inf).argmax(1)
    pair = np.sort(np.stack([lowest, highest], 1), 1) + np.arange(whole)[:, None] * size
    kept = np.concatenate([pair.ravel(), np.arange(whole * size, len(x))])
    return x[kept], y[kept]


def draw(painter: QPainter, x: Points, y: Points, colour: QColor, dash: Qt.PenStyle) -> None:
    """Draw a line through points in pixels; it breaks where one is not finite."""
    known = np.isfinite(x) & np.isfinite(y)
    wide = len(x) <= _PATH
    pen = QPen(colour, WIDTH if wide else 1.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dash in _PATTERNS:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([length / pen.widthF() for length in _PATTERNS[dash]])
    painter.setPen(pen)
    points = np.stack([x, y], axis=1)
    for part in _runs(known):
        for side in ((0.0, 0.0),) if wide else _SIDES:
            painter.drawPolyline(_polygon(points[part] + side))
    if known.sum() <= _DOTS:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for point in _polygon(points[known]):
            painter.drawEllipse(point, 4, 4)


def _runs(known: NDArray[np.bool_]) -> list[slice]:
    """The stretches of two and more known points."""
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False)).tolist()
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [slice(start, end) for start, end in pairs if end - start > 1]


def _polygon(points: Points) -> QPolygonF:
    """A polygon of (N, 2) points, written straight into its memory: making QPointF is slow."""
    polygon = QPolygonF()
    polygon.resize(len(points))
    if len(points):
        memory = shiboken6.VoidPtr(polygon.data(), points.nbytes, True)
        np.frombuffer(memory, np.float64)[:] = points.ravel()
    return polygon
