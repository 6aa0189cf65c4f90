"""The layout of pictures in a grid or a row; the base of the views of pictures and filters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QWheelEvent

from gui import theme
from gui.views.base import View
from gui.views.images import enlarged

# Up to this edge, in its own pixels, a picture is enlarged by whole numbers only, so that all its
# pixels are drawn equally large.
SMALL = 96
# A caption's line that is wider than so many pixels may be cut in a narrow card.
LEAST_CAPTION = 9.0 * theme.GRID
# How many times as high as the card a grid may be that is scrolled.
TALLER = (1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
# Pixels below a row that scrolls, for its scroll bar.
BAR = 12.0
# Pixels that a caption may take in such a row, however small the pictures are.
WORDS = 20.0 * theme.GRID

Size = tuple[float, float]


def magnification(image: Size, room: Size, ratio: float = 1.0) -> float:
    """The factor that fits an image (w, h) into `room`. ratio: the device pixel ratio."""
    scale = min(room[0] / max(image[0], 1), room[1] / max(image[1], 1))
    if max(image) <= SMALL and scale * ratio >= 2:
        return math.floor(scale * ratio + 1e-6) / ratio
    return max(scale, 0.0)


@dataclass(frozen=True)
class Layout:
    """A grid of cells with `columns` columns, whose first cell is at (left, top).

    cell: (width, height) of a cell and the gap after it. tile: (width, height) for the picture,
    at the top centre of its cell. below: height for the caption below it.
    """

    columns: int
    left: float
    top: float
    cell: Size
    tile: Size
    below: float


def arrange(
    sizes: Sequence[Size],
    count: int,
    room: Size,
    gap: float,
    below: Callable[[float], float] | None = None,
    columns: int = 0,
    ratio: float = 1.0,
) -> Layout:
    """The grid in which `count` pictures are drawn largest.

    sizes: the distinct sizes among them. below: the height that captions need, by the width of a
    cell. columns: their number, or 0 to choose it.
    """
    best, best_score = None, -1.0
    for across in [min(columns, count)] if columns else range(1, count + 1):
        down = math.ceil(count / across)
        wide = (room[0] - gap * (across - 1)) / across
        words = below(wide) if below else 0.0
        high = (room[1] - gap * (down - 1)) / down - words
        if (wide < 1 or high < 1) and best:
            continue
        drawn = []
        for size in sizes:
            scale = magnification(size, (max(wide, 1), max(high, 1)), ratio)
            drawn.append((size[0] * scale, size[1] * scale))
        tile = max(w for w, _ in drawn), max(h for _, h in drawn)
        empty = across * down - count
        score = sum(w * h for w, h in drawn) * (1 - 0.02 * empty / count)
        if score > best_score:
            # Captions need the whole width of a cell; without them pictures stand close together.
            cell_w = wide if below else tile[0]
            cell = cell_w + gap, tile[1] + words + gap
            left = (room[0] - across * cell[0] + gap) / 2
            top = (room[1] - down * cell[1] + gap) / 2
            best_score = score
            best = Layout(across, left, top, cell, tile, words)
    assert best is not None
    return best


def in_a_row(
    sizes: Sequence[Size], count: int, room: Size, gap: float, words: Size = (0.0, 0.0)
) -> Layout:
    """All `count` pictures in one row of the height of the room; it may be wider than the room.

    words: (width, height) of the largest caption. A cell is widened for it, up to WORDS pixels or
    twice the picture's width.
    """
    high = max(room[1] - words[1], 1.0)
    wide = max(high * w / h for w, h in sizes)
    cell = max(wide, min(words[0], max(2 * wide, WORDS)))
    return Layout(count, 0.0, 0.0, (cell + gap, high + words[1] + gap), (wide, high), words[1])


class Tiles(View):
    """Pictures in a grid, or in one row that scrolls. A subclass sets them with `take`.

    gap, margin: pixels between pictures, and around all of them. least_edge: of a picture that can
    be seen from the back row, in pixels; twice its own pixels are enough, too.
    """

    gap = 1.0 * theme.GRID
    margin = 6.0
    least_edge = 56.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.images: list[QImage] = []
        self._sizes: tuple[Size, ...] = ()
        self._drawn: dict[int, QPixmap] = {}
        self._layout: tuple[Any, Layout] | None = None
        self._scrolled = 0.0

    def strip(self) -> bool:
        """Whether the pictures stand in one row."""
        return False

    def columns(self) -> int:
        """The number of columns; 0 to choose it."""
        return 0

    def below(self) -> Callable[[float], float] | None:
        """The height that captions need, by the width of a cell; None for no captions."""
        return None

    def words(self) -> float:
        """The width of the longest line of a caption, in pixels."""
        return 0.0

    def decorate(self, painter: QPainter, index: int, tile: QRectF, area: QRectF) -> None:
        """Draw the frame and caption of a picture at `tile`; `area` is for the caption."""

    def take(self, images: list[QImage]) -> None:
        """Set the pictures."""
        sizes: set[Size] = {(image.width(), image.height()) for image in images}
        if len(sizes) > 1:
            # Pictures of different sizes are scaled to equally long edges.
            sizes = {(256 * w / max(w, h), 256 * h / max(w, h)) for w, h in sizes}
        self.images = images
        self._sizes = tuple(sorted(sizes))
        self._drawn.clear()

    def forget(self) -> None:
        self.take([])

    def is_empty(self) -> bool:
        return not self.images

    def count(self) -> int:
        return len(self.images)

    def row_length(self) -> int:
        return self.layout_now().columns if self.images else 1

    def layout_now(self) -> Layout:
        """The layout at this size of the widget."""
        size = float(self.width()), float(self.height())
        ratio = self.devicePixelRatioF()
        key = (self._sizes, len(self.images), size, ratio, id(self.payload))
        if self._layout is None or self._layout[0] != key:
            self._layout = key, self._scrolling(*size)
            self._drawn.clear()
        return self._layout[1]

    def _scrolling(self, width: float, height: float) -> Layout:
        """The layout; one that is scrolled down where the pictures would be too small to see."""
        plan = self._planned(width, height)
        # A card that is drawn for a file shows everything.
        drawn = self.window().testAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        for times in TALLER if not (self.strip() or drawn or self._readable(plan)) else ():
            taller = self._planned(width - BAR, height * times)
            if self._readable(taller):
                return replace(taller, top=0.0)
        return plan

    def _planned(self, width: float, height: float) -> Layout:
        room = width - 2 * self.margin, height - 2 * self.margin
        below, count = self.below(), len(self.images)
        if self.strip():
            words = self.words(), below(0.7 * room[1]) if below else 0.0
            return in_a_row(self._sizes, count, (room[0], room[1] - BAR), self.gap, words)
        fixed = self._sizes, count, room, self.gap
        ratio = self.devicePixelRatioF()
        plan = arrange(*fixed, below, self.columns(), ratio)
        if plan.tile[1] < plan.below / 2:
            # Rather large pictures without captions: the tooltip has them.
            plan = arrange(*fixed, None, self.columns(), ratio)
        return plan

    def fits(self, width: float, height: float) -> bool:
        """Whether each picture is large enough, and its caption has its place."""
        if not self.images:
            return super().fits(width, height)
        return self._readable(self._planned(width, height))

    @property
    def scrolls(self) -> bool:
        """Whether one scrolls to see all of it."""
        return bool(self.images) and self._beyond(self.layout_now()) > 0

    def _readable(self, plan: Layout) -> bool:
        own = max(max(image.width(), image.height()) for image in self.images)
        captioned = self.below() is None or (
            plan.below > 0 and plan.cell[0] - self.gap >= self.caption_width()
        )
        return captioned and max(plan.tile) >= min(self.least_edge, 2.0 * own)

    def caption_width(self) -> float:
        """Pixels that the captions need at least."""
        return min(self.words(), LEAST_CAPTION)

    def cell_of(self, index: int) -> QRectF:
        """The rectangle of a picture and its caption."""
        return self._cell(self.layout_now(), index)

    def _cell(self, plan: Layout, index: int) -> QRectF:
        row, column = divmod(index, plan.columns)
        offset = self._offset(plan)
        left = self.margin + plan.left + column * plan.cell[0] - (offset if self.strip() else 0)
        top = self.margin + plan.top + row * plan.cell[1] - (0 if self.strip() else offset)
        return QRectF(left, top, plan.cell[0] - self.gap, plan.cell[1] - self.gap)

    def rect_of(self, index: int) -> QRectF:
        plan = self.layout_now()
        return self._place(plan, self._cell(plan, index), self.images[index])

    def _place(self, plan: Layout, cell: QRectF, image: QImage) -> QRectF:
        ratio = self.devicePixelRatioF()
        size = image.width(), image.height()
        scale = magnification(size, plan.tile, ratio)
        wide, high = size[0] * scale, size[1] * scale
        left = cell.center().x() - wide / 2
        top = cell.top() + (plan.tile[1] - high) / 2

        def snap(value: float) -> float:
            return round(value * ratio) / ratio

        return QRectF(snap(left), snap(top), snap(wide), snap(high))

    def index_at(self, position: QPointF) -> int | None:
        for index in range(self.count()):
            if self.cell_of(index).contains(position):
                return index
        return None

    # Scrolling a row that is wider than the card, or a grid that is higher.

    def _extent(self, plan: Layout) -> tuple[float, float]:
        """How long what is scrolled is, and how much of it is seen."""
        if self.strip():
            return plan.columns * plan.cell[0] - self.gap, self.width() - 2 * self.margin
        rows = math.ceil(len(self.images) / plan.columns)
        return rows * plan.cell[1] - self.gap, self.height() - 2 * self.margin

    def _beyond(self, plan: Layout) -> float:
        """Pixels by which it can be scrolled."""
        length, seen = self._extent(plan)
        return max(length - seen, 0.0) if self.strip() or plan.top == 0 else 0.0

    def _offset(self, plan: Layout) -> float:
        return min(self._scrolled, self._beyond(plan))

    def scroll_to(self, offset: float) -> None:
        """Scroll to `offset` pixels from the beginning."""
        beyond = self._beyond(self.layout_now()) if self.images else 0.0
        self._scrolled = min(max(offset, 0.0), beyond)
        self.update()

    def select(self, index: int | None) -> None:
        super().select(index)
        if index is None or index >= len(self.images) or not self.scrolls:
            return
        cell, plan = self.cell_of(index), self.layout_now()
        first, last = (cell.left(), cell.right()) if self.strip() else (cell.top(), cell.bottom())
        _, seen = self._extent(plan)
        if first < self.margin or last > self.margin + seen:
            self.scroll_to((first + last - seen) / 2 - self.margin + self._offset(plan))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.scrolls:
            super().wheelEvent(event)
            return
        turned, pixels = event.angleDelta(), event.pixelDelta()
        step = pixels.x() or pixels.y() or turned.x() or turned.y()
        self.scroll_to(self._offset(self.layout_now()) - step)
        event.accept()

    def _paint_bar(self, painter: QPainter, plan: Layout) -> None:
        beyond, look = self._beyond(plan), theme.current()
        if not beyond:
            return
        length, seen = self._extent(plan)
        share = self._offset(plan) / beyond
        if self.strip():
            groove = QRectF(self.margin, self.height() - BAR / 2 - 1, seen, BAR / 4)
        else:
            groove = QRectF(self.width() - BAR / 2 - 1, self.margin, BAR / 4, seen)
        knob = QRectF(groove)
        if self.strip():
            knob.setWidth(seen * seen / length)
            knob.moveLeft(groove.left() + (seen - knob.width()) * share)
        else:
            knob.setHeight(seen * seen / length)
            knob.moveTop(groove.top() + (seen - knob.height()) * share)
        painter.fillRect(groove, look.groove)
        painter.fillRect(knob, look.muted)

    def paint(self, painter: QPainter) -> None:
        ratio = self.devicePixelRatioF()
        plan = self.layout_now()
        self._paint_bar(painter, plan)
        for index, image in enumerate(self.images):
            cell = self._cell(plan, index)
            if not cell.intersects(QRectF(self.rect())):
                continue
            place = self._place(plan, cell, image)
            if place.width() >= 2 * image.width():
                # The painter itself enlarges with square pixels, faster than a scaled copy.
                painter.drawImage(place, image)
            else:
                if index not in self._drawn:
                    size = QSize(round(place.width() * ratio), round(place.height() * ratio))
                    self._drawn[index] = enlarged(image, size.expandedTo(QSize(1, 1)), ratio)
                painter.drawPixmap(place.topLeft(), self._drawn[index])
            words = QRectF(cell.left(), cell.top() + plan.tile[1], cell.width(), plan.below)
            self.decorate(painter, index, place, words)
            if index == self.selected:
                frame(painter, place, theme.current().accent, min(3.0, self.gap / 2 + 1), 0)


def frame(painter: QPainter, place: QRectF, colour: QColor, width: float, away: float) -> None:
    """Draw a frame `width` pixels thick around `place`, `away` pixels from it."""
    grow = away + width / 2
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place.adjusted(-grow, -grow, grow, grow))
