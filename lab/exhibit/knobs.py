"""The live parameters and the actions that a running exhibit reads."""

from __future__ import annotations

from typing import Generic, TypeVar

from lab.system import clock

P = TypeVar("P")


class Knobs(Generic[P]):
    """The one way in which intent reaches a running exhibit.

    `now` is replaced whole, so a generator that reads it once per turn sees a consistent set; it
    needs no lock. Actions that were asked for wait until the generator takes them.

    attended: whether somebody is there to turn them. Where nobody is, on the command line and in a
    notebook, a run ends where it would rest. by_itself: the run started automatically,
    because its exhibit follows: it rests before slow work until Run is pressed.
    """

    def __init__(self, now: P, attended: bool = False, by_itself: bool = False) -> None:
        self.now = now
        self.attended = attended
        self.by_itself = by_itself
        self._asked: set[str] = set()

    def every(self, seconds: float) -> clock.Pace:
        """A timer: `due()` is true once in every `seconds`.

        An exhibit shows its state when it is due, not at every step.
        """
        return clock.Pace(seconds)

    def clock(self) -> float:
        """Seconds, for how long something takes; only the difference of two means anything."""
        return clock.now()

    def asked(self, action: str) -> bool:
        """Whether `action` waits until the generator takes it."""
        return action in self._asked

    def ask(self, action: str) -> None:
        """Ask for one of the exhibit's actions."""
        self._asked.add(action)

    def take(self, action: str) -> bool:
        """Whether `action` was asked for since the last time; the asking is then answered."""
        if action in self._asked:
            self._asked.discard(action)
            return True
        return False
