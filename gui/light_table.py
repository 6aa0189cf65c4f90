"""The light table: the pictures in hand, the chosen one framed."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QWidget,
)

from gui import theme
from gui.theme import GRID
from lab.pictures import Picture

EDGE = 9 * GRID


class Thumbnail(QAbstractButton):
    """One picture of the light table, its middle shown as a square."""

    removed = Signal()

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(EDGE, EDGE)
        self.set_picture(picture)

    def set_picture(self, picture: Picture) -> None:
        """Show another picture in the same place."""
        self.picture = picture
        self.setToolTip(f"{picture.name}\n{picture.pixels.shape[1]} × {picture.pixels.shape[0]} px")
        self.setAccessibleName(picture.name)
        small = picture.thumbnail(2 * EDGE)
        height, width = small.shape[:2]
        image = QImage(small.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        edge = min(width, height)
        middle = image.copy((width - edge) // 2, (height - edge) // 2, edge, edge)
        self._pixmap = QPixmap.fromImage(middle)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(EDGE, EDGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        inner = self.rect().adjusted(3, 3, -3, -3)
        painter.drawPixmap(inner, self._pixmap)
        if self.isChecked() or self.hasFocus():
            colour = theme.current().accent if self.isChecked() else theme.current().muted
            painter.setPen(QPen(colour, 3))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction("Remove from the light table", self.removed.emit)
        menu.exec(event.globalPos())
        menu.deleteLater()


class LightTable(QWidget):
    """A row of thumbnails and the place to drop more. `chosen` tells that another is chosen.

    `asked` asks for a dialog to open files, `camera` to turn the camera on or off.
    """

    chosen = Signal()
    asked = Signal()
    camera = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._thumbnails: list[Thumbnail] = []
        self._index = -1
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID)
        inside = QWidget()
        inside.setLayout(self._row)
        drop = QPushButton("drop, paste or open")
        drop.setProperty("role", "drop")
        drop.setToolTip("Drop pictures, a folder of class folders or a .safetensors anywhere")
        drop.setFixedSize(26 * GRID, EDGE)
        drop.clicked.connect(self.asked)
        self._row.addWidget(drop)
        self._camera = QPushButton("camera")
        self._camera.setProperty("role", "drop")
        self._camera.setToolTip("Look through the camera, live (Ctrl+K)")
        self._camera.setFixedSize(12 * GRID, EDGE)
        self._camera.clicked.connect(self.camera)
        self._row.addWidget(self._camera)
        self._row.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFixedHeight(EDGE + GRID)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures, in the order in which they came."""
        return tuple(thumbnail.picture for thumbnail in self._thumbnails)

    @property
    def index(self) -> int:
        """The index of the chosen picture, -1 where there is none."""
        return self._index

    @property
    def in_hand(self) -> tuple[Picture, ...]:
        """All pictures, the chosen one first."""
        pictures = self.pictures
        return pictures[self._index :] + pictures[: self._index] if pictures else ()

    def add(self, picture: Picture, choose: bool = True) -> None:
        """Lay a picture on the table; by default it becomes the chosen one."""
        thumbnail = Thumbnail(picture)
        thumbnail.clicked.connect(lambda: self._choose(thumbnail))
        thumbnail.removed.connect(lambda: self._remove(thumbnail))
        self._row.insertWidget(len(self._thumbnails), thumbnail)
        self._thumbnails.append(thumbnail)
        if choose or self._index < 0:
            self._choose(thumbnail)

    def show_camera(self, picture: Picture) -> None:
        """The camera's picture, in its place; the first time it becomes the chosen one."""
        for index, thumbnail in enumerate(self._thumbnails):
            if thumbnail.picture.name == picture.name and thumbnail.picture.path is None:
                thumbnail.set_picture(picture)
                if index == self._index:
                    self.chosen.emit()
                return
        self.add(picture)

    def set_camera(self, on: bool) -> None:
        """Say on the button what it would do now."""
        self._camera.setText("stop" if on else "camera")

    def choose(self, index: int) -> None:
        """Choose by index, wrapping around at the ends."""
        if self._thumbnails:
            self._choose(self._thumbnails[index % len(self._thumbnails)])

    def _choose(self, chosen: Thumbnail) -> None:
        changed = self._thumbnails.index(chosen) != self._index
        self._index = self._thumbnails.index(chosen)
        for thumbnail in self._thumbnails:
            thumbnail.setChecked(thumbnail is chosen)
        self._scroll.ensureWidgetVisible(chosen)
        if changed:
            self.chosen.emit()

    def _remove(self, thumbnail: Thumbnail) -> None:
        index = self._thumbnails.index(thumbnail)
        chosen = self._thumbnails[self._index]
        self._thumbnails.remove(thumbnail)
        self._row.removeWidget(thumbnail)
        thumbnail.deleteLater()
        if thumbnail is not chosen:
            self._index = self._thumbnails.index(chosen)
            return
        self._index = -1
        self.choose(min(index, len(self._thumbnails) - 1))
        if not self._thumbnails:
            self.chosen.emit()
