"""A command of the keyboard, and the sheet that lists all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from gui.theme import GRID
from gui.widgets import label


@dataclass(frozen=True)
class Command:
    """Something that the keyboard can do: its keys, its name on the sheet, and the action."""

    keys: str
    text: str
    run: Callable[[], None]


class ShortcutSheet(QDialog):
    """The list of commands; it is deleted when it is closed."""

    def __init__(self, commands: Sequence[Command], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        grid = QGridLayout(self)
        grid.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        grid.setHorizontalSpacing(4 * GRID)
        for row, command in enumerate(commands):
            grid.addWidget(label(command.keys, "figure"), row, 0)
            grid.addWidget(label(command.text, "body"), row, 1)
