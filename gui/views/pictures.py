"""Pictures side by side, each with its caption."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gui import theme
from gui.views import text
from gui.views.tiles import Tiles, frame, to_image
from lab.payloads import Pictures

# A caption may take two lines; then the tooltip has the rest.
LINES = 2
_TONE_WIDTH = 3.0
_MARK = 20.0


class PicturesView(Tiles):
    """Frames in a tone's colour carry a tick or a cross too, for who cannot tell the colours."""

    payload: Pictures

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
        font = theme.font(theme.CAPTION)
        longest = max(text.width(words, font) for words in self.payload.captions)
        line = text.line_height(font)

        def height(room: float) -> float:
            # A caption that would not fit into two lines makes a layout useless: room for more
            # lines than there are makes `arrange` prefer fewer columns.
            needed = 1 if longest <= room else 2 if 1.1 * longest <= 2 * room else 4
            return needed * line + theme.GRID

        return height

    def decorate(self, painter: QPainter, index: int, tile: QRectF, area: QRectF) -> None:
        payload, look = self.payload, theme.current()
        if payload is None:
            return
        if payload.captions:
            words = QRectF(area).adjusted(0, theme.GRID / 2 + 2, 0, 0)
            font = theme.font(theme.CAPTION)
            text.draw(painter, words, payload.captions[index], font, look.text, text.TOP, LINES)
        tone = payload.tones[index] if payload.tones else ""
        if tone:
            colour = look.good if tone == "good" else look.bad
            away = 3.0 if index == self.selected else 0.0
            frame(painter, tile, colour, _TONE_WIDTH, away)
            mark(painter, tile.topRight(), min(_MARK, tile.width() / 3), tone, colour)

    def readout(self, position: QPointF) -> str:
        index = self.index_at(position)
        if index is None or self.payload is None or not self.payload.captions:
            return ""
        return self.payload.captions[index]


def mark(painter: QPainter, corner: QPointF, size: float, tone: str, colour: QColor) -> None:
    """A tick ("good") or a cross ("bad") on a square of `colour` whose top right is `corner`."""
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
