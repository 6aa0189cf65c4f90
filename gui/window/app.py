"""Start-up of the window."""

from __future__ import annotations

import signal
import sys
import traceback
from types import TracebackType

from PySide6.QtWidgets import QApplication

from gui import theme
from gui.application import application
from gui.documents.session import Session
from gui.runtime.worker import explain
from gui.window.window import Window
from lab.system.home import home


def open_window(device: str = "auto") -> tuple[QApplication, Window]:
    """The window on the screen, as it was left; PyTorch is imported after its first paint."""
    app = application()
    session = Session.read(home() / "session.json")
    theme.apply(app, session.scheme)
    window = Window(session, device, home())
    _catch(window)
    window.show()
    return app, window


def main(device: str = "auto") -> int:
    """Open the window and stay until it is closed; returns the exit status."""
    app, _window = open_window(device)
    # Python's own handler would wait for an event: Ctrl+C in the terminal ends it as it should.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return app.exec()


def _catch(window: Window) -> None:
    """An exception in the window's thread is told, and takes nothing else down."""

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        window.current.complain(explain(error))

    sys.excepthook = told
