"""The commands of the keyboard, and the sheet that lists them."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from gui import theme
from gui.documents.session import Session
from gui.runtime.execution import State
from gui.views.graphs import keys as graphs
from gui.views.plots import keys as plots
from gui.window.shortcuts import ShortcutSheet
from lab.exhibit import Frame
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
    in_a_plot = [word for key in plots.KEYS for word in (key.key, key.text)]
    in_a_graph = [word for key in graphs.KEYS for word in (key.key, key.text)]
    assert words[: len(commands) + 1] == ["Everywhere", *commands]
    assert words[len(commands) + 1] == "In a plot"
    graph = words.index("In a graph of modules")
    assert words[graph - len(in_a_plot) : graph] == in_a_plot
    assert words[-len(in_a_graph) :] == in_a_graph
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
    assert panel.activity == "running", "Esc stops no run"
    press(window, "Ctrl+.")
    assert panel.activity == "stopped"
    press(window, "Space")
    assert (panel.run, panel.activity) == (run, "running")
    panel.stop()


def test_keys_turn_the_view(window, dark, qtbot):
    press(window, "Ctrl+B")
    assert not window.sidebar.isVisible()
    assert not window.panels.sides.isVisible()
    press(window, "F11")
    assert window.isFullScreen()
    press(window, "Esc")
    assert not window.isFullScreen()
    schemes = set()
    for _ in range(3):
        press(window, "Ctrl+L")
        schemes.add(theme.scheme())
    assert schemes == {"system", "light", "dark"}


@pytest.mark.parametrize("maximised", [True, False])
@pytest.mark.parametrize("way", ["F11", "Esc"])
def test_full_screen_and_back_is_the_window_as_it_was(window, maximised, way):
    if maximised:
        window.showMaximized()
    before = window.size()
    press(window, "F11")
    assert window.isFullScreen()
    press(window, way)
    assert not window.isFullScreen()
    assert window.isMaximized() == maximised
    assert window.size() == before


def test_enter_in_a_field_gives_the_keys_back_to_the_run(open_window, qtbot):
    window = open_window(Session("", "adversarial/attack"))
    window.activateWindow()
    panel = window.current
    text = panel.side.controls["iterations"].text
    text.setFocus()
    text.selectAll()
    QTest.keyClicks(text, "30")
    QTest.keyClick(text, Qt.Key.Key_Return)
    assert panel.values.iterations == 30

    def endless(knobs, workspace):
        while True:
            yield Frame()

    panel.exhibit = replace(panel.exhibit, generate=endless)
    holder = window.focusWidget()
    QTest.keyClick(holder, Qt.Key.Key_Space)
    assert panel.activity == "running"
    QTest.keyClick(holder, Qt.Key.Key_Period)
    assert panel.activity == "paused"
    chosen = window.light_table.index
    QTest.keyClick(holder, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert window.light_table.index != chosen
    press(holder, "?")
    (sheet,) = window.findChildren(ShortcutSheet)
    sheet.close()
    assert text.text() == "30"
    panel.stop()


def test_what_is_clicked_takes_no_keys_and_what_is_reached_by_tab_takes_space(window):
    def holds(widget):
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(widget, Qt.Key.Key_Space)
        QTest.keyRelease(widget, Qt.Key.Key_Space)

    copied = []
    (button,) = (b for b in window.findChildren(QPushButton) if b.text() == "Copy command")
    button.clicked.connect(lambda: copied.append(1))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(copied) == 1
    assert not button.hasFocus()
    holds(button)
    assert len(copied) == 2
    assert not window.current.by_hand, "Space pressed the button, not Run"


def test_everything_that_takes_the_keys_by_tab_shows_it(open_window, dark):
    """It looks otherwise with them than without, whatever it is."""
    window = open_window(Session("", "adversarial/robustness"))
    window.resize(1600, 1000)
    window.activateWindow()
    unseen = []
    for widget in window.findChildren(QWidget):
        tabs = widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value
        if not (tabs and widget.isVisible() and widget.isEnabled()) or widget.focusProxy():
            continue
        if window.light_table.isAncestorOf(widget):
            continue
        window.setFocus()
        without = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if widget.hasFocus() and widget.grab().toImage() == without:
            unseen.append(f"{type(widget).__name__} {widget.accessibleName()}")
    assert not unseen
