"""The session on the disk: written whenever the window's state has changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer

from gui.documents.session import Session
from gui.runtime.worker import Worker

# How often the state is looked at, in milliseconds: so much of it can be lost.
LOOK_MS = 1000


class SessionKeeper(QObject):
    """Writes the state of a window into its home, in the file pool.

    first: whether no other window has this home open. Only the first one writes, or the last to be
    closed would undo what the other has kept. Without a home nothing is ever written.
    """

    def __init__(
        self, home: Path | None, state: Callable[[], Session], worker: Worker, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._path = home / "session.json" if home else None
        self._state, self._worker = state, worker
        self._written: Session | None = None
        self._writing = False
        self._lock = _locked(home) if home else None
        self.first = self._lock is not None or home is None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def begin(self) -> None:
        """Look for changes from now on."""
        if self._path is not None and self.first:
            self._written = self._state()
            self._timer.start()

    def look(self) -> None:
        """Write the state if it has changed, unless it is being written."""
        if self._writing or self._path is None or not self.first:
            return
        path, now = self._path, self._state()
        if now == self._written:
            return
        self._writing, self._written = True, now

        def written(result: object) -> None:
            self._writing = False
            if isinstance(result, Exception):
                self._written = None  # tried again at the next look

        self._worker.read(lambda: now.write(path), written)

    def close(self) -> None:
        """Let another window have the home."""
        self._timer.stop()
        if self._lock is not None:
            self._lock.unlock()

    def write(self, session: Session) -> None:
        """Write the last state, now; a full disk must not keep the window open."""
        if self._path is not None and self.first:
            with contextlib.suppress(OSError):
                session.write(self._path)


def _locked(home: Path) -> QLockFile | None:
    """A lock on the home; None where another window that still lives has it."""
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
    lock = QLockFile(str(home / "window.lock"))
    lock.setStaleLockTime(0)  # however old it is, while its process lives
    taken = lock.tryLock(0)
    # Where no lock can be made, nobody else can have one.
    return None if not taken and lock.error() is QLockFile.LockError.LockFailedError else lock
