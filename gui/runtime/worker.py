"""The only thread code in the project: one torch thread, and a small pool for files.

One thread owns the device. It takes the running generators in turn, so a network goes on training
while the lecturer slides an occluder over a picture with it, and no two threads ever touch the
device. Between turns it listens: pause, step, stop. The window never waits for it.

What holds always:

- A run ends in exactly one of DONE, STOPPED, FAILED, and stays there.
- A generator is made, advanced and closed in the torch thread, and closed at once when its run
  stops, so that its `finally` has run before the next turn of any other.
- Nothing of a stopped run reaches the window after `stop()` has returned.
- A run that rests takes no turn and no processor until `nudge()`; a nudge is never lost.
- A run that asks to be continued later takes none until then, unless it is asked for something.
- A run has at most one frame waiting: a slow window loses frames, never time or memory.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import Enum
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from lab.errors import UserError
from lab.exhibit import Frame

T = TypeVar("T")

# The share of a second by which the visible run may be ahead of the others. It comes first, and
# over any longer time all get the same.
LEAD = 0.05
# Below every other thread of the process: the window's gets the core at once when it wants one.
NICE = 10
# Files, a download and the camera at the same time.
POOL = 4


class State(Enum):
    """Where a run stands. One that rests waits for a nudge; the last three are ends."""

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
        """Whether nothing more comes of it by itself."""
        return self.ended or self is State.RESTING


class Mailbox:
    """Room for one frame: the latest wins, and curves append."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._open = True

    def post(self, frame: Frame) -> None:
        """Put a frame in, on top of what nobody has taken yet."""
        with self._lock:
            if self._open:
                self._frame = self._frame.then(frame) if self._frame else frame

    def take(self) -> Frame | None:
        """What came since the last time, as one frame."""
        with self._lock:
            frame, self._frame = self._frame, None
            return frame

    @property
    def full(self) -> bool:
        """Whether something waits to be taken."""
        with self._lock:
            return self._frame is not None

    def close(self) -> None:
        """Throw away what is there and what still comes."""
        with self._lock:
            self._open, self._frame = False, None


class Execution:
    """A generator on its way through the worker. The window reads it, and never waits for it."""

    def __init__(self, make: Callable[[], Iterator[Frame]]) -> None:
        self.mailbox = Mailbox()
        self.state = State.WAITING
        self.error: BaseException | None = None
        self.fixed = False  # see Frame
        self._make: Callable[[], Iterator[Frame]] | None = make
        self._frames: Iterator[Frame] | None = None
        self._used = 0.0
        self._paused = False
        self._steps = 0
        self._stopping = False
        self._resting = False
        # Whether a nudge came in this turn; and since the last frame that rested.
        self._nudged = self._unanswered = False
        self._until: float | None = None  # of time.monotonic(), where it asked to be left alone

    @property
    def _ready(self) -> bool:
        if self.state.ended or self._stopping:
            return not self.state.ended
        if self._resting or self._until is not None:
            return False
        return not self._paused or self._steps > 0


