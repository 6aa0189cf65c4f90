"""What the keyboard can do, and the sheet that lists it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from gui.theme import GRID
from gui.widgets import label


@dataclass(frozen=True)
class Command:
    """Something that the keyboard can do: its keys, its name on the sheet, the window's method."""

    keys: str
    text: str
    method: str


COMMANDS = (
    Command("Ctrl+R", "Run from the start", "run"),
    Command("Space", "Pause or go on", "toggle"),
    Command(".", "One step", "step"),
    Command("Esc", "Stop, or leave the full screen", "stop"),
    Command("PgDown", "Next exhibit", "next_exhibit"),
    Command("PgUp", "Exhibit before", "previous_exhibit"),
    Command("Ctrl+Right", "Next picture", "next_picture"),
    Command("Ctrl+Left", "Picture before", "previous_picture"),
    Command("Ctrl+O", "Open pictures, videos or a model", "open_files"),
    Command("Ctrl+V", "Paste a picture", "paste"),
    Command("Ctrl+K", "Camera on or off", "toggle_camera"),
    Command("Ctrl+E", "Export what is shown", "export"),
    Command("Ctrl+Shift+C", "Copy the command of this run", "copy_command"),
    Command("Ctrl+B", "Hide or show the side columns", "toggle_sides"),
    Command("Ctrl+L", "Light, dark, as the system", "next_scheme"),
    Command("F11", "Full screen", "toggle_full_screen"),
    Command("?", "This sheet", "show_keys"),
)


class KeySheet(QDialog):
    """The list of keys; it goes for good when it is closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        grid = QGridLayout(self)
        grid.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 4 * GRID)
        grid.setHorizontalSpacing(4 * GRID)
        for row, command in enumerate(COMMANDS):
            grid.addWidget(label(command.keys, "figure"), row, 0)
            grid.addWidget(label(command.text, "body"), row, 1)
