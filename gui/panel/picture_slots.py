"""Picture slots: one for each picture that an exhibit uses in a role of its own.

The first shows the chosen picture of the light table. Each takes pictures dropped on it, from the
light table or from outside, and has a menu of the pictures at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from weakref import WeakKeyDictionary

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from gui.panel.host import Host
from gui.theme import GRID
from gui.thumbnail import PictureButton, icon
from gui.widgets import label
from lab.errors import UserError
from lab.exhibit import PictureSlot
from lab.media import pictures
from lab.media.pictures import Picture

EDGE = 11 * GRID


class SlotButton(PictureButton):
    """One slot; a click asks for its menu.

    `given`: a picture dragged from within the window. `dropped`: mime data from outside.
    """

    given = Signal(object)
    dropped = Signal(QMimeData)

    def __init__(self, slot: PictureSlot) -> None:
        super().__init__(EDGE)
        self._over = False
        self.setAcceptDrops(True)
        self.setAccessibleName(slot.label)

    def set_picture(self, picture: Picture) -> None:
        super().set_picture(picture)
        self.setToolTip(f"{self.toolTip()}\nDrop another image here, or click to choose one")

    def framed(self) -> bool:
        return self._over

    def _hover(self, over: bool) -> None:
        self._over = over
        self.update()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        mime = event.mimeData()
        if event.source() is not self and (mime.hasUrls() or mime.hasImage() or mime.hasText()):
            event.acceptProposedAction()
            self._hover(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hover(False)

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._hover(False)
        source = event.source()
        if isinstance(source, PictureButton):
            self.given.emit(source.picture)
        else:
            self.dropped.emit(event.mimeData())


class PictureSlots(QWidget):
    """The slots in a row.

    `changed`: a slot has another picture. `laid`: the slots have their first pictures, of which the
    embedded ones are read in the file pool. saved: the result of `names` in an earlier session.
    """

    changed = Signal()
    laid = Signal()

    def __init__(self, slots: Sequence[PictureSlot], host: Host, saved: Sequence[str] = ()) -> None:
        super().__init__()
        self._slots = tuple(slots)
        self._host = host
        self._saved = tuple(saved)
        self._embedded: dict[str, Picture] = {}
        self._kept: WeakKeyDictionary[Picture, str] = WeakKeyDictionary()
        self.buttons = [SlotButton(slot) for slot in slots]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        for place, (slot, button) in enumerate(zip(slots, self.buttons, strict=True)):
            put = partial(self.put, place)
            button.given.connect(put)
            button.dropped.connect(lambda mime, put=put: host.receive(mime, put))
            button.clicked.connect(partial(self._show_menu, place))
            column = QVBoxLayout()
            column.setSpacing(GRID // 2)
            column.addWidget(button)
            column.addWidget(label(slot.label, "caption"), 0, Qt.AlignmentFlag.AlignHCenter)
            row.addLayout(column)
        row.addStretch(1)
        host.read(lambda: (self._read_embedded(), self._read(saved)), self._lay_out)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures in the slots; none while one of them is empty."""
        found = tuple(b.picture for b in self.buttons if b.picture is not None)
        return found if len(found) == len(self.buttons) else ()

    def names(self) -> tuple[str, ...]:
        """References of the pictures in all slots but the first; "" for a slot's default.

        A picture without a reference is saved to a file by the host.
        """
        names = []
        for slot, button in zip(self._slots[1:], self.buttons[1:], strict=True):
            if button.picture is None:
                return self._saved  # the slots have no pictures yet
            first = button.picture is self._embedded.get(slot.default)
            names.append("" if first else self._name(button.picture))
        return tuple(names)

    def _name(self, picture: Picture) -> str:
        if picture.reference:
            return picture.reference
        # Asked every second: it is saved once.
        if picture not in self._kept:
            self._kept[picture] = self._host.keep(picture).reference
        return self._kept[picture]

    def put(self, place: int, picture: Picture) -> None:
        """Put a picture into a slot."""
        if self.buttons[place].picture is picture:
            return
        self.buttons[place].set_picture(picture)
        if place == 0:
            self._host.choose(picture)
        self.changed.emit()

    def follow(self) -> None:
        """Show the chosen picture of the light table in the first slot."""
        if chosen := self._host.workspace().pictures[:1]:
            self.buttons[0].set_picture(chosen[0])

    def menu(self, place: int) -> QMenu:
        """The pictures that can be put into a slot, with their icons."""
        menu = QMenu(self)
        offered = [self._embedded[name] for name in self._slots[place].offers]
        put = partial(self.put, place)
        for group in (offered, self._host.workspace().pictures):
            for picture in group:
                menu.addAction(icon(picture), picture.name, partial(put, picture))
            menu.addSeparator()
        menu.addAction("Add image…", lambda: self._host.receive(None, put))
        return menu

    def _show_menu(self, place: int) -> None:
        menu = self.menu(place)
        button = self.buttons[place]
        menu.exec(button.mapToGlobal(button.rect().bottomLeft()))
        menu.deleteLater()

    def _read_embedded(self) -> dict[str, Picture]:
        every = {name for slot in self._slots for name in (slot.default, *slot.offers) if name}
        return {name: pictures.embedded(name) for name in sorted(every)}

    def _read(self, names: Sequence[str]) -> list[Picture | None]:
        """The pictures saved by an earlier session; None for a default or one that is gone."""

        def one(name: str) -> Picture | None:
            try:
                return self._host.named(name) if name else None
            except UserError:
                return None

        return [one(name) for name in names]

    def _lay_out(self, read: tuple[dict[str, Picture], list[Picture | None]]) -> None:
        self._embedded, saved = read
        several = len(self.buttons) - 1
        again = [*saved, *[None] * several][:several]
        for slot, button, old in zip(self._slots[1:], self.buttons[1:], again, strict=True):
            if button.picture is None:
                button.set_picture(old or self._embedded[slot.default])
        self.laid.emit()
