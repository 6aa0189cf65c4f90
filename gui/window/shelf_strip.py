"""The shelf on the screen: the models in hand, those trained here first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QInputDialog,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from gui.documents.persistence import Persistence
from gui.runtime.worker import Worker
from lab.errors import explain

if TYPE_CHECKING:  # it imports PyTorch, which comes after the first paint
    from lab.networks.shelf import Shelf


class ModelList(QListWidget):
    """Networks in rows that are never cut; those in use are highlighted. `used`: a name.

    A click, Enter or Space uses one.
    """

    used = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "shelf")
        self.setAccessibleName("Models")
        self.setFixedHeight(80)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(True)  # names that begin alike would be cut to the same
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._in_use: set[str] = set()
        self._clicked = "", 0.0
        self.itemClicked.connect(self._click)

    def fill(self, titles: Mapping[str, str]) -> None:
        """Set the rows, name -> title."""
        self.clear()
        for name, title in titles.items():
            item = QListWidgetItem(title, self)
            item.setToolTip(
                f"{title}\nClick: use in this exhibit. Right click: save, rename, remove."
            )
            item.setData(Qt.ItemDataRole.UserRole, name)
        self.mark(self._in_use)

    def mark(self, names: set[str]) -> None:
        """Highlight the networks that the exhibit on the screen uses."""
        self._in_use = names
        for row in range(self.count()):
            item = self.item(row)
            item.setSelected(item.data(Qt.ItemDataRole.UserRole) in names)

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """No hand selects: `mark` does."""
        return QItemSelectionModel.SelectionFlag.NoUpdate

    def _click(self, item: QListWidgetItem) -> None:
        """The second click of a double click is not a second use."""
        name, now = item.data(Qt.ItemDataRole.UserRole), time.monotonic()
        before, at = self._clicked
        self._clicked = name, now
        if name != before or now - at > QApplication.doubleClickInterval() / 1000:
            self.used.emit(name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        item = self.currentItem()
        if event.key() in keys and item is not None:
            self.used.emit(item.data(Qt.ItemDataRole.UserRole))
        else:
            super().keyPressEvent(event)


class ShelfStrip(QWidget):
    """The networks trained here and the embedded ones; a right click saves, renames, removes.

    `used` tells the name of a network that is to be used in the exhibit on the screen, `changed`
    that others are on the shelf now, `failed` why one could not be saved, `noted` that one was.
    """

    used = Signal(str)
    changed = Signal()
    failed = Signal(str)
    noted = Signal(str)

    def __init__(self, worker: Worker, persistence: Persistence) -> None:
        super().__init__()
        self._worker = worker
        self._persistence = persistence
        self._shelf: Shelf | None = None
        self._list = ModelList()
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._list.used.connect(self.used)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._list)

    def show_shelf(self, shelf: Shelf) -> None:
        """Show this shelf from now on, and keep its networks for the next start."""
        self._shelf = shelf
        shelf.on_change.append(self._shelf_changed)
        self.refresh()

    def let_go(self) -> None:
        """Follow the shelf no longer: it may outlive the window."""
        if self._shelf is not None and self._shelf_changed in self._shelf.on_change:
            self._shelf.on_change.remove(self._shelf_changed)

    def refresh(self) -> None:
        """Show what is on the shelf now."""
        if self._shelf is None:
            return
        self._list.fill(self._shelf.in_hand())

    def mark(self, names: set[str]) -> None:
        """Highlight the networks that the exhibit on the screen uses."""
        self._list.mark(names)

    def _shelf_changed(self) -> None:
        # The shelf is filled in the torch thread; this widget lives in the window's.
        self._worker.call(lambda: None, lambda _: self.update_shelf())

    def update_shelf(self) -> None:
        """Show what is on the shelf now, write what is new to the user's folder, and say so."""
        assert self._shelf is not None
        if save := self._persistence.changes(self._shelf):
            self._worker.read(save, self._kept)
        self.refresh()
        self.changed.emit()

    def _kept(self, result: object) -> None:
        if isinstance(result, Exception):
            self.failed.emit(explain(result))

    def menu(self, name: str) -> QMenu:
        """What can be done with a network."""
        menu = QMenu(self)
        menu.addAction("Use in this exhibit", lambda: self.used.emit(name))
        menu.addAction("Save as…", lambda: self._save(name))
        if self._shelf is not None and name in self._shelf.names_trained_here():
            menu.addAction("Rename…", lambda: self._rename(name))
            menu.addAction("Remove", lambda: self._remove(name))
        return menu

    def _show_menu(self, at: QPoint) -> None:
        item = self._list.itemAt(at)
        if item is not None:
            menu = self.menu(item.data(Qt.ItemDataRole.UserRole))
            menu.exec(self._list.mapToGlobal(at))
            menu.deleteLater()

    def _save(self, name: str) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the network", f"{name}.safetensors", "Networks (*.safetensors)"
        )
        if path and self._shelf is not None:
            self._worker.read(partial(self._shelf.save, name, path), self._saved)

    def _saved(self, result: Path | Exception) -> None:
        if isinstance(result, Exception):
            self.failed.emit(explain(result))
        else:
            self.noted.emit(f"Saved {result.name}")

    def _rename(self, name: str) -> None:
        if self._shelf is None:
            return
        title = self._shelf.card(name).title
        new, agreed = QInputDialog.getText(self, "Rename the network", "Name", text=title)
        if agreed and new.strip():
            self._shelf.rename(name, new.strip())

    def _remove(self, name: str) -> None:
        if self._shelf is not None:
            self._shelf.remove(name)
