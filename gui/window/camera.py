"""The camera as one picture of the light table that is updated all the time."""

from __future__ import annotations

from collections.abc import Callable, Generator

from gui.runtime.file_pool import Transfer
from gui.runtime.worker import Worker
from lab.media import camera
from lab.media.pictures import Picture


class Camera:
    """On or off. `show` gets a new picture whenever `ready()` says that the last one was used."""

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
        # Written in the pool and in the window's thread, read in the torch thread, without a lock:
        # each write is one assignment.
        self._latest: Picture | None = None
        self._gone: Exception | None = None
        # Whether the last picture has arrived. Written in the window's thread, read in the pool.
        self._arrived = True

    @property
    def on(self) -> bool:
        """Whether the camera is on."""
        return self._transfer is not None

    def look(self) -> Picture | None:
        """The latest picture; None while the camera is off. For any thread.

        Raises the error that the camera ended with, if it did.
        """
        if self._gone is not None:
            raise self._gone
        return self._latest

    def start(self, source: int | str = 0) -> None:
        """Take pictures from the camera of that number, or from a video file of that path."""
        if self._transfer is None:
            self._arrived, self._gone = True, None
            self._transfer = self._worker.transfer(
                lambda: self._steps(source), self._take, self._end
            )

    def stop(self) -> None:
        """Release the camera; the last picture stays."""
        if self._transfer is not None:
            self._transfer.cancel()

    def _steps(self, source: int | str) -> Generator[Picture | None, None, None]:
        for picture in camera.frames(source):
            self._latest = picture
            # A slow window gets fewer pictures rather than a queue of old ones.
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
