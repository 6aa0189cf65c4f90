import threading

import pytest
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.documents.session import Session
from gui.views import view_of
from gui.window.window import Window
from tests.gui.samples import output

# Milliseconds that anything may take on a machine that is busy with other things.
TIMEOUT = 120_000


def torch_threads():
    """The torch threads of all workers that are not closed."""
    return [thread for thread in threading.enumerate() if thread.name == "glassbox-torch"]


@pytest.fixture
def open_window(qtbot):
    """Opens the window as a session says and waits until it is ready; closes it afterwards."""
    opened = []

    def make(session=None, home=None):
        window = Window(session or Session("", "interpreting/predict"), "cpu", home)
        opened.append(window)
        if session is None or not session.geometry:
            window.resize(1920, 1080)  # the screen of a test is smaller
        window.show()
        qtbot.waitUntil(lambda: window.ready, timeout=TIMEOUT)
        return window

    yield make
    for window in opened:
        window.close()
        window.deleteLater()
    assert not torch_threads()
    QApplication.processEvents()


@pytest.fixture
def dark(qapp):
    """The application in the dark scheme, again afterwards too."""
    theme.apply(qapp, "dark")
    yield qapp
    theme.apply(qapp, "dark")


@pytest.fixture
def view(dark, qtbot):
    """Makes a shown view of a kind, at a size, with a payload."""

    def make(kind, payload=None, size=(600, 400), **changes):
        made = view_of(kind)(output(kind, **changes))
        qtbot.addWidget(made)
        made.resize(*size)
        made.show()
        if payload is not None:
            made.show_payload(payload)
        return made

    return make
