"""The control of a choice: a list, with a search in long ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter

from gui.panel.controls.base import Control
from lab.parameters import MANY, Choice, Field, Options


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
        self.refresh()

    def refresh(self) -> None:
        """Update the items."""
        known = self.items()
        with QSignalBlocker(self.box):
            if known != {self.box.itemData(i): self.box.itemText(i) for i in self.box.places()}:
                self.box.fill(known)
            self.box.setCurrentIndex(list(known).index(self._value))

    def items(self) -> dict[str, str]:
        """What can be chosen, and what is chosen: name -> title."""
        offered = self._offered(self._of)
        known = dict(offered)
        if self._value not in known:
            # A file, or a class by its index, is no item but may have a title.
            titled = self._value in offered
            known[self._value] = offered[self._value] if titled else self._value
        return known

    def _chosen(self, index: int) -> None:
        value = self.box.itemData(index)
        if value != self._value:
            self._value = value
            self._tell(value)


class _Box(QComboBox):
    """A combo box that updates its items when it opens, and leaves the wheel to the page."""

    def __init__(self, refresh: Callable[[], None]) -> None:
        super().__init__()
        self._refresh = refresh
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

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
            if many:
                self._search()

    def _search(self) -> None:
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        finder, line = self.completer(), self.lineEdit()
        assert finder is not None, "an editable box has one"
        assert line is not None
        finder.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        finder.setFilterMode(Qt.MatchFlag.MatchContains)
        # Text that is no item is replaced by the chosen item.
        line.editingFinished.connect(lambda: self.setEditText(self.itemText(self.currentIndex())))

    def showPopup(self) -> None:
        self._refresh()
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
