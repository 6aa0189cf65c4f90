"""A command of the keyboard, and the sheet that lists all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from gui.theme import GRID
from gui.views.graphs import keys as graphs
from gui.views.plots import keys as plots
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
        everywhere = [(command.keys, command.text) for command in commands]
        in_a_plot = [*plots.MOUSE, *((key.key, key.text) for key in plots.KEYS)]
        in_a_graph = [*graphs.MOUSE, *((key.key, key.text) for key in graphs.KEYS)]
        columns = (
            (("Everywhere", everywhere),),
            (("In a plot", in_a_plot), ("In a graph of modules", in_a_graph)),
        )
        for side, parts in enumerate(columns):
            top = 0
            for title, lines in parts:
                grid.addWidget(label(title, "heading"), top, 2 * side, 1, 2)
                for row, (keys, text) in enumerate(lines, top + 1):
                    grid.addWidget(label(keys, "figure"), row, 2 * side)
                    grid.addWidget(label(text, "body"), row, 2 * side + 1)
                top += len(lines) + 1
