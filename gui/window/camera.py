"""The camera at the light table: one picture that is always of now."""

from __future__ import annotations

from collections.abc import Callable, Generator

from gui.runtime.worker import Transfer, Worker
from lab.media import camera
from lab.media.pictures import Picture


class Camera:
    """On or off. `show` gets a picture whenever `ready` says that the last one has been used."""

    def __init__(
        self,
        worker: Worker,
        ready: Callable[[], bool],
        show: Callable[[Picture], None],
        ended: Callable[[Exception | None], None],
    ) -> None:
        self._worker = worker
        self._ready, self._show, self._ended = ready, show, ended
        self._transfer: Transfer | None = None
        # Written by the pool and by the window, read by the torch thread: each is one assignment.
        self._latest: Picture | None = None
        self._gone: Exception | None = None
        # Written by the window, read by the pool: whether the last picture has arrived.
        self._arrived = True

    @property
    def on(self) -> bool:
        """Whether it takes pictures."""
        return self._transfer is not None

    def look(self) -> Picture | None:
        """What it sees by now; None while it is off. From any thread.

        Raises the UserError that it ended with, once it is gone.
        """
        if self._gone is not None:
            raise self._gone
        return self._latest

    def start(self, source: int | str = 0) -> None:
        """Take pictures from the camera of that number, or of a film."""
        if self._transfer is None:
            self._arrived, self._gone = True, None
            self._transfer = self._worker.transfer(
                lambda: self._steps(source), self._take, self._end
            )

    def stop(self) -> None:
        """Let go of the camera; the last picture stays."""
        if self._transfer is not None:
            self._transfer.cancel()

    def _steps(self, source: int | str) -> Generator[Picture | None, None, None]:
        for picture in camera.frames(source):
            self._latest = picture
            # A window that is slow gets fewer pictures, and never a queue of old ones.
            if self._arrived:
                self._arrived = False
                yield picture
            else:
                yield None

    def _take(self, picture: Picture | None) -> None:
        if picture is None:
            return
        self._arrived = True
        if self._transfer is not None and not self._transfer.cancelled and self._ready():
            self._show(picture)

    def _end(self, error: Exception | None) -> None:
        self._transfer, self._latest, self._gone = None, None, error
        self._ended(error)
