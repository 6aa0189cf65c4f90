"""The light table: the pictures at hand, the chosen one framed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QWidget

from gui.theme import GRID
from gui.thumbnail import EDGE, Thumbnail
from lab.media.pictures import Picture


class LightTable(QWidget):
    """A row of thumbnails, with buttons to add an image and for the camera.

    `chosen`: another picture is the chosen one. `changed`: there are others on the table. `asked`:
    the button to add an image was pressed. `camera`: the camera's button was pressed. by_hand:
    whether the user has chosen a picture; until then the exhibit on the screen suggests one.
    """

    chosen = Signal()
    changed = Signal()
    asked = Signal()
    camera = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._thumbnails: list[Thumbnail] = []
        self._index = -1
        self._suggested = ""
        self._taken = True
        self._cleared: tuple[tuple[Picture, ...], int] | None = None
        self.by_hand = False
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID)
        self._inside = QWidget()
        self._inside.setLayout(self._row)
        self._add_button = QPushButton("Add image…")
        self._add_button.setProperty("role", "drop")
        self._add_button.setToolTip(
            "Choose files (Ctrl+O), paste (Ctrl+V), or drop images, videos,\n"
            "folders or a .safetensors model anywhere on the window"
        )
        self._add_button.setFixedSize(15 * GRID, EDGE)
        self._add_button.clicked.connect(self.asked)
        self._camera = QPushButton("Camera")
        self._camera.setProperty("role", "drop")
        self._camera.setToolTip("The camera's live image (Ctrl+K)")
        self._camera.setFixedSize(10 * GRID, EDGE)
        self._camera.clicked.connect(self.camera)
        self._scroll = _Strip()
        self._scroll.setWidget(self._inside)
        self._scroll.resized.connect(self._reveal)
        self._scroll.setFixedHeight(EDGE + self._scroll.horizontalScrollBar().sizeHint().height())
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        # As wide as its thumbnails, up to what the buttons leave, which so are always in sight.
        outer.addWidget(self._scroll, 1)
        for made in (self._add_button, self._camera):
            outer.addSpacing(GRID)
            outer.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        outer.addStretch(0)
        self._fit()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures, in the order in which they were added."""
        return tuple(t.picture for t in self._thumbnails if t.picture is not None)

    @property
    def index(self) -> int:
        """The index of the chosen picture; -1 where there is none."""
        return self._index

    @property
    def in_hand(self) -> tuple[Picture, ...]:
        """All pictures, the chosen one first."""
        pictures = self.pictures
        return pictures[self._index :] + pictures[: self._index] if pictures else ()

    @property
    def can_put_back(self) -> bool:
        """Whether the table is empty because it was cleared."""
        return self._cleared is not None

    def add(self, picture: Picture, choose: bool = True) -> None:
        """Add a picture; by default it becomes the chosen one."""
        thumbnail = self._add(picture)
        if choose or self._index < 0:
            self._choose_by_hand(thumbnail)
        self.changed.emit()

    def lay(self, pictures: Sequence[Picture], chosen: int) -> None:
        """Add several pictures to the empty table. chosen: the one chosen by hand; -1 for none."""
        thumbnails = [self._add(picture) for picture in pictures]
        self.by_hand = 0 <= chosen < len(thumbnails)
        if thumbnails:
            suggested = self._place_of(self._suggested) or 0
            self._choose(thumbnails[chosen if self.by_hand else suggested])
        self.changed.emit()

    def clear(self) -> None:
        """Remove all pictures; `put_back` undoes it until another one is added."""
        if not self._thumbnails:
            return
        cleared = self.pictures, self._index if self.by_hand else -1
        for thumbnail in self._thumbnails:
            self._take_off(thumbnail)
        self._thumbnails.clear()
        self._cleared, self._index, self.by_hand = cleared, -1, False
        self._fit()
        self.chosen.emit()
        self.changed.emit()

    def put_back(self) -> None:
        """Lay out again what `clear` removed."""
        if self._cleared is not None:
            self.lay(*self._cleared)

    def clear_or_put_back(self) -> None:
        """Clear the table; where it was cleared, put all back."""
        (self.put_back if self.can_put_back else self.clear)()

    def set_taken(self, taken: bool) -> None:
        """Say whether the exhibit on the screen takes a picture: else they look inactive."""
        self._taken = taken
        for thumbnail in self._thumbnails:
            thumbnail.set_dimmed(not taken)

    def suggest(self, name: str) -> None:
        """Choose an embedded picture, if it is here and none was chosen by hand.

        `chosen` is not emitted: the other exhibits keep the picture that they have.
        """
        self._suggested = name
        place = self._place_of(name)
        if place is not None and not self.by_hand:
            self._frame(self._thumbnails[place])

    def _place_of(self, name: str) -> int | None:
        """The index of an embedded picture; None if it is not here."""
        names = [picture.reference for picture in self.pictures]
        return names.index(name) if name in names else None

    def _add(self, picture: Picture) -> Thumbnail:
        self._cleared = None
        thumbnail = Thumbnail(picture)
        thumbnail.set_dimmed(not self._taken)
        thumbnail.cleared.connect(self.clear)
        thumbnail.clicked.connect(lambda: self._choose_by_hand(thumbnail))
        thumbnail.removed.connect(lambda: self._remove(thumbnail))
        self._row.insertWidget(len(self._thumbnails), thumbnail)
        thumbnail.show()  # at once: a layout passes over what is not shown yet
        self._thumbnails.append(thumbnail)
        self._fit()
        return thumbnail

    def show_camera(self, picture: Picture) -> None:
        """Replace the camera's picture; the first one is added and becomes the chosen one."""
        for index, thumbnail in enumerate(self._thumbnails):
            shown = thumbnail.picture
            if shown is not None and shown.source == "camera":
                thumbnail.set_picture(picture)
                if index == self._index:
                    self.chosen.emit()
                return
        self.add(picture)

    def set_camera(self, on: bool) -> None:
        """Label the button by what it does: turn the camera off or on."""
        self._camera.setText("Stop" if on else "Camera")

    def choose(self, index: int) -> None:
        """Choose by index, modulo the number of pictures."""
        if self._thumbnails:
            self._choose_by_hand(self._thumbnails[index % len(self._thumbnails)])

    def choose_picture(self, picture: Picture) -> None:
        """Choose a picture; it is added if it is not there."""
        if picture in self.pictures:
            self.choose(self.pictures.index(picture))
        else:
            self.add(picture)

    def _choose_by_hand(self, chosen: Thumbnail) -> None:
        self.by_hand = True
        self._choose(chosen)

    def _choose(self, chosen: Thumbnail) -> None:
        if self._frame(chosen):
            self.chosen.emit()

    def _frame(self, chosen: Thumbnail) -> bool:
        """Frame the chosen thumbnail; returns whether another one was chosen before."""
        changed = self._thumbnails.index(chosen) != self._index
        self._index = self._thumbnails.index(chosen)
        for thumbnail in self._thumbnails:
            thumbnail.setChecked(thumbnail is chosen)
        self._reveal()
        return changed

    def _reveal(self) -> None:
        """Scroll the chosen picture into view."""
        if self._thumbnails and self._index >= 0:
            self._scroll.ensureWidgetVisible(self._thumbnails[self._index], GRID, 0)

    def _fit(self) -> None:
        width = max(len(self._thumbnails) * (EDGE + GRID) - GRID, 0)
        # At once, not with the next event: what was added may be scrolled to.
        self._inside.setFixedSize(width, EDGE)
        self._row.activate()
        self._scroll.setMaximumWidth(width)

    def _remove(self, thumbnail: Thumbnail) -> None:
        index, focused = self._thumbnails.index(thumbnail), thumbnail.hasFocus()
        chosen = self._thumbnails[self._index]
        self._thumbnails.remove(thumbnail)
        if focused:
            left = self._thumbnails[index : index + 1] or self._thumbnails[-1:]
            (left[0] if left else self._add_button).setFocus()
        # Before anything is laid out again, which reveals the chosen one.
        self._index = self._thumbnails.index(chosen) if thumbnail is not chosen else -1
        self._take_off(thumbnail)
        self._fit()
        if thumbnail is chosen:
            self.choose(min(index, len(self._thumbnails) - 1))
            if not self._thumbnails:
                self.chosen.emit()
        self.changed.emit()

    def _take_off(self, thumbnail: Thumbnail) -> None:
        self._row.removeWidget(thumbnail)
        thumbnail.hide()
        thumbnail.deleteLater()


class _Strip(QScrollArea):
    """Scrolls sideways, by the wheel too; one notch is about one thumbnail."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta()
        by = turned.y() or turned.x()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - by)
        event.accept()
