"""Opening the window: the application, the session, the event loop."""

from __future__ import annotations

import signal
import socket
import sys
import traceback
from types import FrameType, TracebackType

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.application import application
from gui.documents.session import Session
from gui.window.window import Window
from lab.errors import explain
from lab.system.home import home

# What ends the program from outside: Ctrl+C, kill, a terminal that is closed.
ENDS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


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
    app, window = open_window(device)
    ClosedBySignals(app, window)
    return app.exec()


class ClosedBySignals(QObject):
    """Closes the window as by hand when the process is told to end; at once the second time.

    Python's own handlers run only at the next event, so a socket wakes the event loop.
    """

    def __init__(self, app: QCoreApplication, window: Window) -> None:
        super().__init__(window)
        self._app, self._window = app, window
        self._sockets = socket.socketpair()
        for end in self._sockets:
            end.setblocking(False)
        signal.set_wakeup_fd(self._sockets[1].fileno(), warn_on_full_buffer=False)
        for number in ENDS:
            signal.signal(number, _at_once_the_next_time)
        reading = QSocketNotifier.Type.Read
        self._notifier = QSocketNotifier(self._sockets[0].fileno(), reading, self)
        self._notifier.activated.connect(self._close)

    def _close(self) -> None:
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for end in self._sockets:
            end.close()
        self._window.close()
        self._app.quit()


def _at_once_the_next_time(number: int, frame: FrameType | None) -> None:
    for each in ENDS:
        signal.signal(each, signal.SIG_DFL)


def _show_uncaught(window: Window) -> None:
    """Show an uncaught exception of the window's thread in the panel, and go on."""

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        window.current.complain(explain(error))

    sys.excepthook = show
