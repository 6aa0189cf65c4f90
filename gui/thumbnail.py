"""A picture as a small square: in the tray, and in the picture slots of an exhibit."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QIcon,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from gui import theme
from gui.theme import GRID
from lab.media.pictures import Picture

EDGE = 9 * GRID
# Opacity of a picture that nothing on the screen uses.
DIMMED = 0.3


def square(picture: Picture, edge: int) -> QPixmap:
    """The middle of a picture, as a square of about `edge` pixels."""
    small = picture.thumbnail(2 * edge)
    height, width = small.shape[:2]
    image = QImage(small.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    side = min(width, height)
    return QPixmap.fromImage(image.copy((width - side) // 2, (height - side) // 2, side, side))


def icon(picture: Picture) -> QIcon:
    """The icon of a picture, for a menu."""
    return QIcon(square(picture, 3 * GRID))


class PictureButton(QAbstractButton):
    """The middle of a picture as a square button; it can be dragged to a slot or elsewhere."""

    def __init__(self, edge: int = EDGE) -> None:
        super().__init__()
        self.picture: Picture | None = None
        self._edge = edge
        self._pixmap = QPixmap()
        self._pressed_at = QPoint()
        self._dimmed = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(edge, edge)

    def set_picture(self, picture: Picture) -> None:
        """Show another picture in the same place."""
        self.picture = picture
        height, width = picture.size
        kind = "\nvideo" if picture.video is not None else ""
        self.setToolTip(f"{picture.name}{kind}\n{width} × {height} px")
        self.setAccessibleName(f"{picture.name}, video" if kind else picture.name)
        self._pixmap = square(picture, self._edge)
        self.update()

    def framed(self) -> bool:
        """Whether a frame is drawn around it."""
        return self.isChecked()

    @property
    def dimmed(self) -> bool:
        """Whether it is drawn faint."""
        return self._dimmed

    def set_dimmed(self, dimmed: bool) -> None:
        """Draw it faint: nothing on the screen uses the picture."""
        self._dimmed = dimmed
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._edge, self._edge)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(DIMMED if self._dimmed else 1.0)
        painter.drawPixmap(self.rect().adjusted(3, 3, -3, -3), self._pixmap)
        if self.picture is not None and self.picture.video is not None:
            self._mark_video(painter)
        if self.framed() or self.hasFocus():
            colour = theme.current().muted
            if self.framed() and not self._dimmed:
                colour = theme.current().accent
            if self.hasFocus():
                painter.setOpacity(1.0)
            painter.setPen(QPen(colour, 3))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))

    def _mark_video(self, painter: QPainter) -> None:
        """Draw the sign for "play" in the lower left corner."""
        across = self._edge / 3
        disc = QRectF(6, self._edge - across - 6, across, across)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawEllipse(disc)
        painter.setBrush(Qt.GlobalColor.white)
        middle, reach = disc.center(), across / 4
        # The triangle's centre of mass lies in the middle of the disc.
        painter.drawPolygon(
            [
                middle + QPointF(-0.7 * reach, -reach),
                middle + QPointF(-0.7 * reach, reach),
                middle + QPointF(1.2 * reach, 0),
            ]
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        moved = (event.position().toPoint() - self._pressed_at).manhattanLength()
        held = event.buttons() & Qt.MouseButton.LeftButton
        if self.picture is None or not held or moved < QApplication.startDragDistance():
            super().mouseMoveEvent(event)
            return
        mime = QMimeData()
        # Inside the window the drag's source has the picture; other programs get its file.
        if self.picture.path is not None:
            mime.setUrls([QUrl.fromLocalFile(str(self.picture.path))])
        mime.setText(self.picture.name)
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.setPixmap(self._pixmap.scaled(self.size()))
        self.setDown(False)
        drag.exec(Qt.DropAction.CopyAction)


class Thumbnail(PictureButton):
    """One picture of the light table: it can be chosen and removed, or all with it."""

    removed = Signal()
    cleared = Signal()

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.setCheckable(True)
        self.set_picture(picture)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction("Remove image", self.removed.emit)
        menu.addAction("Remove all images", self.cleared.emit)
        menu.exec(event.globalPos())
        menu.deleteLater()
