"""The run of a panel, from its start to its end, and its frames on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gui.panel.board import Board
from gui.panel.header import Header
from gui.panel.playback import Playback
from gui.runtime.execution import Execution, State
from gui.runtime.worker import Worker
from lab.exhibit import Exhibit, Knobs

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace


class RunControl:
    """At most one run at a time.

    run: the current one; None where there is none, or where it has ended. knobs: of the latest run.
    failure: the error that ended the latest run, or kept the exhibit from being imported.
    """

    def __init__(self, worker: Worker, board: Board, header: Header) -> None:
        self.run: Execution | None = None
        self.knobs: Knobs[Any] | None = None
        self.failure: BaseException | None = None
        self.playback = Playback(board, header)
        self._worker, self._board, self._header = worker, board, header
        self._ready = False

    @property
    def active(self) -> bool:
        """Whether a run goes on, paused or not; one that rests has finished."""
        return self.run is not None and not self.run.state.settled

    @property
    def caught_up(self) -> bool:
        """Whether no run goes on and all its frames are drawn."""
        waiting = self.run is not None and self.run.mailbox.full
        return not (self.active or waiting or self._board.stale)

    @property
    def by_itself(self) -> bool:
        """Whether another run would begin by itself: unless Run was pressed for this one."""
        return self.run is None or self.knobs is None or self.knobs.by_itself

    def live(self, exhibit: Exhibit) -> frozenset[str]:
        """The parameters that the current run still reads; none where there is no run."""
        if self.run is None:
            return frozenset()
        return exhibit.live_in(self.run.fixed or self.run.state.settled)

    def begin(self, exhibit: Exhibit, values: Any, workspace: Workspace, by_itself: bool) -> None:
        """Start a run; the one before is stopped."""
        self.stop()
        self.failure = None
        knobs = self.knobs = Knobs(values, attended=True, by_itself=by_itself)
        self.playback.begin(knobs, workspace)
        self.run = self._worker.start(lambda: exhibit.run(workspace, knobs))

    def bring_to_front(self) -> None:
        """Let the run have its turns before those of other panels."""
        self._worker.bring_to_front(self.run)

    def stop(self) -> None:
        """Stop the run; the cards keep what they show."""
        if self.run is not None:
            self._worker.stop(self.run)
            self.run = None
            self.show_state()

    def toggle(self) -> None:
        """Pause or resume."""
        if self.run is not None:
            paused = self.run.state is State.PAUSED
            (self._worker.resume if paused else self._worker.pause)(self.run)
        self.show_state()

    def step(self) -> None:
        """Advance by one frame and pause."""
        if self.run is not None:
            self._worker.step(self.run)
        self.show_state()

    def turn(self, values: Any) -> None:
        """Set the live parameters of the run."""
        if self.knobs is not None:
            self.knobs.now = values
            self._nudge()

    def ask(self, action: str) -> bool:
        """Ask the run for one of the exhibit's actions; False where there is no run."""
        if self.knobs is None or self.run is None:
            return False
        self.knobs.ask(action)
        self._nudge()
        return True

    def _nudge(self) -> None:
        if self.run is not None:
            self._worker.nudge(self.run)
            self.playback.hurry()  # the user waits for this
            self.show_state()

    def pump(self, visible: bool, lively: bool) -> bool:
        """Take the frames that came, and draw. False when nothing more is expected."""
        run = self.run
        if run is None:
            return self.playback.draw(visible)
        state = self.playback.pump(run, visible, lively)
        if state is None:
            return True
        if state.ended:
            if state is State.FAILED:
                self.failure = run.error
            self.run = None
        if state.settled:
            self.show_state(state)
        return self._board.stale or not state.settled

    def show_ready(self) -> None:
        """The exhibit is imported: a run can begin."""
        self._ready = True
        self.show_state()

    def show_state(self, state: State | None = None) -> None:
        """Enable and label the buttons. state: the one that the run has just come to."""
        paused = self.active and self.run is not None and self.run.state is State.PAUSED
        done = state in (State.DONE, State.RESTING)
        self._header.show_state(self._ready, self.active, paused, done)
