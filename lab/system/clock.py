"""The clock of the lab: durations, and when something is due again.

All code that measures time uses it, so a test that replaces it (tests/conftest.py) sees the same
figures and the same frames in every run.
"""

from __future__ import annotations

import math
import time
from collections import deque

WORTH_SAYING = 10.0
"""Seconds: what takes less does not say how much is left."""


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


class Remaining:
    """How much longer something takes, by the share of it that is done.

    The speed is that of the latest third of the time, so that it follows what becomes slower or
    faster; nothing is said before it is known, nor of what takes less than WORTH_SAYING seconds.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Something else begins."""
        self._begun, self._held_since = now(), 0.0
        self._held = False
        self._share = 0.0
        self._at = 0.0
        # Seconds and share of earlier updates, oldest first: the latest third of the time.
        self._points: deque[tuple[float, float]] = deque()

    def hold(self, held: bool) -> None:
        """Whether it is paused: such time does not count."""
        if held and not self._held:
            self._held_since = now()
        elif self._held and not held:
            self._begun += now() - self._held_since
        self._held = held

    def update(self, share: float | None) -> None:
        """The share done by now, in [0, 1]; None where nothing is known of it.

        Where it is less than before, another part has begun, and the speed is measured anew.
        """
        if share is None:
            return
        at = now() - self._begun
        if share < self._share:
            self.restart()
            at = 0.0
        self._share, self._at = share, at
        # Before there is any progress, something is loaded, at a speed that says nothing.
        if share > 0 and (not self._points or at - self._points[-1][0] >= max(0.25, at / 100)):
            self._points.append((at, share))
        while len(self._points) > 1 and at - self._points[1][0] >= max(5.0, at / 3):
            self._points.popleft()

    @property
    def seconds(self) -> float | None:
        """How many seconds are left; None where that is not known yet."""
        if self._share >= 1:
            return 0.0
        since, share = self._points[0] if self._points else (self._at, self._share)
        spent, done = self._at - since, self._share - share
        return (1 - self._share) * spent / done if spent >= 2 and done > 0 else None

    @property
    def words(self) -> str:
        """As "about 40 s left"; "" where there is nothing to say."""
        left = self.seconds
        if not left or self._at + left < WORTH_SAYING:
            return ""
        return f"about {in_words(left)} left"


def in_words(seconds: float) -> str:
    """A time to come, rounded up, no finer than an estimate is: "35 s", "2 min 10 s"."""
    seconds -= 0.01  # what is on a step but for its rounding
    if seconds <= 60:
        return f"{5 * math.ceil(seconds / 5)} s"
    if seconds <= 300:
        minutes, rest = divmod(10 * math.ceil(seconds / 10), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
