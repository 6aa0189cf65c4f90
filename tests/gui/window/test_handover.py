"""A result that one exhibit offers to another: it is shown, and set to it."""

from dataclasses import replace

import pytest

from gui.documents.session import Session
from lab import catalog
from lab.exhibit import Frame, Handover
from tests.gui.conftest import TIMEOUT

FROM, TO = "interpreting/predict", "better_training/trainer"


def trainer_values(values, metrics):
    """Found by the run below; nothing before it."""
    return {"lr": metrics["lr"], "data": "digits"} if "lr" in metrics else {}


@pytest.fixture
def window(open_window, monkeypatch):
    """The window on an exhibit that finds a learning rate, and offers it to the trainer."""
    load, found = catalog.load, {"lr": 0.003}

    def idle(path):
        exhibit = replace(load(path), follows=False)
        if path != FROM:
            return replace(exhibit, generate=lambda knobs, workspace: iter([Frame(rest=True)] * 99))
        return replace(
            exhibit,
            generate=lambda knobs, workspace: iter([Frame(metrics=found)]),
            handovers=(Handover(TO, "Use in the trainer", trainer_values),),
        )

    monkeypatch.setattr(catalog, "load", idle)
    window = open_window(Session("", FROM))
    window.found, window.told = found, []
    window.host.say = window.told.append
    return window


def hand_over(window, qtbot, run=True):
    """Press the button in the panel of FROM; whether the trainer is on the screen then."""
    window.show_exhibit(FROM)
    panel = window.current
    if run:
        panel.start()
        qtbot.waitUntil(lambda: panel.caught_up, timeout=TIMEOUT)
    (handover,) = panel.exhibit.handovers
    panel.side.handed.emit(handover)
    qtbot.waitUntil(lambda: window.current.exhibit is not None, timeout=TIMEOUT)
    return window.current.entry.path == TO


def test_the_other_exhibit_is_shown_and_set_to_the_result(window, qtbot):
    assert hand_over(window, qtbot)
    qtbot.waitUntil(lambda: bool(window.told), timeout=TIMEOUT)
    trainer = window.current
    assert trainer.values == type(trainer.values)(lr=0.003, data="digits")
    assert trainer.run is None
    assert window.told == ["Set: Learning rate: 0.003, Dataset"]


def test_without_a_result_one_line_says_so_and_nothing_is_set(window, qtbot):
    assert not hand_over(window, qtbot, run=False)
    assert "press Run first" in window.current.banner.reason.text()
    assert window.told == []
    assert hand_over(window, qtbot)
    window.show_exhibit(FROM)
    assert not window.current.banner.isVisible()


def test_a_run_that_is_set_to_it_already_goes_on_and_another_begins_again(window, qtbot):
    assert hand_over(window, qtbot)
    qtbot.waitUntil(lambda: bool(window.told), timeout=TIMEOUT)
    trainer = window.current
    trainer.start()
    run = trainer.run
    assert hand_over(window, qtbot)
    assert trainer.run is run
    window.found["lr"] = 0.2
    trainer.set_value("epochs", 9)
    assert hand_over(window, qtbot)
    assert (trainer.values.lr, trainer.values.epochs) == (0.2, 9)


def test_a_value_that_the_other_cannot_take_is_one_line_there_and_nothing_is_set(window, qtbot):
    window.found["lr"] = 50.0
    assert hand_over(window, qtbot)
    trainer = window.current
    qtbot.waitUntil(lambda: trainer.banner.isVisible(), timeout=TIMEOUT)
    assert "lr=50: choose from" in trainer.banner.reason.text()
    assert trainer.values == type(trainer.values)()
    assert window.told == []


def test_every_exhibit_that_offers_something_names_one_that_is_there():
    known = {entry.path for entry in catalog.entries()}
    for entry in catalog.entries():
        assert {handover.path for handover in catalog.load(entry.path).handovers} <= known
