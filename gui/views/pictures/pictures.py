"""Pictures with their captions, in a grid or a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF

from gui import theme
from gui.views import text
from gui.views.images import to_image
from gui.views.pictures.tiles import LEAST_CAPTION, Tiles, frame
from lab.media.pictures import Picture
from lab.payloads import Pictures

# Lines of a caption; the tooltip has all of a longer one.
LINES = 2
_TONE_WIDTH = 3.0
_MARK = 20.0


class PicturesView(Tiles):
    """A frame in a tone's colour also has a tick or a cross, for readers who see no colours."""

    payload: Pictures

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # The pointer's place in a picture, (0, 0) to (1, 1), while pictures are compared.
        self._pointer: QPointF | None = None

    def accept(self, payload: Pictures) -> None:
        self.take([to_image(image) for image in payload.images])
        if payload.selected is not None:
            self.select(payload.selected)

    def strip(self) -> bool:
        return bool(self.payload and self.payload.strip)

    def columns(self) -> int:
        return self.payload.columns if self.payload else 0

    def below(self) -> Callable[[float], float] | None:
        if not self.payload or not any(self.payload.captions):
            return None
        longest, line = self.words(), text.line_height(theme.font(theme.CAPTION))
        given = max(words.count("\n") + 1 for words in self.payload.captions)

        def height(room: float) -> float:
            if given > 1:
                return given * line + theme.GRID
            # Where a caption does not fit into two lines, reserving four makes `arrange` prefer
            # fewer columns.
            needed = 1 if longest <= room else 2 if 1.1 * longest <= 2 * room else 4
            return needed * line + theme.GRID

        return height

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._mark(self.place_at(event.position()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._mark(None)
        super().leaveEvent(event)

    def _mark(self, place: QPointF | None) -> None:
        if place != self._pointer:
            self._pointer = place
            self.update()

    def place_at(self, position: QPointF) -> QPointF | None:
        """A point of this widget as a place in a picture, (0, 0) to (1, 1), if compared."""
        if self.payload is None or self.payload.compared is None:
            return None
        for index in range(self.count()):
            rect = self.rect_of(index)
            if rect.contains(position):
                inside = position - rect.topLeft()
                return QPointF(inside.x() / rect.width(), inside.y() / rect.height())
        return None

    def paint(self, painter: QPainter) -> None:
        super().paint(painter)
        if self._pointer is not None and self.payload.compared:
            for index in range(self.count()):
                crosshair(painter, self.rect_of(index), self._pointer)

    def words(self) -> float:
        captions = self.payload.captions if self.payload else ()
        font = theme.font(theme.CAPTION)
        lines = (line for caption in captions for line in caption.split("\n"))
        return max((text.width(line, font) for line in lines), default=0.0)

    def caption_width(self) -> float:
        # One that is a single line is wrapped into two.
        lines = any("\n" in words for words in self.payload.captions)
        return min(self.words() if lines else self.words() / 2, LEAST_CAPTION)

    def decorate(self, painter: QPainter, index: int, tile: QRectF, area: QRectF) -> None:
        payload, look = self.payload, theme.current()
        if payload is None:
            return
        if payload.captions and area.height() > 0:
            words = QRectF(area).adjusted(0, theme.GRID / 2 + 2, 0, 0)
            write(painter, words, payload.captions[index])
        tone = payload.tones[index] if payload.tones else ""
        if tone:
            colour = look.good if tone == "good" else look.bad
            away = 3.0 if index == self.selected else 0.0
            frame(painter, tile, colour, _TONE_WIDTH, away)
            mark(painter, tile.topRight(), min(_MARK, tile.width() / 3), tone, colour)

    def pixel_at(self, position: QPointF) -> tuple[int, int] | None:
        """The pixel (column, row) at a point, of whichever picture is there."""
        for index, image in enumerate(self.images):
            place = self.rect_of(index)
            if place.contains(position):
                across = (position.x() - place.x()) / place.width() * image.width()
                down = (position.y() - place.y()) / place.height() * image.height()
                return min(int(across), image.width() - 1), min(int(down), image.height() - 1)
        return None

    def picture_at(self, position: QPointF) -> Picture | None:
        index = self.index_at(position)
        if index is None:
            return None
        captions = self.payload.captions
        return self.named(captions[index] if captions else "", self.payload.images[index])

    def readout(self, position: QPointF) -> str:
        place = self.place_at(position)
        if place is not None:
            return difference(self.payload, place)
        index = self.index_at(position)
        if index is None or self.payload is None or not self.payload.captions:
            return ""
        return self.payload.captions[index]


def crosshair(painter: QPainter, picture: QRectF, place: QPointF) -> None:
    """Draw two lines that cross at `place`, white with dark edges, to be seen on any picture."""
    across = picture.left() + place.x() * picture.width()
    down = picture.top() + place.y() * picture.height()
    lines = (
        QLineF(picture.left(), down, picture.right(), down),
        QLineF(across, picture.top(), across, picture.bottom()),
    )
    for colour, width in ((QColor(0, 0, 0, 140), 3.0), (QColor(255, 255, 255, 220), 1.0)):
        painter.setPen(QPen(colour, width))
        painter.drawLines(lines)


def difference(payload: Pictures, place: QPointF) -> str:
    """The colours of the two compared pictures at a place, and their difference, as text."""
    assert payload.compared is not None
    first, second = (payload.images[i] for i in payload.compared)
    row = min(int(place.y() * first.shape[0]), first.shape[0] - 1)
    column = min(int(place.x() * first.shape[1]), first.shape[1] - 1)
    values = [image[row, column].astype(int) for image in (first, second)]
    grey = all(len(set(value.tolist())) == 1 for value in values)
    shown = [value[:1] if grey else value for value in (*values, values[1] - values[0])]

    def words(value: NDArray[np.int_], form: str) -> str:
        return "  ".join(format(number, form).replace("-", "−") for number in value.tolist())

    channels = "grey" if grey else "red, green, blue"
    captions = payload.captions or [""] * len(payload.images)
    # Captions begin with the picture's name: "original: espresso 0.95".
    names = [captions[i].partition(":")[0] for i in payload.compared]
    return (
        f"pixel ({column}, {row}): {channels}, 0 to 255\n"
        f"{words(shown[0], 'd')}   {names[0] or 'first'}\n"
        f"{words(shown[1], 'd')}   {names[1] or 'second'}\n"
        f"{words(shown[2], '+d')}   difference"
    )


def write(painter: QPainter, area: QRectF, caption: str) -> None:
    """Draw a caption: one line wrapped, or its own lines, each elided in the middle."""
    font, colour = theme.font(theme.CAPTION), theme.current().text
    rows = caption.split("\n")
    if len(rows) == 1:
        text.draw(painter, area, caption, font, colour, text.TOP, LINES)
        return
    high = text.line_height(font)
    for k, row in enumerate(rows):
        line = QRectF(area.x(), area.y() + k * high, area.width(), high)
        words = text.shortened(row, font, int(area.width()))
        text.draw(painter, line, words, font, colour, text.TOP)


def mark(painter: QPainter, corner: QPointF, size: float, tone: str, colour: QColor) -> None:
    """Draw a tick ("good") or a cross ("bad") on a square whose top right is `corner`."""
    box = QRectF(corner.x() - size, corner.y(), size, size)
    painter.fillRect(box, colour)
    pen = QPen(QColor("#ffffff"), max(size / 9, 1.5))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)

    def at(x: float, y: float) -> QPointF:
        return QPointF(box.x() + x * size, box.y() + y * size)

    if tone == "good":
        painter.drawPolyline(QPolygonF([at(0.25, 0.53), at(0.43, 0.71), at(0.76, 0.3)]))
    else:
        painter.drawLine(at(0.29, 0.29), at(0.71, 0.71))
        painter.drawLine(at(0.71, 0.29), at(0.29, 0.71))
