"""The frames of a run on the screen: taken, added up, and drawn in a bounded share of the time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gui.panel.board import Board
from gui.panel.header import Header
from gui.runtime.execution import Execution, State
from lab.exhibit import Exhibit, Frame, Knobs
from lab.results import Report

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace

# Drawing may take this fraction of the time while a network trains: on two cores training loses
# nearly twice the time that drawing takes. For lively exhibits, whose run is there to be watched.
DRAWING_SHARE = 0.016
LIVELY_SHARE = 0.2
# Seconds after which one call of the pump begins to draw no other card. One long call is cheaper
# than several short ones: a processor that has just trained draws slowly at first. But a card of
# 148 feature maps takes 10 ms by itself, and with another one before it the timer's delay would
# pass 16 ms (tests/bench/delays.py).
DRAWING_GO = 0.004
# Seconds after the first frame of a run for which a card may still show the run before: one that
# comes sooner does not flicker.
GRACE = 0.3
# What a card says that the run has not come to.
AHEAD, STOPPED, ABSENT = "Not computed yet", "Stopped before this", "Not part of this run"


class Playback:
    """Shows one run after another on a board and a header.

    snapshot: the latest of each output and metric. seconds: how long the run took until it settled;
    0 before. shown: the knobs and the workspace of the run whose results are on the screen, which
    is the previous run until the first frame of a new one.
    """

    def __init__(self, board: Board, header: Header) -> None:
        self.snapshot = Frame()
        self.seconds = 0.0
        self.shown: tuple[Knobs[Any], Workspace] | None = None
        self._board, self._header = board, header
        self._begun_on: tuple[Knobs[Any], Workspace] | None = None
        self._begun_at = 0.0
        self._fresh = False
        self._rest_until = 0.0
        # The cards that still show the run before, and until when they may.
        self._earlier: set[str] = set()
        self._earlier_until = 0.0
        self._hint = ""

    @property
    def elapsed(self) -> float:
        """Seconds since the latest run began."""
        return time.monotonic() - self._begun_at if self._begun_on else 0.0

    def begin(self, knobs: Knobs[Any], workspace: Workspace) -> None:
        """A new run begins; the results of the last one stay until its first frame comes."""
        self._begun_on = knobs, workspace
        self._begun_at = time.monotonic()
        self._fresh = True
        self.seconds = 0.0
        self.hurry()

    def hurry(self) -> None:
        """Draw what comes next at once."""
        self._rest_until = 0.0

    def pump(self, run: Execution, visible: bool, lively: bool) -> State | None:
        """Take what came from the run, and draw it; returns the state that it was in before.

        Then, while the run goes on, do nothing and return None for a time in proportion to what
        this took.
        """
        state = run.state  # read before the mail, so that the last frame is taken before the end
        begun = time.monotonic()
        if begun < self._rest_until and not state.settled:
            return None
        if frame := run.mailbox.take():
            self._take(frame)
        if not self._fresh and (state.settled or begun > self._earlier_until):
            self._clear_earlier()
        if state.settled and not self.seconds:
            self.seconds = time.monotonic() - self._begun_at
        self.draw(visible)
        now = time.monotonic()
        self._rest_until = now + (now - begun) / (LIVELY_SHARE if lively else DRAWING_SHARE)
        return state

    def _take(self, frame: Frame) -> None:
        if self._fresh:
            self._fresh = False
            self.shown = self._begun_on
            self.snapshot = Frame()
            self._board.forget()
            self._header.clear()
            self._earlier = set(self._board.cards)
            self._earlier_until = time.monotonic() + GRACE
        self.snapshot = self.snapshot.then(frame)
        self._board.mark(frame.outputs)
        self._header.show_frame(frame)

    def _clear_earlier(self) -> None:
        """Show nothing of the run before on the cards that this run has not come to."""
        for name in self._earlier - self.snapshot.outputs.keys():
            self._board.cards[name].clear()
        self._earlier.clear()

    def draw(self, visible: bool) -> bool:
        """Draw stale cards, if they are visible. True if some are left for the next call."""
        if not visible:
            return False
        self._board.draw(self.snapshot.outputs, DRAWING_GO)
        return self._board.stale

    def show_hints(self, activity: str, state: State | None) -> None:
        """Say on the empty cards why they are empty. state: the one just come to, if any."""
        if self._begun_on is None:
            return
        if activity:
            hint = STOPPED if activity == "stopped" else AHEAD
        elif state is State.DONE or (state is State.RESTING and not self._begun_on[0].by_itself):
            hint = ABSENT
        elif state is None:
            return
        else:
            hint = "Press Run"
        if hint != self._hint:
            self._hint = hint
            for card in self._board.cards.values():
                card.view.set_hint(hint)

    def report(self, exhibit: Exhibit) -> Report:
        """What is on the screen, with the run of `exhibit` that it came from."""
        assert self.shown is not None, "nothing is on the screen"
        knobs, workspace = self.shown
        return Report(exhibit, knobs.now, workspace, self.seconds, self.snapshot)
