"""The panel of any exhibit: what it shows in the middle, what one can turn at the side.

A panel computes nothing. It turns clicks into knobs, takes the frames that come back, and hands
each output's payload to the view of its kind.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.panel.banner import Banner
from gui.panel.board import Board
from gui.panel.header import Header
from gui.panel.host import Host
from gui.panel.picture_slots import PictureSlots
from gui.panel.side import Side
from gui.runtime.worker import Execution, State, explain
from gui.theme import GRID
from lab import parameters
from lab.catalog import Entry
from lab.errors import Missing, NotYet, UserError
from lab.exhibit import Exhibit, Frame, Knobs
from lab.media.pictures import Picture
from lab.results import Report
from lab.runs import Run
from lab.system.home import home

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace

# Drawing may take this share of the time while a network trains beside it: on two cores training
# loses nearly twice what drawing takes. What is drawn is drawn in one go, of so many seconds at
# most, because a processor just back from training is slow at first.
DRAWING_SHARE = 0.016
# The same where what is drawn is what the run is for.
LIVELY_SHARE = 0.2
DRAWING_GO = 0.008

STALE = "changed: press Run to see what comes of it"


class Panel(QWidget):
    """The middle of the window for one exhibit; `side` is the column on its right.

    It can be shown as soon as the catalog is read. `install()` fills it when the exhibit is
    imported, which is when PyTorch is.
    """

    woken = Signal()

    def __init__(self, entry: Entry, host: Host) -> None:
        super().__init__()
        self.entry = entry
        self.exhibit: Exhibit | None = None
        self.values: Any = None
        self.seed = 0
        self.slots: PictureSlots | None = None
        self.run: Execution | None = None
        self.snapshot = Frame()
        self.seconds = 0.0
        self.failure: BaseException | None = None
        self._host = host
        self._knobs: Knobs[Any] | None = None
        # What the run was begun with, and the one that the screen shows: until the first frame of
        # a new one that is the run before.
        self._begun_on: tuple[Knobs[Any], Workspace] | None = None
        self._shown: tuple[Knobs[Any], Workspace] | None = None
        self._fresh = False
        self._begun = 0.0
        self._rest_until = 0.0
        self._owed = True
        self._begun_with: tuple[Picture, ...] = ()
        self._waiting: dict[str, Any] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 3 * GRID, 2 * GRID, GRID)
        column.setSpacing(GRID)
        self.header, self.banner, self.board = Header(entry), Banner(), Board()
        column.addWidget(self.header)
        column.addWidget(self.banner)
        column.addWidget(self.board, 1)
        self.side = Side()
        self.header.run.connect(self.start)
        self.header.hold.connect(self.toggle)
        self.header.step.connect(self.step)
        self.header.end.connect(self.stop)
        self.banner.fetch.connect(host.download)
        self.side.changed.connect(self.set_value)
        self.side.reseeded.connect(self.set_seed)
        self.side.wrong.connect(self.complain)
        self.side.asked.connect(self.ask)

    def install(self, exhibit: Exhibit, saved: Run | None = None) -> None:
        """Fill the panel: cards for the outputs, controls for the parameters.

        `saved` is what `remembered` said at an earlier time; what no longer fits is passed over.
        """
        self.exhibit = exhibit
        saved = saved or Run(self.entry.path)
        options = self._host.options
        try:
            self.values = parameters.fitting(exhibit.parameters, saved.params, options)
        except NotYet:
            self.values, self._waiting = exhibit.parameters(), dict(saved.params)
        self.seed = saved.seed
        for output in exhibit.outputs:
            view = self.board.add(output).view
            view.picked.connect(lambda i, name=output.picks: self._pick(name, i))
            view.said.connect(self._host.say)
            view.failed.connect(self.complain)
            if output.points:
                across, down = output.points
                view.pointed.connect(lambda x, y, a=across, d=down: self.set_values({a: x, d: y}))
            view.set_hint("One moment" if exhibit.follows else "Press Run")
        self.header.install(exhibit.metrics)
        links = (
            ("Copy command", "This run as a command line", self.copy_command),
            ("Copy Python", "This run for a notebook", self._copy_python),
            ("Export…", "What is shown, as pictures and result.json", self._host.export),
        )
        if exhibit.slots:
            self.slots = PictureSlots(exhibit.slots, self._host, saved.pictures[1:])
            self.slots.changed.connect(self._slot_filled)
            self.slots.laid.connect(self._slots_laid)
        self.side.install(exhibit, options, links, self.slots)
        self.side.show_values(self.values, self.seed)
        self._show_state()
        self._suggest()
        self.follow()

    def _suggest(self) -> None:
        """While it is on the screen, its own picture is the one to look at."""
        if self.exhibit is not None and self.exhibit.pictures and self.isVisible():
            self._host.suggest(self.exhibit.picture)

    # ---- what the lecturer does --------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether a run is under way, paused or not; one that rests has told its story."""
        return self.run is not None and not self.run.state.settled

    @property
    def caught_up(self) -> bool:
        """Whether all that was run is on the screen, and nothing more comes of it by itself."""
        waiting = self.run is not None and self.run.mailbox.full
        return not (self.active or waiting or self.board.stale)

    def start(self, by_itself: bool = False) -> None:
        """Run from the start, with the values and pictures of now; by_itself: nobody asked."""
        exhibit = self.exhibit
        if exhibit is None:
            return
        self.stop()
        self._owed = False
        self.failure = None
        self.banner.hide()
        self._begun_with = self._in_hand()
        workspace = self._workspace()
        knobs = self._knobs = Knobs(self.values, attended=True, by_itself=by_itself)
        self._begun_on = knobs, workspace
        self.run = self._host.worker.start(lambda: exhibit.run(workspace, knobs))
        if self.isVisible():
            self._host.worker.bring_to_front(self.run)
        self._fresh = True
        self._rest_until = self.seconds = 0.0
        self._begun = time.monotonic()
        self._show_state()
        self.woken.emit()

    def _again(self) -> None:
        """Run anew, as far as the run before was to go: all the way only if Run was pressed."""
        self.start(by_itself=self.run is None or self._knobs is None or self._knobs.by_itself)

    def stop(self) -> None:
        """Stop; what is on the screen stays."""
        if self.run is not None:
            self._host.worker.stop(self.run)
            self.run = None
            self._show_state()

    def toggle(self) -> None:
        """Pause, or go on; start if nothing runs."""
        if not self.active:
            self.start()
            return
        assert self.run is not None
        paused = self.run.state is State.PAUSED
        (self._host.worker.resume if paused else self._host.worker.pause)(self.run)
        self._show_state()

    def step(self) -> None:
        """One step, then hold; from a stand it starts paused."""
        if not self.active:
            self.start()
        if self.run is not None:
            self._host.worker.step(self.run)
        self._show_state()
        self.woken.emit()

    def follow(self) -> None:
        """The picture, a model or the data changed: a quick exhibit runs again by itself."""
        self._owed = True
        if self.slots is not None:
            self.slots.follow()
        if self.exhibit is None or not self.exhibit.follows or not self.isVisible():
            return
        # Before the light table and the slots are laid out there is nothing to look at; both call
        # again.
        if self.slots is not None and not self.slots.pictures:
            return
        if self._host.workspace().pictures or not self.exhibit.pictures:
            self.start(by_itself=True)

    def _slots_laid(self) -> None:
        if self._owed:
            self.follow()

    def _slot_filled(self) -> None:
        """What was made with the picture that lay there before begins again.

        Where it follows it may have done so by now: the first slot's is the chosen picture.
        """
        if self._in_hand() == self._begun_with:
            return
        if self.run is not None or (self.exhibit is not None and self.exhibit.follows):
            self._again()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._host.worker.bring_to_front(self.run)
        self._suggest()
        if self._owed:
            self.follow()
        self.woken.emit()

    def fail(self, error: BaseException) -> None:
        """Say why the run, or the exhibit itself, could not go on."""
        self.failure = error
        self.complain(explain(error), error.item if isinstance(error, Missing) else "")

    def complain(self, message: str, missing: str = "") -> None:
        """Say in one line what was wrong, above the last good state."""
        self.banner.say(message, missing)

    def set_value(self, name: str, value: Any) -> None:
        """Set a parameter, as its control would: live, or by a new run."""
        self.set_values({name: value})

    def set_values(self, changes: dict[str, Any]) -> None:
        """Set parameters together; if one of them is refused, all are.

        What needs a network to be looked into waits for it, and what is set meanwhile with it.
        """
        if "" in changes or self.exhibit is None:
            return
        changes = self._waiting | changes
        try:
            self.values = parameters.update(self.values, changes, self._host.options)
        except NotYet:
            self._waiting = changes
            return
        except UserError as error:
            self._waiting = {}
            self.complain(str(error))
            return
        self._waiting = {}
        self.side.show_values(self.values, self.seed)
        if self.run is not None and self._knobs is not None and changes.keys() <= self._live():
            self._knobs.now = self.values
            self._nudge()
        elif self.run is not None or self.exhibit.follows:
            self._again()
        elif self._knobs is not None:
            # What is on the screen is of other values, and nothing is under way that could follow.
            stale = self.values != self._knobs.now
            self.header.show_status(STALE if stale else self.snapshot.status or "")
        self.woken.emit()

    def look_again(self) -> None:
        """A network was looked into: what waited for that is set, and offered in the controls."""
        self.side.refresh()
        if self._waiting:
            self.set_values({})

    def _live(self) -> frozenset[str]:
        """The parameters that the run of now answers to."""
        assert self.exhibit is not None
        assert self.run is not None
        return self.exhibit.live_in(self.run.fixed or self.run.state.settled)

    def _pick(self, name: str, index: int) -> None:
        # A network whose layers can be clicked has been looked into.
        with contextlib.suppress(NotYet):
            self.set_value(name, parameters.picked(self.values, name, index, self._host.options))

    def _nudge(self) -> None:
        if self.run is not None:
            self._host.worker.nudge(self.run)
            self._rest_until = 0.0  # a hand moves: show at once what comes of it
            self._show_state()

    def set_seed(self, value: int) -> None:
        """Set the seed; what runs begins again."""
        self.seed = value
        if self.active or (self.exhibit is not None and self.exhibit.follows):
            self._again()
        self.woken.emit()

    def ask(self, action: str) -> None:
        """Ask the run for one of the exhibit's actions."""
        if self._knobs is not None and self.run is not None:
            self._knobs.ask(action)
            self._nudge()
            self.woken.emit()
        else:
            self.complain("nothing runs that could do that: press Run first")

    def show_values(self, values: Any, seed: int) -> None:
        """Take on a whole set of values, without running."""
        self.values, self.seed = values, seed
        self.side.show_values(values, seed)

    def remembered(self) -> Run:
        """What the session keeps of this panel: what is set, and what lies in the slots.

        The first slot's picture is left open: it is the chosen one of the light table.
        """
        slots = self.slots.names() if self.slots is not None else ()
        changed = parameters.differing(self.values)
        try:
            return Run(self.entry.path, changed, self.seed, ("", *slots) if any(slots) else ())
        except UserError:  # a file's name that no line can hold
            return Run(self.entry.path, seed=self.seed)

    def report(self) -> Report:
        """What the panel shows, ready to be written down: the run that it came of."""
        assert self.exhibit is not None
        assert self._shown is not None
        knobs, workspace = self._shown
        return Report(self.exhibit, knobs.now, workspace, self.seconds, self.snapshot)

    def copy_command(self) -> None:
        """Put this run on the clipboard as a command line."""
        self._copy(Run.command)

    def _copy_python(self) -> None:
        self._copy(Run.python)

    def _copy(self, words: Callable[[Run], str]) -> None:
        """Put what Run would do now on the clipboard; what has no name is saved in a file first."""
        exhibit, values, folder = self.exhibit, self.values, home() / "runs"
        if exhibit is None:
            return
        workspace = self._workspace()

        def described() -> tuple[str, list[str]]:
            run = Run.of(exhibit, values, workspace, folder)
            files = map(Path, (*run.pictures, *run.models.values()))
            return words(run), [file.name for file in files if file.parent == folder.absolute()]

        self._host.read(described, lambda result: self._host.copy(*result))

    def _workspace(self) -> Workspace:
        """What a run that began now would be made on."""
        return replace(self._host.workspace(), pictures=self._in_hand(), seed=self.seed)

    def _in_hand(self) -> tuple[Picture, ...]:
        """The pictures for a run: the light table's, or those in the slots.

        Before all slots are laid out it is the chosen one alone: the run adds what lies in them.
        """
        laid = self._host.workspace().pictures
        return laid if self.slots is None else self.slots.pictures or laid[:1]

    # ---- what comes back ---------------------------------------------------------------------

    def pump(self) -> bool:
        """Take what has come and draw it. False when there is nothing more to wait for.

        While a run goes on it then rests, in proportion to what that took.
        """
        run = self.run
        if run is None:
            return self._draw()
        state = run.state  # before the mail: what came before an end is taken below
        begun = time.monotonic()
        if begun < self._rest_until and not state.settled:
            return True
        if frame := run.mailbox.take():
            if self._fresh:
                # The last run's state stays on the screen until the new one has some of its own.
                self._fresh = False
                self._shown = self._begun_on
                self.snapshot = Frame()
                self.board.forget()
                self.header.clear_figures()
            self.snapshot = self.snapshot.then(frame)
            self.board.mark(frame.outputs)
            self.header.show_frame(frame)
        if state.settled and not self.seconds:
            self.seconds = time.monotonic() - self._begun
        if state.ended:
            if state is State.FAILED and run.error is not None:
                self.fail(run.error)
            self.run = None
        if state.settled:
            self._show_state(state)
        self._draw()
        now = time.monotonic()
        share = LIVELY_SHARE if self.exhibit and self.exhibit.lively else DRAWING_SHARE
        self._rest_until = now + (now - begun) / share
        return self.board.stale or not state.settled

    def _draw(self) -> bool:
        """Draw what is stale. True if some is left for the next time."""
        if not self.isVisible():
            return False
        self.board.draw(self.snapshot.outputs, DRAWING_GO)
        return self.board.stale

    def _show_state(self, state: State | None = None) -> None:
        paused = self.active and self.run is not None and self.run.state is State.PAUSED
        done = state in (State.DONE, State.RESTING)
        self.header.show_state(self.exhibit is not None, self.active, paused, done)
