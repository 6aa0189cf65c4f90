"""The control of several names: a list of check boxes, in an order that can be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from gui.panel.controls.base import Control, title_of
from gui.theme import GRID
from gui.widgets import label
from lab.errors import UserError
from lab.parameters import Field, Options, Several, asked_of

ROW = 4 * GRID
# A longer list scrolls.
ROWS = 7


class SeveralControl(Control):
    """A check box for each name. Where their order matters, they can be dragged.

    The value is the names that are ticked, from the top down.
    """

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__(field, options)
        assert isinstance(field.spec, Several)
        self._spec = field.spec
        self._of = ""
        self._value: tuple[str, ...] = tuple(field.default)
        self.list = _List(self._spec.ordered)
        self.list.setAccessibleName(field.spec.label)
        self.hint = label("", "caption")
        self._rows.addWidget(self._label())
        self._rows.addWidget(self.list)
        self._rows.addWidget(self.hint)
        self.list.itemChanged.connect(self._turned)
        self.list.moved.connect(self._turned)
        if not self.depends_on:
            self.refresh()

    @property
    def depends_on(self) -> str:
        return self._spec.of

    def set_dependency(self, value: str) -> None:
        self._of = value

    def set(self, value: Any) -> None:
        self._value = tuple(value)
        self.refresh()

    def refresh(self) -> None:
        known = self.items()
        with QSignalBlocker(self.list):
            if list(known.items()) != self.list.shown():
                self.list.fill(known)
            self.list.tick(self._value)
        self._show_hint()

    def items(self) -> dict[str, str]:
        """What can be chosen, and what is chosen: name -> title."""
        known = self._offered(self._of)
        offered = dict(known)
        for name in self._value:
            offered.setdefault(name, title_of(name, known))
        if not self._spec.ordered:
            return offered
        # First those ticked, in their order, then the others in the order that they have now.
        before = [name for name, _ in self.list.shown() if name in offered]
        order = dict.fromkeys([*self._value, *before, *offered])
        return {name: offered[name] for name in order}

    def _turned(self) -> None:
        value = self.list.ticked()
        if value == self._value:
            return
        try:
            self._spec.check(self.field.name, value, asked_of(self._options, self._of))
        except UserError as error:
            self.invalid.emit(str(error))
            self.set(self._value)
            return
        self._value = value
        self._show_hint()
        self._tell(value)

    def _show_hint(self) -> None:
        self.hint.setText("" if self._value else self._spec.auto)
        self.hint.setVisible(bool(self.hint.text()))


class _List(QListWidget):
    """Items with check boxes: a click anywhere on a row ticks it, and so does Space.

    Ctrl and an arrow move an item, where the order matters.
    """

    moved = Signal()

    def __init__(self, ordered: bool) -> None:
        super().__init__()
        self._ordered = ordered
        self._pressed: tuple[QListWidgetItem, Qt.CheckState] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to the window
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setProperty("role", "several")
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        if ordered:
            self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
            self.setDefaultDropAction(Qt.DropAction.MoveAction)

    def shown(self) -> list[tuple[str, str]]:
        """(name, title) of every item, from the top down."""
        items = [self.item(i) for i in range(self.count())]
        return [(item.data(Qt.ItemDataRole.UserRole), item.text()) for item in items]

    def fill(self, known: Mapping[str, str]) -> None:
        """Set the items, name -> title."""
        self.clear()
        for name, title in known.items():
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setToolTip(f"{title}\n{name}")
            item.setSizeHint(QSize(0, ROW))
            # Items are dropped between two others, not on one.
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.addItem(item)
        self.setFixedHeight(ROW * min(max(len(known), 1), ROWS) + GRID)

    def tick(self, names: tuple[str, ...]) -> None:
        """Tick these names and no others."""
        for i in range(self.count()):
            on = self.item(i).data(Qt.ItemDataRole.UserRole) in names
            self.item(i).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    def ticked(self) -> tuple[str, ...]:
        """The names that are ticked, from the top down."""
        items = [self.item(i) for i in range(self.count())]
        return tuple(
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.checkState() is Qt.CheckState.Checked
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        left = event.button() is Qt.MouseButton.LeftButton
        self._pressed = (item, item.checkState()) if item is not None and left else None
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        if pressed is None or self.itemAt(event.position().toPoint()) is not pressed[0]:
            return
        item, before = pressed
        if item.checkState() is before:  # else the click was on the box itself
            on = before is Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        row, target = self.currentRow(), self.currentRow() + step
        if not (self._ordered and step and control and 0 <= target < self.count() and row >= 0):
            super().keyPressEvent(event)
            return
        parent = self.rootIndex()
        self.model().moveRow(parent, row, parent, target + (1 if step > 0 else 0))
        self.setCurrentRow(target)
        self.moved.emit()

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        self.moved.emit()
