"""A run is stopped, goes on, is asked, and is not thrown away unasked."""

from dataclasses import dataclass, replace
from typing import Annotated

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from gui.documents.session import Session
from gui.panel import running
from gui.panel.run_control import CHANGED
from gui.runtime.execution import State
from lab import catalog
from lab.exhibit import Action, Frame
from lab.parameters import Number
from tests.gui.conftest import TIMEOUT

PATH = "better_training/trainer"


@dataclass(frozen=True)
class Two:
    live: Annotated[float, Number("Live", 0, 1, live=True)] = 0.5
    fixed: Annotated[float, Number("Fixed", 0, 1)] = 0.5


@pytest.fixture
def told():
    """What the run has answered."""
    return []


@pytest.fixture
def panel(open_window, qtbot, monkeypatch, told):
    """Of an exhibit that counts, and answers to two actions; its run is begun and has counted."""

    def count(knobs, workspace):
        number = 0
        while True:
            number += 1
            yield Frame(status=f"count {number}, live {knobs.now.live}")
            for name in ("save", "longer"):
                if knobs.take(name):
                    told.append(name)
                    yield Frame(status=f"answered {name}")

    load = catalog.load

    def counting(path):
        return replace(
            load(path),
            parameters=Two,
            generate=count,
            quick={},
            actions=(Action("save", "Save", at_once=True), Action("longer", "Continue")),
        )

    monkeypatch.setattr(catalog, "load", counting)
    made = open_window(Session("", PATH)).current
    made.start()
    qtbot.waitUntil(lambda: bool(made.snapshot.status), timeout=TIMEOUT)
    return made


def rests(panel, qtbot):
    """What is shown once a stopped run has taken the turn that it was in."""
    QTest.qWait(100)
    return panel.header.status.text()


def test_a_stopped_run_stands_still_and_goes_on_where_it_was(panel, qtbot):
    run = panel.run
    panel.stop()
    assert (panel.active, panel.activity) == (False, "stopped")
    shown = rests(panel, qtbot)
    assert shown.startswith("stopped: count ")
    assert rests(panel, qtbot) == shown
    panel.toggle()
    assert panel.run is run
    assert run.state is State.RUNNING
    number = int(shown.split()[2].strip(","))
    qtbot.waitUntil(lambda: f"count {number}," not in panel.header.status.text(), timeout=TIMEOUT)
    assert int(panel.snapshot.status.split()[1].strip(",")) > number
    panel.stop()
    panel.step()
    assert (panel.run, panel.activity) == (run, "paused")
    panel.start()
    qtbot.waitUntil(lambda: run.state is State.STOPPED, timeout=TIMEOUT)
    assert panel.run is not run


def test_a_live_parameter_of_a_stopped_run_is_what_it_goes_on_with(panel, qtbot):
    panel.stop()
    panel.set_value("live", 0.25)
    assert panel.activity == "stopped"
    panel.toggle()
    qtbot.waitUntil(lambda: "live 0.25" in panel.snapshot.status, timeout=TIMEOUT)


def test_a_stopped_run_goes_on_only_with_the_settings_that_it_began_with(panel, qtbot):
    run = panel.run
    panel.stop()
    for set_it, set_back in (
        (lambda: panel.set_value("fixed", 0.25), lambda: panel.set_value("fixed", 0.5)),
        (lambda: panel.set_seed(3), lambda: panel.set_seed(0)),
    ):
        set_it()
        assert panel.run is run, "it is not thrown away either"
        assert panel.header.status.text() == CHANGED
        panel.toggle()
        panel.step()
        assert panel.activity == "stopped"
        set_back()
        assert panel.header.status.text() != CHANGED
    panel.toggle()
    assert panel.activity == "running"


@pytest.mark.parametrize("hold", ["stop", "toggle"])
def test_what_is_taken_at_once_is_answered_by_a_held_run_which_stays_held(panel, qtbot, told, hold):
    getattr(panel, hold)()
    held = panel.activity
    rests(panel, qtbot)
    panel.side.asking["save"].click()
    qtbot.waitUntil(lambda: told == ["save"], timeout=TIMEOUT)
    QTest.qWait(100)
    assert panel.activity == held
    assert not panel.banner.isVisible()
    assert panel.header.status.text().endswith("answered save"), "it has counted no further"


def test_any_other_action_lets_a_stopped_run_go_on(panel, qtbot, told):
    panel.stop()
    panel.side.asking["longer"].click()
    assert panel.activity == "running"
    qtbot.waitUntil(lambda: told == ["longer"], timeout=TIMEOUT)


def test_actions_can_be_pressed_only_while_there_is_a_run_to_ask(panel, qtbot, monkeypatch):
    assert panel.side.asking["save"].isEnabled()
    panel.exhibit = replace(panel.exhibit, generate=lambda knobs, workspace: iter([Frame()]))
    panel.start()
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    assert not panel.side.asking["save"].isEnabled()
    panel.ask("save")
    assert panel.banner.reason.text() == "press Run first: this is done by a run"


def question(panel):
    (box,) = panel.findChildren(QMessageBox)
    return box


def test_a_long_run_is_not_thrown_away_unasked(panel, qtbot, monkeypatch):
    run = panel.run
    monkeypatch.setattr(running, "LONG", 0.0)
    panel.restart()
    box = question(panel)
    assert box.text().startswith("Restart? The ")
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert panel.run is run
    qtbot.waitUntil(lambda: not panel.findChildren(QMessageBox), timeout=TIMEOUT)
    panel.restart()
    (agree,) = (b for b in question(panel).buttons() if b.text() == "Restart")
    agree.click()
    assert panel.run is not run
    # One that is young, or stopped, is.
    for prepare in (lambda: monkeypatch.setattr(running, "LONG", 1e9), panel.stop):
        run = panel.run
        prepare()
        panel.restart()
        assert panel.run is not run
