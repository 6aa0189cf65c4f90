"""The control of a choice: a list, with a search in long ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit

from gui.panel.controls.base import Control, title_of
from gui.panel.controls.field import keeps_escape
from gui.theme import GRID
from lab.parameters import MANY, Choice, Field, Options

# Pixels that the scroll bar and the margins of an open list take.
BESIDE = 6 * GRID


class ChoiceControl(Control):
    """A list to choose from. Its items are looked up when it opens.

    A long one, such as the 1,000 classes of ImageNet, is searched by typing a part of a name.
    """

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__(field, options)
        self._of = ""
        self.box = _Box(self.refresh)
        self.box.setAccessibleName(field.spec.label)
        self._rows.addWidget(self._label())
        self._rows.addWidget(self.box)
        self._value = field.default
        self._files: list[str] = []
        if not self.depends_on:
            self.refresh()
        self.box.activated.connect(self._chosen)

    @property
    def depends_on(self) -> str:
        assert isinstance(self.field.spec, Choice)
        return self.field.spec.of

    def set_dependency(self, value: str) -> None:
        self._of = value

    def set(self, value: Any) -> None:
        self._value = value
        self._note_file()
        self.refresh()

    def refresh(self) -> None:
        """Update the items."""
        known = self.items()
        with QSignalBlocker(self.box):
            if known != {self.box.itemData(i): self.box.itemText(i) for i in self.box.places()}:
                self.box.fill(known)
            self.box.setCurrentIndex(list(known).index(self._value))
        self.box.setToolTip(f"{known[self._value]}\n{self.toolTip()}")

    def items(self) -> dict[str, str]:
        """What can be chosen, and what is or was chosen: name -> title."""
        offered = self._offered(self._of)
        known = dict(offered)
        # A file, or a class by its index, is no item but may have a title.
        for name in dict.fromkeys((*self._files, self._value)):
            if name not in known:
                known[name] = title_of(name, offered)
        return known

    def _note_file(self) -> None:
        """Go on offering a file or folder that was chosen, when something else is chosen."""
        named = self._value in self._files or os.sep not in str(self._value)
        if not (named or self.depends_on):
            self._files.append(self._value)

    def _chosen(self, index: int) -> None:
        value = self.box.itemData(index)
        if value != self._value:
            self._value = value
            self._tell(value)


class _Box(QComboBox):
    """A combo box that updates its items when it opens, and leaves the wheel to the page.

    A click on the search line selects its text, so that typing replaces it. Enter and Esc give the
    keys back to the window.
    """

    def __init__(self, refresh: Callable[[], None]) -> None:
        super().__init__()
        self._refresh = refresh
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to the window
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.activated.connect(self._give_keys_back)

    def places(self) -> range:
        return range(self.count())

    def fill(self, known: Mapping[str, str]) -> None:
        """Set the items, name -> title."""
        self.clear()
        for name, title in known.items():
            self.addItem(title, name)
        many = len(known) > MANY
        if many != self.isEditable():
            self.setEditable(many)
            policy = Qt.FocusPolicy.StrongFocus if many else Qt.FocusPolicy.TabFocus
            self.setFocusPolicy(policy)
            if many:
                self._search()

    def _search(self) -> None:
        self.setLineEdit(_SearchLine())
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        finder, line = self.completer(), self.lineEdit()
        assert finder is not None, "an editable box has one"
        assert line is not None
        finder.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        finder.setFilterMode(Qt.MatchFlag.MatchContains)
        # Text that is no item is replaced by the chosen item.
        line.editingFinished.connect(self._show_chosen)
        line.returnPressed.connect(self._give_keys_back)

    def _show_chosen(self) -> None:
        if self.isEditable():
            self.setEditText(self.itemText(self.currentIndex()))

    def _give_keys_back(self) -> None:
        if self.isEditable():
            self.window().setFocus()

    def event(self, event: QEvent) -> bool:
        return (self.isEditable() and keeps_escape(event)) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.isEditable() and event.key() == Qt.Key.Key_Escape:
            self._show_chosen()
            self._give_keys_back()
            return
        super().keyPressEvent(event)

    def showPopup(self) -> None:
        self._refresh()
        # Wider than the box where titles need it: else those that begin alike would look alike.
        view, screen = self.view(), self.screen().availableGeometry()
        advance = self.fontMetrics().horizontalAdvance
        room = max((advance(self.itemText(i)) for i in self.places()), default=0)
        view.setMinimumWidth(min(room + BESIDE, screen.width() // 2))
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _SearchLine(QLineEdit):
    """Selects all of its text at a click, as long as it shows the chosen title."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        box = self.parent()
        assert isinstance(box, QComboBox)
        if not self.hasSelectedText() and self.text() == box.itemText(box.currentIndex()):
            self.selectAll()
