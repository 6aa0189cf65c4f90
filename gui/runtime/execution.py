"""A run that the worker advances: its generator, and the states that it goes through."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from gui.runtime.mailbox import Mailbox
from lab.errors import UserError
from lab.exhibit import Frame


class State(Enum):
    """The state of a run. A resting run waits for a nudge; the last three are ends."""

    WAITING = "waiting"
    RUNNING = "running"
    RESTING = "resting"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        return self in (State.DONE, State.STOPPED, State.FAILED)

    @property
    def settled(self) -> bool:
        """Whether the run yields nothing more by itself."""
        return self.ended or self is State.RESTING


@dataclass(frozen=True)
class Turn:
    """The outcome of one turn. end: the end that the run came to, None while it goes on.

    rest, after: as in Frame.
    """

    end: State | None = None
    error: BaseException | None = None
    rest: bool = False
    after: float = 0.0


class Execution:
    """A run in the worker.

    The window reads mailbox, state, error (what it failed with) and fixed (as in Frame), and never
    waits for it. All else is the worker's, which calls every method but `advance` under its lock.

    used: seconds of the torch thread that it has taken, or was credited. stopping: whether it is
    to be closed. until: the time (time.monotonic) before which it asked for no turn, or None.
    asked(): whether an action waits for its answer: then it takes turns though it is paused.
    """

    def __init__(
        self, make: Callable[[], Iterator[Frame]], asked: Callable[[], bool] = lambda: False
    ) -> None:
        self.mailbox = Mailbox()
        self.state = State.WAITING
        self.error: BaseException | None = None
        self.fixed = False
        self.used = 0.0
        self.stopping = False
        self.until: float | None = None
        self._make: Callable[[], Iterator[Frame]] | None = make
        self._asked = asked
        self._frames: Iterator[Frame] | None = None
        self._paused = False
        self._steps = 0
        self._resting = False
        # Whether a nudge came during this turn, and since the last frame that rested.
        self._nudged = self._unanswered = False

    @property
    def ready(self) -> bool:
        """Whether it is to have a turn."""
        if self.state.ended or self.stopping:
            return not self.state.ended
        if self._resting or self.until is not None:
            return False
        return not self._paused or self._steps > 0 or self._asked()

    def pause(self) -> None:
        """Take no turn before `resume` or `step`."""
        self._paused, self._steps, self.until = True, 0, None
        if not self.state.settled:
            self.state = State.PAUSED

    def resume(self) -> None:
        """Take turns again after a pause."""
        self._paused, self.until = False, None
        if not self.state.settled:
            self.state = State.RUNNING

    def step(self) -> None:
        """Take one turn, and pause."""
        self._paused, self.until = True, None
        self._steps += 1
        if not self.state.settled:
            self.state = State.PAUSED

    def nudge(self) -> bool:
        """A live parameter has changed, or an action was asked for: rest or wait no longer.

        A nudge during a turn keeps that turn's frame from resting or waiting. Returns whether the
        run rested or waited.
        """
        self._nudged = self._unanswered = True
        if self.state is State.RESTING:
            self._resting = self._unanswered = False
            self.state = State.PAUSED if self._paused else State.RUNNING
        elif self.until is None:
            return False
        self.until = None
        return True

    def stop(self) -> None:
        """Close the generator in the next turn; no frame is posted any more."""
        self.mailbox.close()
        self.stopping = True

    def advance(self) -> Turn:
        """Take a turn: make the generator, advance it, or close it. Only in the torch thread."""
        self._nudged = False
        try:
            if self.stopping:
                close = getattr(self._frames, "close", None)
                if close:
                    close()
                return Turn(State.STOPPED)
            if self._frames is None:
                assert self._make is not None
                self._frames = iter(self._make())
            frame = next(self._frames, None)
            if frame is None:
                return Turn(State.DONE)
            self.fixed = self.fixed or frame.fixed
            self.mailbox.post(frame)
            return Turn(rest=frame.rest, after=frame.after)
        # Whatever an exhibit raises ends its run alone: SystemExit would end the thread.
        except BaseException as error:
            # Printed before the state changes, for those who wait for the state and read stderr.
            _print_traceback(error)
            return Turn(State.FAILED, error)

    def finish(self, turn: Turn, seconds: float) -> None:
        """Change the state after a turn, which took `seconds`."""
        self.used += seconds
        self._steps = max(0, self._steps - 1)
        if self.state is State.WAITING:
            self.state = State.PAUSED if self._paused else State.RUNNING
        if turn.rest and not self._unanswered:
            self._resting = True
            self.state = State.RESTING
        elif turn.rest:
            self._unanswered = False
        elif turn.after and not (self._nudged or self._paused):
            self.until = time.monotonic() + turn.after
        if turn.end is None:
            return
        # The generator is destroyed here, in the torch thread.
        self._frames = self._make = None
        self.error = turn.error
        # A stopped run ends as STOPPED, unless its generator failed while it was closed.
        self.state = State.STOPPED if self.stopping and turn.error is None else turn.end


def _print_traceback(error: BaseException) -> None:
    """Print the traceback of a program error; a UserError is shown in the window alone."""
    if not isinstance(error, UserError):
        # stderr is None or closed where there is no console (pythonw).
        with suppress(ValueError, OSError):
            traceback.print_exception(error, file=sys.stderr)
