"""The run of a panel, from its start to its end, and its frames on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from gui.panel.board import Board
from gui.panel.header import Header
from gui.panel.playback import Playback
from gui.runtime.execution import Execution, State
from gui.runtime.worker import Worker
from lab.exhibit import Exhibit, Knobs
from lab.media.pictures import Picture

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace

# Why a stopped run cannot go on.
CHANGED = "settings changed: press Run to begin again, or set them back to resume"

Activity = Literal["", "running", "paused", "stopped"]


class RunControl:
    """At most one run at a time. A stopped one is kept, to go on, until another begins.

    run: the current one; None where there is none, or where it has ended. knobs, seed, pictures: of
    the latest run.
    stopped: whether the run was stopped. failure: the error that ended the latest run, or kept the
    exhibit from being imported. told: called when the buttons show another state.
    """

    def __init__(
        self, worker: Worker, board: Board, header: Header, told: Callable[[], None]
    ) -> None:
        self.run: Execution | None = None
        self.knobs: Knobs[Any] | None = None
        self.seed = 0
        self.pictures: tuple[Picture, ...] = ()
        self.stopped = False
        self.failure: BaseException | None = None
        self.playback = Playback(board, header)
        self._worker, self._board, self._header, self._told = worker, board, header, told
        self._ready = False
        self._as_begun = True
        self._at_once: set[str] = set()

    @property
    def active(self) -> bool:
        """Whether a run goes on, paused or not; one that rests has finished."""
        return self.run is not None and not self.stopped and not self.run.state.settled

    @property
    def activity(self) -> Activity:
        """What the run does, for the screen; empty where none is under way."""
        if self.stopped:
            return "stopped"
        if self.run is None or not self.active:
            return ""
        return "paused" if self.run.state is State.PAUSED else "running"

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
        """Start a run; the one before is closed."""
        self.close()
        self.failure, self.seed, self.pictures = None, workspace.seed, workspace.pictures
        knobs = self.knobs = Knobs(values, attended=True, by_itself=by_itself)
        self._at_once = {action.name for action in exhibit.actions if action.at_once}
        at_once = self._at_once
        self.playback.begin(knobs, workspace)
        self.run = self._worker.start(
            lambda: exhibit.run(workspace, knobs), lambda: any(map(knobs.asked, at_once))
        )

    def bring_to_front(self) -> None:
        """Let the run have its turns before those of other panels."""
        self._worker.bring_to_front(self.run)

    def close(self) -> None:
        """Close the run for good; the cards keep what they show."""
        if self.run is not None:
            self._worker.stop(self.run)
            self.run, self.stopped = None, False

    def stop(self) -> None:
        """Stop the run; it can go on until another begins."""
        if self.active and self.run is not None:
            self._worker.pause(self.run)
            self.stopped = self._as_begun = True
            self.show_state()

    def toggle(self) -> None:
        """Pause; or go on with a run that is paused or stopped."""
        if self.run is not None:
            held = self.stopped or self.run.state is State.PAUSED
            (self._worker.resume if held else self._worker.pause)(self.run)
            self._forget_stop()
        self.show_state()

    def step(self) -> None:
        """Advance by one frame and pause."""
        if self.run is not None:
            self._worker.step(self.run)
            self._forget_stop()
        self.show_state()

    def _forget_stop(self) -> None:
        if self.stopped:
            self.stopped = False
            self._header.show_status(self.playback.snapshot.status or "")

    def as_begun(self, values: Any, workspace: Workspace, taken: int) -> bool:
        """Whether a run begun now, with the first `taken` pictures, would be the one that is here.

        Live parameters count as what the run has been told since.
        """
        if self.knobs is None or self.knobs.now != values or self.seed != workspace.seed:
            return False
        return _names(self.pictures[:taken]) == _names(workspace.pictures[:taken])

    def show_as_begun(self, as_begun: bool) -> None:
        """Say whether the stopped run can go on: only if the controls show what it began with."""
        if as_begun != self._as_begun:
            self._as_begun = as_begun
            self.show_state()

    def turn(self, values: Any) -> None:
        """Set the live parameters of the run."""
        if self.knobs is not None:
            self.knobs.now = values
            self._nudge()

    def ask(self, action: str) -> bool:
        """Ask the run for one of the exhibit's actions; False where there is no run.

        One that is paused or stopped goes on, unless the action is one that is taken at once.
        """
        if self.knobs is None or self.run is None:
            return False
        self.knobs.ask(action)
        if action not in self._at_once and (self.stopped or self.run.state is State.PAUSED):
            self.toggle()
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
            if self.stopped:  # by an answer it came to its end all the same
                self._worker.resume(run)
                self.stopped = False
            self.show_state(state)
        self._show_stopped()  # over the status of a frame that was on its way
        return self._board.stale or not state.settled

    def show_ready(self) -> None:
        """The exhibit is imported: a run can begin."""
        self._ready = True
        self.show_state()

    def show_state(self, state: State | None = None) -> None:
        """Enable and label the buttons. state: the one that the run has just come to."""
        self.playback.show_hints(self.activity, state)
        self._header.show_state(
            self._ready,
            self.activity,
            by_itself=self.knobs is not None and self.knobs.by_itself,
            resumable=self._as_begun,
            done=state in (State.DONE, State.RESTING),
        )
        self._show_stopped()
        self._told()

    def _show_stopped(self) -> None:
        if self.stopped:
            status = f"stopped: {self.playback.snapshot.status or ''}"
            self._header.show_status(status if self._as_begun else CHANGED)


def _names(pictures: tuple[Picture, ...]) -> list[tuple[str, str]]:
    """What tells pictures apart for a run; the camera's are one."""
    return [
        (picture.source, "" if picture.source == "camera" else picture.reference or picture.name)
        for picture in pictures
    ]
