"""Opening the window: the application, the session, the event loop."""

from __future__ import annotations

import signal
import sys
import traceback
from types import TracebackType

from PySide6.QtWidgets import QApplication

from gui import theme
from gui.application import application
from gui.documents.session import Session
from gui.window.window import Window
from lab.errors import explain
from lab.system.home import home


def open_window(device: str = "auto") -> tuple[QApplication, Window]:
    """Show the window as the last session left it; PyTorch is imported after its first paint."""
    app = application()
    session = Session.read(home() / "session.json")
    theme.apply(app, session.scheme)
    window = Window(session, device, home())
    _show_uncaught(window)
    window.show()
    return app, window


def main(device: str = "auto") -> int:
    """Open the window and stay until it is closed; returns the exit status."""
    app, _window = open_window(device)
    # Python's own handler runs only at the next event; this one ends the process on Ctrl+C at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return app.exec()


def _show_uncaught(window: Window) -> None:
    """Show an uncaught exception of the window's thread in the panel, and go on."""

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        window.current.complain(explain(error))

    sys.excepthook = show
