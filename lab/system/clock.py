"""The clock of the lab: durations, and when something is due again.

All code that measures time uses it, so a test that replaces it (tests/conftest.py) sees the same
figures and the same frames in every run.
"""

from __future__ import annotations

import time


def now() -> float:
    """Seconds; only differences are meaningful."""
    return time.perf_counter()


def rate(count: float, seconds: float) -> float:
    """`count` per second; 0 where no time has passed."""
    return count / seconds if seconds > 0 else 0.0


class Pace:
    """When something is due again: at most once in `seconds`, the first time after that long."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Start again from now, so that the time since it was due does not count."""
        self._since = now()

    def due(self) -> bool:
        """Whether so many seconds have passed since it was last due, or since it was made."""
        at = now()
        if at - self._since < self.seconds:
            return False
        self._since = at
        return True
