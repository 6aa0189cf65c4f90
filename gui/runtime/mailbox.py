"""Frames on their way from the torch thread to the window's."""

from __future__ import annotations

import threading

from lab.exhibit import Frame


class Mailbox:
    """Holds one frame. A later frame is merged into it: the latest payloads win, curves grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._open = True

    def post(self, frame: Frame) -> None:
        """Merge a frame into what was not taken yet."""
        with self._lock:
            if self._open:
                self._frame = self._frame.then(frame) if self._frame else frame

    def take(self) -> Frame | None:
        """All that was posted since the last call, as one frame; None for nothing."""
        with self._lock:
            frame, self._frame = self._frame, None
            return frame

    @property
    def full(self) -> bool:
        """Whether there is a frame to take."""
        with self._lock:
            return self._frame is not None

    def close(self) -> None:
        """Discard what is there and what is posted later."""
        with self._lock:
            self._open, self._frame = False, None
