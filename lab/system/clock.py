"""The one clock of the lab: how long something took, and whether it is time again.

Everything that goes by time asks here, so a test that holds this clock (tests/conftest.py) sees the
same figures and the same frames at each run.
"""

from __future__ import annotations

import time


def now() -> float:
    """Seconds; only the difference of two means anything."""
    return time.perf_counter()


def rate(count: float, seconds: float) -> float:
    """`count` a second; 0 where no time has passed."""
    return count / seconds if seconds > 0 else 0.0


class Pace:
    """Whether it is time again: at most once in so many seconds, first after that long."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Count from now: what took its time since it was due does not count."""
        self._since = now()

    def due(self) -> bool:
        """Whether so many seconds have passed since it was last due, or since it was made."""
        at = now()
        if at - self._since < self.seconds:
            return False
        self._since = at
        return True
