"""Every exhibit of the catalog, through the real window and the real worker."""

from dataclasses import replace
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QApplication, QLabel

from gui import theme
from gui.documents.session import Session
from gui.runtime.execution import State
from lab import catalog
from lab.runs import Run
from tests.gui.conftest import TIMEOUT, torch_threads

PATHS = [entry.path for entry in catalog.entries()]


# The smallest window, laptops, and a full-HD screen; at a scale of 150 % it has 1280 x 720 pixels.
SIZES = [(1024, 640), (1280, 720), (1366, 768), (1920, 1080)]


def scrolled(widget):
    """Whether a widget lies in something that scrolls."""
    while widget is not None:
        if isinstance(widget, QAbstractScrollArea):
            return True
        widget = widget.parentWidget()
    return False


def readable(window, size):
    """Nothing in the window is cut, too small to read, or over something else."""
    board = window.current.board
    shown = [board.cards[name] for name in board.on_screen]
    for card in shown:
        where = f"{card.title.text()} at {size}: {card.width()} x {card.height()}"
        assert card.isVisible(), where
        alone = len(shown) == 1 and size[0] < 1280
        assert card.fits(card.size()) or (alone and card.view.scrolls), where
        assert board.rect().contains(card.geometry()), where
    assert not any(a.geometry().intersects(b.geometry()) for a, b in combinations(shown, 2))
    inside = window.rect()
    for widget in [*window.findChildren(QAbstractButton), *window.findChildren(QLabel)]:
        if not widget.isVisible() or not widget.text():
            continue
        words = f"{widget.text()!r} at {size}"
        assert widget.fontMetrics().height() >= theme.SMALL, words
        if scrolled(widget):
            continue
        place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
        assert inside.contains(place), f"{words} lies outside"
        if isinstance(widget, QAbstractButton):
            assert widget.width() >= widget.minimumSizeHint().width(), f"{words} is cut"


@pytest.fixture
def window(open_window):
    """A function that opens the window on an exhibit, in its quick setting."""

    def make(path):
        quick = Run(path, catalog.load(path).quick)
        return open_window(Session("", path, {path: quick}, ["coffee"]))

    return make


def running(qtbot, window):
    panel = window.current
    panel.start()
    run = panel.run
    qtbot.waitUntil(lambda: run.state is not State.WAITING, timeout=TIMEOUT)
    return panel, run


def endless(exhibit):
    """The exhibit with its first frames, told again and again: never too quick to be stopped."""

    def generate(knobs, workspace):
        while True:
            for frame in exhibit.generate(knobs, workspace):
                yield replace(frame, rest=False)

    return replace(exhibit, generate=generate)


@pytest.mark.parametrize("path", PATHS)
def test_it_runs_to_its_end_and_shows_all_that_it_declares(path, window, qtbot):
    window = window(path)
    panel, run = running(qtbot, window)
    qtbot.waitUntil(lambda: run.state.settled, timeout=TIMEOUT)
    assert run.error is None
    assert run.state in (State.DONE, State.RESTING)
    qtbot.waitUntil(lambda: panel.caught_up, timeout=TIMEOUT)
    assert set(panel.snapshot.outputs) == {output.name for output in panel.exhibit.outputs}
    declared, given = panel.exhibit.metrics, panel.snapshot.metrics
    assert all(any(metric.means(name) for metric in declared) for name in given)
    assert all(any(metric.means(name) for name in given) for metric in declared)
    assert panel.board.pages == [[output.name for output in panel.exhibit.outputs]]
    for output in panel.exhibit.outputs:
        payload = panel.snapshot.outputs[output.name]
        assert isinstance(payload, output.kind)
        assert panel.board.cards[output.name].view.payload is payload
    for size in SIZES:
        window.resize(*size)
        QApplication.processEvents()
        assert (window.width(), window.height()) == size
        for page in range(len(panel.board.pages)):
            panel.board.turn_to(page)
            qtbot.waitUntil(lambda: panel.caught_up, timeout=TIMEOUT)
            readable(window, size)


@pytest.mark.parametrize("path", PATHS)
def test_it_pauses_steps_goes_on_and_stops(path, window, qtbot):
    window = window(path)
    window.current.exhibit = endless(window.current.exhibit)
    panel, run = running(qtbot, window)
    panel.toggle()
    assert run.state is State.PAUSED
    shown = panel.snapshot
    panel.step()
    qtbot.waitUntil(lambda: panel.snapshot is not shown, timeout=TIMEOUT)
    assert run.state is State.PAUSED
    panel.toggle()
    assert run.state is State.RUNNING
    shown = panel.snapshot
    panel.stop()
    assert not panel.active
    panel.toggle()
    assert run.state is State.RUNNING
    panel.start()
    qtbot.waitUntil(lambda: run.state is State.STOPPED, timeout=TIMEOUT)
    # The first frame of the next run may have none of them yet.
    wanted = shown.outputs.keys()
    qtbot.waitUntil(lambda: panel.snapshot.outputs.keys() >= wanted, timeout=TIMEOUT)
    panel.stop()
    assert not panel.active


@pytest.mark.parametrize("path", PATHS)
def test_where_it_rests_it_answers_to_its_live_knobs(path, window, qtbot):
    window = window(path)
    panel, run = running(qtbot, window)
    qtbot.waitUntil(lambda: run.state.settled, timeout=TIMEOUT)
    if run.state is State.DONE:
        return
    live = panel.exhibit.live_in(fixed=True)
    assert live or panel.exhibit.actions
    for name in live:
        shown = panel.snapshot
        panel.set_values({name: getattr(panel.exhibit.parameters(), name)})
        assert panel.run is run, "a live knob must not start another run"
        qtbot.waitUntil(lambda shown=shown: panel.snapshot is not shown, timeout=TIMEOUT)
        qtbot.waitUntil(lambda: run.state is State.RESTING, timeout=TIMEOUT)


@pytest.mark.parametrize("path", PATHS)
def test_a_failure_is_told_and_the_last_good_state_stays(path, window, qtbot, capsys):
    window = window(path)
    exhibit = window.current.exhibit
    good, error = [], RuntimeError("the device caught fire")

    def failing(knobs, workspace):
        for frame in exhibit.generate(knobs, workspace):
            yield replace(frame, rest=False)
            if frame.outputs:
                good.append(frame)
                raise error

    window.current.exhibit = replace(exhibit, generate=failing)
    panel, run = running(qtbot, window)
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    assert run.state is State.FAILED
    assert panel.banner.isVisible()
    assert "the device caught fire" in panel.banner.reason.text()
    assert set(panel.snapshot.outputs) == set(good[0].outputs)
    assert "the device caught fire" in capsys.readouterr().err


@pytest.mark.parametrize("path", PATHS)
def test_the_window_closes_under_it(path, window, qtbot):
    window = window(path)
    window.current.exhibit = endless(window.current.exhibit)
    _, run = running(qtbot, window)
    window.close()
    assert run.state is State.STOPPED
    assert not torch_threads()


def test_two_exhibits_run_beside_each_other_and_the_hidden_one_goes_on(window, qtbot):
    window = window("better_training/trainer")
    window.current.exhibit = endless(window.current.exhibit)
    trainer, run = running(qtbot, window)
    window.show_exhibit("interpreting/predict")
    qtbot.waitUntil(lambda: window.ready, timeout=TIMEOUT)
    predict = window.current
    qtbot.waitUntil(lambda: "top1_label" in predict.snapshot.metrics, timeout=TIMEOUT)
    assert predict.snapshot.metrics["top1_label"] == "espresso"
    assert run.state is State.RUNNING
    assert trainer.active
    trainer.stop()
