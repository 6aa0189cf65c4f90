"""What every test gets: no display, a home of its own, and nothing left behind."""

import gc
import os
import threading
from dataclasses import replace

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Each of several processes of tests keeps to a core of its own, and so to one thread of PyTorch's:
# threads of two processes that wait for one another on the same cores take many times as long.
if (process := os.environ.get("PYTEST_XDIST_WORKER")) and hasattr(os, "sched_setaffinity"):
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(process.removeprefix("gw")) % len(cores)]})


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSBOX_HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def _nothing_left(request):
    """No thread, and no window, timer or widget, may outlive the test that made it."""
    before = set(threading.enumerate())
    yield
    # Collecting takes a quarter of a second with PyTorch loaded: only where widgets are made.
    if widgets := "gui" in request.node.path.parts:
        gc.collect()
    left = [t for t in threading.enumerate() if t not in before and t.is_alive()]
    # Torch's and NumPy's pools are not Python threads; a stdlib server's thread is.
    assert not left, f"threads left behind: {left}"
    if not widgets:
        return
    from PySide6.QtCore import QEvent, QTimer
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if app is None:
        return
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    windows = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert not windows, f"windows left open: {windows}"
    timers = [t for t in app.findChildren(QTimer) if t.isActive()]
    assert not timers, f"timers left running: {timers}"


class HeldClock:
    """The lab's clock at `seconds`, which goes on by `tick` whenever it is asked."""

    def __init__(self):
        self.seconds = self.tick = 0.0

    def __call__(self):
        self.seconds += self.tick
        return self.seconds


@pytest.fixture
def held_clock(monkeypatch):
    """The one clock that everything in lab/ goes by, held: then every exhibit tells the same."""
    held = HeldClock()
    monkeypatch.setattr("lab.system.clock.now", held)
    return held


@pytest.fixture(scope="session")
def workspace():
    """The embedded lab on the CPU, and a photograph."""
    from lab.media.pictures import embedded
    from lab.workspace import Workspace

    return replace(Workspace.open("cpu"), pictures=(embedded("coffee"),))


def pytest_collection_modifyitems(items):
    import torch

    # What is imported by now stays: else collecting after each test would go through all of it.
    gc.collect()
    gc.freeze()

    if not torch.cuda.is_available():
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="no CUDA device on this machine"))


def pytest_unconfigure():
    import sys

    if "PySide6.QtGui" in sys.modules:
        from PySide6.QtGui import QGuiApplication

        # Qt crashes where it frees what Python put there after Python has ended.
        if QGuiApplication.instance() is not None:
            QGuiApplication.clipboard().clear()
    # Or the interpreter's end finds objects that nobody could free, and some libraries say so.
    gc.unfreeze()
