"""One torch thread that advances all runs in turn.

One thread owns the device. It takes the running generators in turn, so a network goes on training
while the lecturer slides an occluder over a picture with it, and no two threads ever touch the
device. Between turns it takes commands: pause, step, stop. The window never waits for it.

Invariants:

- A run ends in exactly one of DONE, STOPPED, FAILED, and stays there.
- A generator is made, advanced and closed in the torch thread. It is closed as soon as its run
  stops, so that its `finally` has run before the next turn of any other.
- Nothing of a stopped run reaches the window after `stop()` has returned.
- A resting run takes no turn and no processor time until `nudge()`; a nudge is never lost.
- A run that asked to be continued later takes no turn until then, unless it is nudged.
- At most one frame of a run is waiting: a slow window loses frames, never time or memory.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from gui.runtime.execution import Execution
from gui.runtime.file_pool import FilePool, Transfer
from lab.exhibit import Frame

T = TypeVar("T")
Call = tuple[Callable[[], Any], Callable[[Any], None] | None]

# Seconds of the torch thread by which the visible run may be ahead of the others: it comes first,
# and over any longer time all runs get equal shares.
LEAD = 0.05
# The torch thread's niceness: the window's thread gets a core at once when it wants one.
NICE = 10


class Worker(QObject):
    """The torch thread and the file pool. Made, used and closed in the window's thread."""

    # Carries a function to the window's thread, whose event loop calls it.
    _deliver = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Guards all below, and wakes the torch thread.
        self._wake = threading.Condition()
        self._calls: deque[Call] = deque()
        self._idle_calls: deque[Call] = deque()
        self._runs: list[Execution] = []
        self._front: Execution | None = None
        self._closing = False
        self._files = FilePool(self._hand_over)
        self._thread = threading.Thread(target=self._work, name="glassbox-torch")
        self._deliver.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        """Start the torch thread; until then runs and calls wait."""
        self._thread.start()

    # ---- runs --------------------------------------------------------------------------------

    def start(
        self, make: Callable[[], Iterator[Frame]], asked: Callable[[], bool] = lambda: False
    ) -> Execution:
        """Start a run of the generator that `make()` returns; it is called in the torch thread.

        asked(): whether it takes turns though it is paused, to answer an action.
        """
        run = Execution(make, asked)
        with self._wake:
            self._catch_up(run)
            self._runs.append(run)
            self._wake.notify()
        return run

    def _catch_up(self, run: Execution) -> None:
        """Idle runs accrue no scheduling credit."""
        others = [other.used for other in self._runs if other is not run and other.ready]
        run.used = max(run.used, min(others, default=0.0))

    def pause(self, run: Execution) -> None:
        """Pause a run at its next `yield`."""
        with self._wake:
            run.pause()

    def resume(self, run: Execution) -> None:
        """Resume a paused run."""
        with self._wake:
            run.resume()
            self._catch_up(run)
            self._wake.notify()

    def step(self, run: Execution) -> None:
        """Advance a run to its next `yield`, and pause it there."""
        with self._wake:
            run.step()
            self._catch_up(run)
            self._wake.notify()

    def nudge(self, run: Execution) -> None:
        """Tell a run of a live parameter or an action: if it rests or waits, it goes on."""
        with self._wake:
            if run.nudge() or run.ready:
                self._catch_up(run)
                self._wake.notify()

    def stop(self, run: Execution) -> None:
        """End a run: its generator is closed in the torch thread, and its frames are discarded."""
        with self._wake:
            if not run.state.ended:
                run.stop()
                self._wake.notify()

    def bring_to_front(self, run: Execution | None) -> None:
        """Name the run on the screen, which has its turns first."""
        with self._wake:
            self._front = run

    # ---- calls and files -----------------------------------------------------------------------

    def call(self, function: Callable[[], T], then: Callable[[T], None] | None = None) -> None:
        """Call `function` in the torch thread before the next turn, `then(result)` in the window's.

        `then` gets the exception that `function` raised, if it did.
        """
        with self._wake:
            self._calls.append((function, then))
            self._wake.notify()

    def when_idle(
        self, function: Callable[[], T], then: Callable[[T | Exception], None] | None = None
    ) -> None:
        """As `call`, once no run and no other call wants the torch thread."""
        with self._wake:
            self._idle_calls.append((function, then))
            self._wake.notify()

    def read(self, function: Callable[[], T], then: Callable[[T | Exception], None]) -> None:
        """As `FilePool.read`."""
        self._files.read(function, then)

    def transfer(
        self,
        steps: Callable[[], Generator[T, None, Any]],
        progress: Callable[[T], None],
        then: Callable[[Any], None],
    ) -> Transfer:
        """As `FilePool.transfer`."""
        return self._files.transfer(steps, progress, then)

    def close(self) -> None:
        """Stop all runs and transfers; returns when the thread and the pool have ended."""
        with self._wake:
            self._closing = True
            for run in self._runs:
                run.stop()
            self._wake.notify()
        self._files.close()
        if self._thread.ident is not None:
            self._thread.join()
        self._deliver.disconnect(self._receive)

    # ---- in the torch thread -----------------------------------------------------------------

    def _work(self) -> None:
        _lower_priority()
        while True:
            with self._wake:
                pause = self._continue_due()
                while not (self._closing or self._calls or self._idle_calls or self._next()):
                    self._wake.wait(pause)
                    pause = self._continue_due()
                call = self._calls.popleft() if self._calls and not self._closing else None
                run = None if call else self._next()
                if not (call or run or self._closing):
                    call = self._idle_calls.popleft()
                if call is None and run is None:
                    return
            if call:
                self._answer(*call)
            elif run:
                self._turn(run)

    def _answer(self, function: Callable[[], Any], then: Callable[[Any], None] | None) -> None:
        try:
            result = function()
        except Exception as error:
            result = error
        if then:
            self._hand_over(then, result)

    def _continue_due(self) -> float | None:
        """Continue the runs whose time has come; returns the seconds until the next one's."""
        now = time.monotonic()
        for run in self._runs:
            if run.until is not None and run.until <= now:
                run.until = None
                self._catch_up(run)
        return min((run.until - now for run in self._runs if run.until is not None), default=None)

    def _next(self) -> Execution | None:
        """The run that has the next turn: a stopping one, or else the one that used least time."""
        ready = [run for run in self._runs if run.ready]
        return min(ready, key=self._rank, default=None)

    def _rank(self, run: Execution) -> tuple[bool, float]:
        return not run.stopping, run.used - (LEAD if run is self._front else 0.0)

    def _turn(self, run: Execution) -> None:
        begun = time.perf_counter()
        turn = run.advance()
        with self._wake:
            run.finish(turn, time.perf_counter() - begun)
            if turn.end is not None:
                self._runs.remove(run)
                if self._front is run:
                    self._front = None

    # ---- between the threads -----------------------------------------------------------------

    def _hand_over(self, then: Callable[[Any], None], result: Any) -> None:
        if not self._closing:
            self._deliver.emit(lambda: then(result))

    @Slot(object)
    def _receive(self, deliver: Callable[[], None]) -> None:
        if not self._closing:
            deliver()


def _lower_priority() -> None:
    """Lower the priority of this thread, and of torch's own threads, which inherit it.

    Measured on two cores: the event loop's p99 delay falls from 31 to 16 ms.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
