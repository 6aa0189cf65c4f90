"""The lines of a curve: downsampled to what a screen can show, and drawn fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

Points = NDArray[np.float64]

DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
WIDTH = 2.5
# Up to this many points a line is drawn with one pen of its width. Qt is slow with longer ones: 700
# noisy points take 42 ms, 145 with a device pixel ratio of 2. There are two faster ways.
_PATH = 64
# Pens of one device pixel are fast: the line is drawn four times with one, shifted a little to each
# side (1.2 ms). At a higher device pixel ratio the pen is wider than that, and slow (550 ms).
_SIDES = ((-0.75, 0.0), (0.75, 0.0), (0.0, -0.75), (0.0, 0.75))
# There each segment is drawn by itself, with a square cap (10 ms).
# Up to this many points are drawn as dots too: a single one makes no line.
_DOTS = 32
# Radius of such a dot, and of one that stands without a line.
_RADIUS, ALONE = 4.0, 5.5
# The largest number of dash periods in a line; and lengths of dashes and gaps, in pixels.
_LONG = 10_000
_PATTERNS = {
    Qt.PenStyle.DashLine: [9.0, 6.0],
    Qt.PenStyle.DotLine: [3.0, 5.0],
    Qt.PenStyle.DashDotLine: [14.0, 4.0, 3.0, 4.0],
}


def thinned(*columns: Points, limit: int, rising: bool = True) -> tuple[Points, ...]:
    """Downsample x and one or more y to about `limit` points: the extremes of each block, in order.

    No spike is lost, and a block without finite values stays a gap. The extremes are those of each
    y, and of x too where it is not rising.
    """
    count = len(columns[0])
    if count <= limit:
        return columns
    bounded = columns[1:] if rising else columns
    size = -(-count // max(limit // (2 * len(bounded)), 1))
    whole = count // size
    kept = []
    for column in bounded:
        blocks = column[: whole * size].reshape(whole, size)
        known = np.isfinite(blocks)
        kept += [
            np.where(known, blocks, np.inf).argmin(1),
            np.where(known, blocks, -np.inf).argmax(1),
        ]
    inside = np.sort(np.stack(kept, 1), 1) + np.arange(whole)[:, None] * size
    picked = np.concatenate([inside.ravel(), np.arange(whole * size, count)])
    return tuple(column[picked] for column in columns)


def draw(
    painter: QPainter, x: Points, y: Points, colour: QColor, dash: Qt.PenStyle, exact: bool = False
) -> None:
    """Draw a line through points in pixels; it breaks where one is not finite.

    exact: one pen of the line's width for any number of points, as in a saved drawing.
    """
    known = np.isfinite(x) & np.isfinite(y)
    wide = exact or len(x) <= _PATH
    fine = not wide and painter.device().devicePixelRatio() > 1
    pen = QPen(colour, WIDTH if wide or fine else 1.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pattern = _PATTERNS.get(dash)
    if pattern:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not fine:
            pen.setDashPattern([length / pen.widthF() for length in pattern])
    painter.setPen(pen)
    points = np.stack([x, y], 1)
    for part in [slice(None)] if known.all() else runs(known):
        if fine:
            pieces = np.stack([points[part][:-1], points[part][1:]], 1)
            draw_segments(painter, dashed(points[part], pattern) if pattern else pieces)
            continue
        for side in ((0.0, 0.0),) if wide else _SIDES:
            painter.drawPolyline(polygon(points[part] + side))
    if len(x) <= _DOTS or np.count_nonzero(known) <= _DOTS:
        draw_dots(painter, x, y, colour, _RADIUS)


def draw_dots(painter: QPainter, x: Points, y: Points, colour: QColor, radius: float) -> None:
    """Draw a disc at each point that is finite; all in pixels."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for at in np.stack([x, y], 1)[np.isfinite(x) & np.isfinite(y)].tolist():
        painter.drawEllipse(QPointF(*at), radius, radius)


def runs(known: NDArray[np.bool_]) -> list[slice]:
    """The runs of two or more known points."""
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False)).tolist()
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [slice(start, end) for start, end in pairs if end - start > 1]


def dashed(points: Points, pattern: Sequence[float]) -> Points:
    """The segments of a dashed line: (M, 2, 2), both ends of each.

    points: (N, 2), finite. pattern: lengths of dashes and gaps in turn, in pixels. A line of more
    periods than a screen has room for stays solid.
    """
    steps = np.hypot(*np.diff(points, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    turns = np.concatenate([[0.0], np.cumsum(pattern)])
    period = turns[-1]
    if at[-1] > _LONG * period:
        return np.stack([points[:-1], points[1:]], 1)
    ends = np.add.outer(np.arange(np.ceil(at[-1] / period)) * period, turns[:-1]).ravel()
    cuts = np.unique(np.concatenate([at, ends[ends < at[-1]]]))
    places = np.stack([np.interp(cuts, at, column) for column in points.T], 1)
    middles = (cuts[:-1] + cuts[1:]) / 2 % period
    drawn = (np.searchsorted(turns, middles, "right") - 1) % 2 == 0
    pieces: Points = np.stack([places[:-1], places[1:]], 1)[drawn]
    return pieces


def draw_segments(painter: QPainter, pieces: Points) -> None:
    """Draw (N, 2, 2) segments, given by both ends."""
    # A polygon is accepted as a list of points; the stubs do not know that.
    painter.drawLines(polygon(pieces))  # type: ignore[call-overload]


def polygon(points: Points) -> QPolygonF:
    """A polygon of (..., 2) points, written straight into its memory: making QPointF is slow."""
    points = np.ascontiguousarray(points.reshape(-1, 2))
    polygon = QPolygonF()
    polygon.resize(len(points))
    if len(points):
        # PySide's stubs know neither this use of VoidPtr nor that it is a buffer.
        memory: Any = shiboken6.VoidPtr(polygon.data(), points.nbytes, True)  # type: ignore[call-arg, arg-type]
        np.frombuffer(memory, np.float64)[:] = points.ravel()
    return polygon
