"""What the keyboard does in the window."""

from __future__ import annotations

from typing import Protocol, get_args

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QListWidget, QWidget

from gui import theme
from gui.application import application
from gui.panel.panel import Panel
from gui.window.columns import Columns
from gui.window.importer import Importer
from gui.window.light_table import LightTable
from gui.window.panel_host import PanelHost
from gui.window.shortcuts import Command, ShortcutSheet
from gui.window.sidebar import Sidebar
from gui.window.tray import Tray
from lab import catalog


class CommandedWindow(Protocol):
    """The window, as its commands see it."""

    light_table: LightTable
    importer: Importer
    tray: Tray
    host: PanelHost
    sidebar: Sidebar
    columns: Columns

    @property
    def current(self) -> Panel:
        """The panel on the screen."""

    def show_exhibit(self, path: str) -> None:
        """Show an exhibit."""

    def size(self) -> QSize:
        """As Qt's."""

    def say(self, message: str) -> None:
        """Show a message for some seconds."""

    def isFullScreen(self) -> bool:
        """As Qt's."""

    def windowState(self) -> Qt.WindowState:
        """As Qt's."""

    def setWindowState(self, state: Qt.WindowState) -> None:
        """As Qt's."""


def commands(window: CommandedWindow, parent: QWidget) -> tuple[Command, ...]:
    """Every command, in the order of the sheet. parent: the widget of the window."""
    table, importer, tray = window.light_table, window.importer, window.tray
    made: tuple[Command, ...] = (
        Command("Ctrl+R", "Run from the start", lambda: window.current.restart()),
        Command("Space", "Pause or resume", lambda: window.current.toggle()),
        Command(".", "One step", lambda: window.current.step()),
        Command("Ctrl+.", "Stop; Resume goes on", lambda: window.current.stop()),
        Command("Esc", "Leave a field, or full screen", lambda: leave(window)),
        Command("PgDown", "Next exhibit", lambda: move(window, 1)),
        Command("PgUp", "Previous exhibit", lambda: move(window, -1)),
        Command("Alt+Right", "Next cards", lambda: window.current.board.turn_by(1)),
        Command("Alt+Left", "Cards before", lambda: window.current.board.turn_by(-1)),
        Command("Ctrl+Right", "Next image", lambda: table.choose(table.index + 1)),
        Command("Ctrl+Left", "Previous image", lambda: table.choose(table.index - 1)),
        Command("Ctrl+O", "Add images, videos or a model", importer.open),
        Command("Ctrl+D", "Pick images from a data set", window.host.browse),
        Command("Ctrl+V", "Paste an image", importer.paste),
        Command("Ctrl+Shift+Del", "Remove all images, or put them back", table.clear_or_put_back),
        Command("Ctrl+K", "Camera on or off", tray.toggle_camera),
        Command("Ctrl+E", "Export what is shown", window.host.export),
        Command("Ctrl+Shift+C", "Copy the run as a command", lambda: window.current.copy_command()),
        Command("Ctrl+B", "Hide or show the side columns", lambda: toggle_sides(window)),
        Command("Ctrl+L", "Theme: light, dark or the system's", lambda: next_scheme(window)),
        Command("F11", "Full screen", lambda: toggle_full_screen(window)),
        Command("?", "These shortcuts", lambda: ShortcutSheet(made, parent).open()),
    )
    return made


def takes_space(widget: QWidget | None, event: QEvent) -> bool:
    """Whether the event asks if Space is for this widget, not for the run, and it is.

    The widget was reached by Tab: a click gives the keys to none of these.
    """
    if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.ShortcutOverride:
        return False
    if event.key() != Qt.Key.Key_Space or widget is None:
        return False
    if widget.focusPolicy().value & Qt.FocusPolicy.ClickFocus.value:
        return False
    if isinstance(widget, QListWidget):
        return widget.property("role") in ("several", "shelf")
    return isinstance(widget, (QAbstractButton, QComboBox))


def leave(window: CommandedWindow) -> None:
    """Leave full screen. A field that is being edited takes Esc itself; no run is ever stopped."""
    if window.isFullScreen():
        toggle_full_screen(window)


def move(window: CommandedWindow, by: int) -> None:
    """Show another exhibit, `by` places further in the list."""
    paths = [entry.path for entry in catalog.entries()]
    window.show_exhibit(paths[(paths.index(window.current.entry.path) + by) % len(paths)])


def toggle_sides(window: CommandedWindow) -> None:
    """Hide or show the columns at both sides."""
    window.columns.toggle(window.size())


def next_scheme(window: CommandedWindow) -> None:
    """Light, dark, the system's: the next of them."""
    schemes = get_args(theme.Scheme)
    scheme = schemes[(schemes.index(theme.scheme()) + 1) % len(schemes)]
    theme.apply(application(), scheme)
    window.say(f"Theme: {scheme}")


def toggle_full_screen(window: CommandedWindow) -> None:
    """Fill the screen, or be as before: maximised, or of the size that it had."""
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)