def explain(error: BaseException) -> str:
    """One line for a person: a UserError's own, or what kind of mistake of ours it was."""
    if isinstance(error, UserError):
        return str(error)
    text = " ".join(str(error).split())
    if "out of memory" in text.lower():
        return "the device is out of memory: choose a smaller picture or batch, or another device"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class Worker(QObject):
    """The torch thread and the file pool. Make it in the window's thread, `close()` it there."""

    # Carries a callable to the window's thread; queued, so it runs in the event loop there.
    _deliver = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wake = threading.Condition()
        self._calls: deque[tuple[Callable[[], Any], Callable[[Any], None] | None]] = deque()
        self._spare: deque[tuple[Callable[[], Any], Callable[[Any], None] | None]] = deque()
        self._runs: list[Execution] = []
        self._front: Execution | None = None
        self._closing = False
        self._transfers: set[Transfer] = set()
        self._pool = ThreadPoolExecutor(POOL, thread_name_prefix="glassbox-files")
        self._thread = threading.Thread(target=self._work, name="glassbox-torch")
        self._deliver.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        """Start the torch thread; until then runs and calls wait."""
        self._thread.start()

    # ---- what the window asks for ------------------------------------------------------------

    def start(self, make: Callable[[], Iterator[Frame]]) -> Execution:
        """A new run of the generator that `make()` returns; `make` is called in the thread."""
        run = Execution(make)
        with self._wake:
            self._catch_up(run)
            self._runs.append(run)
            self._wake.notify()
        return run

    def _catch_up(self, run: Execution) -> None:
        """Nobody is owed turns for a time in which it did not ask for any."""
        others = [other._used for other in self._runs if other is not run and other._ready]
        run._used = max(run._used, min(others, default=0.0))

    def _continue(self, run: Execution) -> None:
        """It need not wait any longer."""
        run._until = None
        self._catch_up(run)

    def pause(self, run: Execution) -> None:
        """Hold the run at its next `yield`."""
        with self._wake:
            run._paused, run._steps, run._until = True, 0, None
            if not run.state.settled:
                run.state = State.PAUSED

    def resume(self, run: Execution) -> None:
        """Let a paused run go on."""
        with self._wake:
            run._paused = False
            self._continue(run)
            if not run.state.settled:
                run.state = State.RUNNING
            self._wake.notify()

    def step(self, run: Execution) -> None:
        """Let a run go on to its next `yield`, and hold it there."""
        with self._wake:
            run._paused = True
            run._steps += 1
            self._continue(run)
            if not run.state.settled:
                run.state = State.PAUSED
            self._wake.notify()

    def nudge(self, run: Execution) -> None:
        """A knob of the run has turned: if it rests or waits, it goes on."""
        with self._wake:
            # If it is just about to rest or wait, it does not.
            run._nudged = run._unanswered = True
            if run.state is State.RESTING:
                run._resting = run._unanswered = False
                run.state = State.PAUSED if run._paused else State.RUNNING
            elif run._until is None:
                return
            self._continue(run)
            self._wake.notify()

    def stop(self, run: Execution) -> None:
        """End a run; its generator is closed in the thread, and nothing more of it is shown."""
        with self._wake:
            if run.state.ended:
                return
            run.mailbox.close()
            run._stopping = True
            self._wake.notify()

    def bring_to_front(self, run: Execution | None) -> None:
        """Name the run that the lecturer is looking at."""
        with self._wake:
            self._front = run

    def call(self, function: Callable[[], T], then: Callable[[T], None] | None = None) -> None:
        """Run `function` in the torch thread before the next turn, `then(result)` in the window's.

        An exception of `function` is handed to `then` as its result.
        """
        with self._wake:
            self._calls.append((function, then))
            self._wake.notify()

    def when_idle(
        self, function: Callable[[], T], then: Callable[[T | Exception], None] | None = None
    ) -> None:
        """The same, once no run and no call wants the torch thread."""
        with self._wake:
            self._spare.append((function, then))
            self._wake.notify()

    def read(self, function: Callable[[], T], then: Callable[[T | Exception], None]) -> None:
        """Run `function` (files, decoding, saving) in the pool, `then(result)` in the window's."""

        def job() -> None:
            try:
                result: T | Exception = function()
            except Exception as error:
                result = error
            self._hand_over(then, result)

        if not self._closing:
            self._pool.submit(job)

    def transfer(
        self,
        steps: Callable[[], Generator[T, None, Any]],
        progress: Callable[[T], None],
        then: Callable[[Any], None],
    ) -> Transfer:
        """Go through a generator in the pool; `progress(step)` and `then(result or error)` here.

        Cancelling closes the generator, whose `finally` cleans up; `then` is told None.
        """
        handle = Transfer()

        def job() -> None:
            result: Any = None
            generator = steps()
            try:
                for step in generator:
                    if handle.cancelled:
                        break
                    self._hand_over(progress, step)
            except Exception as error:
                result = error
            finally:
                generator.close()
            self._transfers.discard(handle)
            self._hand_over(then, result)

        self._transfers.add(handle)
        self._pool.submit(job)
        return handle

    def close(self) -> None:
        """Stop everything, and come back when both the thread and the pool are gone."""
        with self._wake:
            self._closing = True
            for run in self._runs:
                run.mailbox.close()
                run._stopping = True
            self._wake.notify()
        for transfer in list(self._transfers):
            transfer.cancel()
        self._pool.shutdown(wait=True)  # what is being saved is saved
        if self._thread.ident is not None:
            self._thread.join()
        self._deliver.disconnect(self._receive)

    # ---- in the torch thread -----------------------------------------------------------------

    def _work(self) -> None:
        _lower_priority()
        while True:
            with self._wake:
                pause = self._continue_due()
                while not (self._closing or self._calls or self._spare or self._next()):
                    self._wake.wait(pause)
                    pause = self._continue_due()
                call = self._calls.popleft() if self._calls and not self._closing else None
                run = None if call else self._next()
                if not (call or run or self._closing):
                    call = self._spare.popleft()
                if call is None and run is None:
                    return
            if call:
                function, then = call
                try:
                    result = function()
                except Exception as error:
                    result = error
                if then:
                    self._hand_over(then, result)
            elif run:
                self._turn(run)

    def _continue_due(self) -> float | None:
        """Continue the runs whose time has come; the seconds until the next one's, if there is."""
        now = time.monotonic()
        for run in self._runs:
            if run._until is not None and run._until <= now:
                self._continue(run)
        return min((run._until - now for run in self._runs if run._until is not None), default=None)

    def _next(self) -> Execution | None:
        """Whose turn it is: the stopped at once, then whoever had least, the visible one first."""
        ready = [run for run in self._runs if run._ready]
        return min(ready, key=self._claim, default=None)

    def _claim(self, run: Execution) -> tuple[bool, float]:
        return not run._stopping, run._used - (LEAD if run is self._front else 0.0)

    def _turn(self, run: Execution) -> None:
        begun = time.perf_counter()
        end: State | None = None
        error: BaseException | None = None
        rest = run._nudged = False
        after = 0.0
        try:
            if run._stopping:
                _close(run._frames)
                end = State.STOPPED
            else:
                if run._frames is None:
                    assert run._make is not None
                    run._frames = iter(run._make())
                frame = next(run._frames, None)
                if frame is None:
                    end = State.DONE
                else:
                    run.fixed = run.fixed or frame.fixed
                    run.mailbox.post(frame)
                    rest, after = frame.rest, frame.after
        # Whatever an exhibit raises ends that run, and no other: SystemExit would end the thread.
        except BaseException as caught:
            end, error = State.FAILED, caught
            # Before the state says so: who reads the state may read what was printed too.
            _report(caught)
        with self._wake:
            run._used += time.perf_counter() - begun
            run._steps = max(0, run._steps - 1)
            if run.state is State.WAITING:
                run.state = State.PAUSED if run._paused else State.RUNNING
            if rest and not run._unanswered:
                run._resting = True
                run.state = State.RESTING
            elif rest:
                run._unanswered = False
            elif after and not (run._nudged or run._paused):
                run._until = time.monotonic() + after
            if end is None:
                return
            # Let go of the generator here, so that nothing of it is destroyed in another thread.
            run._frames = run._make = None
            self._runs.remove(run)
            if self._front is run:
                self._front = None
            run.error = error
            # A run that was told to stop never shows an end of another kind, unless it broke.
            run.state = State.STOPPED if run._stopping and error is None else end

    # ---- between the threads -----------------------------------------------------------------

    def _hand_over(self, then: Callable[[Any], None], result: Any) -> None:
        if not self._closing:
            self._deliver.emit(lambda: then(result))

    @Slot(object)
    def _receive(self, deliver: Callable[[], None]) -> None:
        if not self._closing:
            deliver()


class Transfer:
    """Something under way in the file pool that can be called off."""

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        """Stop it at its next step."""
        self.cancelled = True


def _close(frames: Iterator[Frame] | None) -> None:
    close = getattr(frames, "close", None)
    if close:
        close()


def _report(error: BaseException) -> None:
    """A fault of ours leaves its traceback; what the user can mend has its line in the window."""
    # Without a console (pythonw) or with a closed one there is nowhere to print, and no harm in it.
    if not isinstance(error, UserError):
        with suppress(ValueError, OSError):
            traceback.print_exception(error, file=sys.stderr)


def _lower_priority() -> None:
    """Let the window go first; torch's own threads are started later and inherit it.

    Measured on two cores: the event loop's p99 delay falls from 31 to 16 ms.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
