"""The shelf on the screen: the models in hand, those trained here first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from lab.errors import UserError

if TYPE_CHECKING:
    from gui.window.window import Window
    from lab.networks.shelf import Shelf


class ShelfStrip(QWidget):
    """The networks trained here and the embedded one; a right click saves, renames, removes."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._shelf: Shelf | None = None
        self._list = QListWidget()
        self._list.setProperty("role", "shelf")
        self._list.setAccessibleName("Shelf")
        self._list.setFixedHeight(80)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._menu)
        self._list.itemActivated.connect(self._use)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._list)

    def show_shelf(self, shelf: Shelf) -> None:
        """Show this shelf from now on."""
        self._shelf = shelf
        self.refresh()

    def refresh(self) -> None:
        """Show what is on the shelf now."""
        if self._shelf is None:
            return
        self._list.clear()
        for name, title in self._shelf.in_hand().items():
            item = QListWidgetItem(title, self._list)
            item.setToolTip(
                f"{title}\nDouble click: use it here. Right click: save, rename, remove."
            )
            item.setData(Qt.ItemDataRole.UserRole, name)

    def _use(self, item: QListWidgetItem) -> None:
        self._window.use(item.data(Qt.ItemDataRole.UserRole))

    def _menu(self, at: QPoint) -> None:
        item = self._list.itemAt(at)
        if item is None or self._shelf is None:
            return
        name = item.data(Qt.ItemDataRole.UserRole)
        menu = QMenu(self)
        menu.addAction("Use in this exhibit", lambda: self._use(item))
        menu.addAction("Save as…", lambda: self._save(name))
        if name in self._shelf.names_trained_here():
            menu.addAction("Rename…", lambda: self._rename(name, item.text()))
            menu.addAction("Remove", lambda: self._remove(name))
        menu.exec(self._list.mapToGlobal(at))
        menu.deleteLater()

    def _save(self, name: str) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the network", f"{name}.safetensors", "Networks (*.safetensors)"
        )
        if path and self._shelf is not None:
            shelf = self._shelf
            self._window.worker.read(
                lambda: shelf.save(name, Path(path)), lambda result: self._told(result, path)
            )

    def _told(self, result: object, path: str) -> None:
        if isinstance(result, (UserError, OSError)):
            self._window.current.complain(f"cannot save to {path}: {result}")
        else:
            self._window.say(f"Saved {Path(path).name}")

    def _rename(self, name: str, title: str) -> None:
        new, agreed = QInputDialog.getText(self, "Rename", "Title", text=title)
        if agreed and new.strip() and self._shelf is not None:
            self._shelf.rename(name, new.strip())

    def _remove(self, name: str) -> None:
        if self._shelf is not None:
            self._shelf.remove(name)
