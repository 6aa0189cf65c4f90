"""What a turned control does to a run, by when it is turned and by what it is declared to be."""

from dataclasses import dataclass, replace
from typing import Annotated

import pytest
from PySide6.QtWidgets import QApplication

from gui.documents.session import Session
from gui.panel.panel import STALE
from gui.runtime.execution import State
from lab.exhibit import Frame
from lab.parameters import RUNNING, Number
from lab.runs import Run
from tests.gui.conftest import TIMEOUT

PATH = "adversarial/attack"


@pytest.fixture
def panel(open_window):
    """Of the attack, quick and in a window."""
    quick = {"model": "alexnet-stem", "iterations": 3}
    return open_window(Session("", PATH, {PATH: Run(PATH, quick)}, ["coffee"])).current


def rested(panel, qtbot):
    run = panel.run
    qtbot.waitUntil(lambda: run.state.settled, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: panel.caught_up, timeout=TIMEOUT)
    return run


def test_where_it_rests_what_is_live_is_followed_and_the_rest_begins_again(panel, qtbot):
    panel.start()
    run = rested(panel, qtbot)
    panel.set_value("epsilon", 5 / 255)
    assert panel.run is run
    qtbot.waitUntil(lambda: "at ε = " in panel.snapshot.status, timeout=TIMEOUT)
    panel.set_value("step", 1 / 255)
    assert panel.run is not run, "it no longer asks for the step"
    rested(panel, qtbot)
    assert panel.snapshot.metrics["iterations"] > 0


def test_the_controls_of_another_method_are_not_on_the_screen(panel):
    def shown():
        return set(panel.side.controls.on_screen())

    every = {"model", "method", "target", "epsilon", "step", "iterations", "restarts", "on"}
    assert shown() == every
    panel.set_value("method", "fgsm")
    assert shown() == {"model", "method", "target", "epsilon"}
    panel.set_value("method", "deepfool")
    assert shown() == {"model", "method", "epsilon", "iterations"}
    panel.set_value("method", "pgd")
    assert shown() == every


def test_the_command_names_only_what_counts_and_the_session_keeps_the_rest(panel, qtbot):
    panel.set_values({"restarts": 4, "epsilon": 4 / 255})
    panel.set_value("method", "fgsm")
    assert panel.remembered().params["restarts"] == 4
    panel.copy_command()
    clipboard = QApplication.clipboard()
    qtbot.waitUntil(lambda: "--set method=fgsm" in clipboard.text(), timeout=TIMEOUT)
    assert "restarts" not in clipboard.text()


def test_a_choice_that_is_refused_shows_the_old_value_again(panel):
    box = panel.side.controls["model"].box
    before = box.currentText()
    box.addItem("A model that is gone", "gone")
    box.setCurrentIndex(box.count() - 1)
    box.activated.emit(box.currentIndex())
    assert "gone" in panel.banner.reason.text()
    assert panel.values.model == "alexnet-stem"
    assert box.currentText() == before


@dataclass(frozen=True)
class Turned:
    always: Annotated[float, Number("Always", 0, 1, live=True)] = 0.5
    running: Annotated[float, Number("Running", 0, 1, live=RUNNING)] = 0.5


def test_a_run_that_says_it_is_fixed_begins_again_before_it_rests(panel, qtbot, monkeypatch):
    """Between its last look at a parameter and its rest there may be minutes."""

    def story(knobs, workspace):
        yield Frame(status="looks")
        yield Frame(status="fixed", fixed=True)
        while True:
            yield Frame(status=f"still going: {knobs.now.always}")

    panel.exhibit = replace(panel.exhibit, generate=story, parameters=Turned, quick={})
    monkeypatch.setattr(panel.side, "show_values", lambda *_: None)
    panel.values = Turned()
    panel.start()
    run = panel.run
    qtbot.waitUntil(lambda: run.fixed, timeout=TIMEOUT)
    assert run.state is State.RUNNING
    panel.set_value("always", 0.25)
    assert panel.run is run
    panel.set_value("running", 0.25)
    assert panel.run is not run
    panel.stop()


def test_where_nothing_runs_the_header_says_that_what_is_shown_is_of_other_values(
    open_window, qtbot
):
    path = "better_training/trainer"
    quick = {"data": "digits", "network": "mlp", "epochs": 1, "batch_size": 256}
    panel = open_window(Session("", path, {path: Run(path, quick)}, [])).current
    panel.start()
    rested(panel, qtbot)
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    shown = panel.header.status.text()
    assert shown.startswith("done")
    panel.set_value("lr", 0.1)
    assert panel.run is None
    assert panel.header.status.text() == STALE
    panel.set_value("lr", 0.05)
    assert panel.header.status.text() == shown


def test_another_kind_of_model_brings_an_epsilon_that_fools_it(panel):
    epsilon = panel.side.controls["epsilon"]
    for model, shown in (("digits-cnn", "64/255"), ("alexnet-stem", "8/255")):
        panel.set_value("model", model)
        assert epsilon.text.text().endswith(shown)
    panel.set_value("epsilon", 3 / 255)
    panel.set_values({"model": "digits-cnn", "epsilon": 0.1})
    assert panel.values.epsilon == 0.1
    assert panel.side.controls["step"].text.text() == "2.5 ε / iterations"
