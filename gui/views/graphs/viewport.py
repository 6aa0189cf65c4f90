"""The part of a drawing that is seen: scrolled and zoomed, and never lost from sight."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF

from gui import theme
from gui.views.graphs.choosing import MARGIN, READABLE, fitting
from gui.views.graphs.nested import Size

# The closest zoom.
CLOSEST = 3.0
# A scroll bar, in pixels; what is revealed keeps so far from the edge.
_BAR, _EDGE = 3.0, 2.0 * theme.GRID


class Viewport:
    """Where a drawing is on the screen: its place p is at offset + scale * p.

    size: of the drawing, at scale 1. room: of the screen's part below `top`, in pixels. zoomed:
    whether the scale was chosen by hand. whole: all of it is shown, however small.
    """

    def __init__(self) -> None:
        self.size: Size = (1.0, 1.0)
        self.room: Size = (1.0, 1.0)
        self.top = 0.0
        self.scale, self.offset = 1.0, QPointF()
        self.zoomed = self.whole = False

    def show(self, size: Size, scale: float) -> None:
        """Take in another drawing, at that scale if none was chosen by hand."""
        self.size = size
        if not self.zoomed:
            self.scale = scale
        self.scale = max(self.scale, self.least())

    def to_head(self) -> None:
        """Show the beginning of the drawing."""
        left = (self.room[0] - self.size[0] * self.scale) / 2
        self.offset = QPointF(left, self.top + MARGIN)
        self._keep_inside()

    def put(self, place: QPointF, at: QPointF) -> None:
        """Bring a place of the drawing to a point of the screen, as far as that can be."""
        self.offset = at - place * self.scale
        self._keep_inside()

    def on_screen(self, rect: QRectF) -> QRectF:
        """A rectangle of the drawing in pixels of the screen."""
        return QRectF(self.offset + rect.topLeft() * self.scale, rect.size() * self.scale)

    def in_drawing(self, point: QPointF) -> QPointF:
        """A point of the screen in the drawing."""
        return (point - self.offset) / self.scale

    def seen(self) -> QRectF:
        """The part of the drawing that is seen."""
        corner = self.in_drawing(QPointF(0, 0))
        high = (self.room[1] + self.top) / self.scale
        return QRectF(corner.x(), corner.y(), self.room[0] / self.scale, high)

    def beyond(self) -> tuple[float, float]:
        """Pixels by which it can be scrolled, across and down."""
        over = [
            side * self.scale + 2 * MARGIN - room
            for side, room in zip(self.size, self.room, strict=True)
        ]
        # What fits exactly is at times too large by a rounding error.
        return over[0] if over[0] > 0.5 else 0.0, over[1] if over[1] > 0.5 else 0.0

    def least(self) -> float:
        """The smallest scale: all of it, or the smallest text that can be read."""
        all_ = fitting(self.size, self.room)
        return all_ if self.whole else max(min(all_, READABLE), READABLE * 0.999)

    def move(self, across: float, down: float) -> None:
        """Scroll by pixels."""
        self.offset += QPointF(across, down)
        self._keep_inside()

    def zoom(self, factor: float, about: QPointF) -> None:
        """Scale about a point of the screen; never so small that it cannot be read."""
        scale = min(max(self.scale * factor, self.least()), CLOSEST)
        self.offset = about - (about - self.offset) * (scale / self.scale)
        self.scale, self.zoomed = scale, True
        self._keep_inside()

    def reveal(self, rect: QRectF) -> None:
        """Scroll until a rectangle of the drawing is seen, or its beginning if it is too large."""
        place = self.on_screen(rect)

        def by(low: float, high: float, first: float, last: float) -> float:
            if high - low > last - first - 2 * _EDGE or low < first + _EDGE:
                return first + _EDGE - low
            return min(last - _EDGE - high, 0.0)

        self.move(
            by(place.left(), place.right(), 0.0, self.room[0]),
            by(place.top(), place.bottom(), self.top, self.top + self.room[1]),
        )

    def _keep_inside(self) -> None:
        """Centre what is smaller than the room, and leave no gap beside what is larger."""
        beyond = self.beyond()
        at = [self.offset.x(), self.offset.y()]
        for axis, first in enumerate((0.0, self.top)):
            if beyond[axis]:
                at[axis] = min(max(at[axis], first + MARGIN - beyond[axis]), first + MARGIN)
            else:
                at[axis] = first + (self.room[axis] - self.size[axis] * self.scale) / 2
        self.offset = QPointF(*at)

    def bars(self) -> Iterator[tuple[QRectF, QRectF]]:
        """The groove and the knob of each scroll bar."""
        beyond, bottom = self.beyond(), self.top + self.room[1]
        for axis, first in enumerate((MARGIN, self.top + MARGIN)):
            if not beyond[axis]:
                continue
            groove, room = self.room[axis] - 2 * MARGIN, self.room[axis]
            share = (first - (self.offset.x(), self.offset.y())[axis]) / beyond[axis]
            knob = groove * room / (room + beyond[axis])
            low = first + (groove - knob) * share
            if axis == 0:
                down = bottom - _BAR - 1
                yield QRectF(first, down, groove, _BAR), QRectF(low, down, knob, _BAR)
            else:
                left = self.room[0] - _BAR - 1
                yield QRectF(left, first, _BAR, groove), QRectF(left, low, _BAR, knob)
