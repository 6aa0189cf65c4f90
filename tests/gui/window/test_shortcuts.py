"""The commands of the keyboard, and the sheet that lists them."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from gui import theme
from gui.runtime.execution import State
from gui.views.plots.keys import KEYS
from gui.window.shortcuts import ShortcutSheet
from lab.exhibit import Frame
from tests.gui.conftest import TIMEOUT
from tests.gui.inputs import count


@pytest.fixture
def window(open_window):
    """A window that has the keyboard."""
    made = open_window()
    made.activateWindow()
    return made


def press(window, *keys):
    for key in keys:
        QTest.keySequence(window, QKeySequence(key))


def test_every_command_has_keys_of_its_own_and_stands_on_the_sheet(window):
    press(window, "?")
    (sheet,) = window.findChildren(ShortcutSheet)
    words = [label.text() for label in sheet.findChildren(QLabel)]
    commands = [word for command in window.commands for word in (command.keys, command.text)]
    in_a_plot = [word for key in KEYS for word in (key.key, key.text)]
    assert words[: len(commands) + 1] == ["Everywhere", *commands]
    assert words[len(commands) + 1] == "In a plot"
    assert words[-len(in_a_plot) :] == in_a_plot
    assert len({command.keys for command in window.commands}) == len(window.commands)
    sheet.close()


def test_keys_move_through_exhibits_and_images(window):
    press(window, "PgUp")
    assert window.current.entry.path == "adversarial/without_adversaries"
    press(window, "PgDown")
    assert window.current.entry.path == "interpreting/predict"
    chosen = window.light_table.index
    press(window, "Ctrl+Left")
    assert window.light_table.index == (chosen - 1) % count(window)
    press(window, "Ctrl+Right")
    assert window.light_table.index == chosen


def test_keys_run_pause_and_stop_the_exhibit(window, qtbot):
    def endless(knobs, workspace):
        while True:
            yield Frame()

    panel = window.current
    panel.exhibit = replace(panel.exhibit, generate=endless)
    press(window, "Ctrl+R")
    run = panel.run
    press(window, "Space")
    assert run.state is State.PAUSED
    press(window, ".", "Space")
    assert run.state is State.RUNNING
    press(window, "Esc")
    assert panel.run is None
    qtbot.waitUntil(lambda: run.state is State.STOPPED, timeout=TIMEOUT)


def test_keys_turn_the_view(window, dark, qtbot):
    press(window, "Ctrl+B")
    assert not window.sidebar.isVisible()
    assert not window.panels.sides.isVisible()
    press(window, "F11")
    assert window.isFullScreen()
    qtbot.waitUntil(lambda: not window.current.active, timeout=TIMEOUT)
    press(window, "Esc")
    assert not window.isFullScreen()
    schemes = set()
    for _ in range(3):
        press(window, "Ctrl+L")
        schemes.add(theme.scheme())
    assert schemes == {"system", "light", "dark"}
