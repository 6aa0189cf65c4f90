"""The panel of any exhibit: cards in the middle, controls at the side.

A panel computes nothing. It passes the controls' values to the run as knobs, takes the run's
frames, and gives each output's payload to the view of its kind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.panel.banner import Banner
from gui.panel.board import Board
from gui.panel.control_column import ControlColumn
from gui.panel.header import Header
from gui.panel.host import Host
from gui.panel.picture_slots import PictureSlots
from gui.panel.playback import Playback
from gui.runtime.execution import Execution, State
from gui.theme import GRID
from lab import parameters
from lab.catalog import Entry
from lab.errors import Missing, NotYet, UserError, explain
from lab.exhibit import Exhibit, Frame, Knobs
from lab.media.pictures import Picture
from lab.results import Report
from lab.runs import Run
from lab.system.home import home

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace

STALE = "settings changed: press Run to update the results"


class Panel(QWidget):
    """The middle of the window for one exhibit; `side` is the column on its right.

    It is shown before PyTorch is imported; `install()` fills it once its exhibit is. `woken` tells
    that `pump()` has something to do.
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
        self.failure: BaseException | None = None
        self._host = host
        self._knobs: Knobs[Any] | None = None
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
        self._playback = Playback(self.board, self.header)
        self.side = ControlColumn()
        self.header.run.connect(self.start)
        self.header.hold.connect(self.toggle)
        self.header.step.connect(self.step)
        self.header.end.connect(self.stop)
        self.banner.fetch.connect(host.download)
        self.side.changed.connect(self.set_value)
        self.side.reseeded.connect(self.set_seed)
        self.side.invalid.connect(self.complain)
        self.side.asked.connect(self.ask)

    def install(self, exhibit: Exhibit, saved: Run | None = None) -> None:
        """Add cards for the outputs and controls for the parameters.

        saved: the result of `remembered` in an earlier session; values no longer valid are ignored.
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
            view.set_hint("Starting…" if exhibit.follows else "Press Run")
        self.header.install(exhibit.metrics)
        links = (
            ("Copy command", "This run as a command line", self.copy_command),
            ("Copy Python", "This run as Python, for a notebook", self._copy_python),
            ("Export…", "Save the outputs as images and numbers (Ctrl+E)", self._host.export),
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
        """Suggest the exhibit's own picture as the chosen one, while it is on the screen."""
        if self.exhibit is not None and self.exhibit.pictures and self.isVisible():
            self._host.suggest(self.exhibit.picture)

    # ---- what the lecturer does --------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether a run goes on, paused or not; one that rests has finished."""
        return self.run is not None and not self.run.state.settled

    @property
    def caught_up(self) -> bool:
        """Whether no run goes on and all its frames are drawn."""
        waiting = self.run is not None and self.run.mailbox.full
        return not (self.active or waiting or self.board.stale)

    def start(self, by_itself: bool = False) -> None:
        """Run from the start, with the current values. by_itself: Run was not pressed."""
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
        self._playback.begin(knobs, workspace)
        self.run = self._host.worker.start(lambda: exhibit.run(workspace, knobs))
        if self.isVisible():
            self._host.worker.bring_to_front(self.run)
        self._show_state()
        self.woken.emit()

    def _again(self) -> None:
        """Run again; by itself, unless Run was pressed for the run before."""
        self.start(by_itself=self.run is None or self._knobs is None or self._knobs.by_itself)

    def stop(self) -> None:
        """Stop the run; the cards keep what they show."""
        if self.run is not None:
            self._host.worker.stop(self.run)
            self.run = None
            self._show_state()

    def toggle(self) -> None:
        """Pause or resume; start where nothing runs."""
        if not self.active:
            self.start()
            return
        assert self.run is not None
        paused = self.run.state is State.PAUSED
        (self._host.worker.resume if paused else self._host.worker.pause)(self.run)
        self._show_state()

    def step(self) -> None:
        """Advance by one frame and pause; where nothing runs, start paused."""
        if not self.active:
            self.start()
        if self.run is not None:
            self._host.worker.step(self.run)
        self._show_state()
        self.woken.emit()

    def follow(self) -> None:
        """The chosen picture changed: an exhibit that follows runs again."""
        self._owed = True
        if self.slots is not None:
            self.slots.follow()
        if self.exhibit is None or not self.exhibit.follows or not self.isVisible():
            return
        # Before the light table and the slots are laid out there is no picture; both call again.
        if self.slots is not None and not self.slots.pictures:
            return
        if self._host.workspace().pictures or not self.exhibit.pictures:
            self.start(by_itself=True)

    def _slots_laid(self) -> None:
        if self._owed:
            self.follow()

    def _slot_filled(self) -> None:
        """A slot has another picture: run again if there was a run.

        Unless `follow` has done so: the first slot shows the chosen picture.
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
        """Show the error that ended the run, or that kept the exhibit from being imported."""
        self.failure = error
        self.complain(explain(error), error.item if isinstance(error, Missing) else "")

    def complain(self, message: str, missing: str = "") -> None:
        """Show an error line above the cards. missing: an item to offer for download."""
        self.banner.say(message, missing)

    def set_value(self, name: str, value: Any) -> None:
        """Set a parameter as its control does: live, or by a new run."""
        self.set_values({name: value})

    def set_values(self, changes: dict[str, Any]) -> bool:
        """Set several parameters, or none of them, and return False, if one is not valid.

        What depends on the layers of a network waits until these are known.
        """
        if "" in changes or self.exhibit is None:
            return False
        changes = self._waiting | changes
        try:
            self.values = parameters.update(self.values, changes, self._host.options)
        except NotYet:
            self._waiting = changes
            return True
        except UserError as error:
            self._waiting = {}
            self.complain(str(error))
            self.side.show_values(self.values, self.seed)
            return False
        self._waiting = {}
        self.side.show_values(self.values, self.seed)
        if self.run is not None and self._knobs is not None and changes.keys() <= self._live():
            self._knobs.now = self.values
            self._nudge()
        elif self.run is not None or self.exhibit.follows:
            self._again()
        elif self._knobs is not None:
            # The results on the screen are of other values, and no run goes on to update them.
            stale = self.values != self._knobs.now
            self.header.show_status(STALE if stale else self.snapshot.status or "")
        self.woken.emit()
        return True

    def look_again(self) -> None:
        """The layers of a network are known: offer them, and set what waited for them."""
        self.side.refresh()
        if self._waiting:
            self.set_values({})

    def _live(self) -> frozenset[str]:
        """The parameters that the current run still reads."""
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
            self._playback.hurry()  # the user waits for this
            self._show_state()

    def set_seed(self, value: int) -> None:
        """Set the seed; a run that goes on starts again."""
        self.seed = value
        if self.active or (self.exhibit is not None and self.exhibit.follows):
            self._again()
        self.woken.emit()

    def ask(self, action: str) -> None:
        """Ask the run for one of the exhibit's actions, by its name."""
        if self._knobs is not None and self.run is not None:
            self._knobs.ask(action)
            self._nudge()
            self.woken.emit()
        else:
            self.complain("press Run first: this is done by a run")

    def show_values(self, values: Any, seed: int) -> None:
        """Take over all values and the seed, without running."""
        self.values, self.seed = values, seed
        self.side.show_values(values, seed)

    def remembered(self) -> Run:
        """The run that the session saves of this panel: its values, and the slots' pictures.

        The first slot's picture is left open: it is the chosen one of the light table.
        """
        slots = self.slots.names() if self.slots is not None else ()
        changed = parameters.differing(self.values)
        try:
            return Run(self.entry.path, changed, self.seed, ("", *slots) if any(slots) else ())
        except UserError:  # a file's name that no line can hold
            return Run(self.entry.path, seed=self.seed)

    def report(self) -> Report:
        """What the panel shows, with the run that it came from."""
        assert self.exhibit is not None
        assert self._playback.shown is not None
        knobs, workspace = self._playback.shown
        return Report(self.exhibit, knobs.now, workspace, self._playback.seconds, self.snapshot)

    def copy_command(self) -> None:
        """Put this run on the clipboard as a command line."""
        self._copy(Run.command)

    def _copy_python(self) -> None:
        self._copy(Run.python)

    def _copy(self, words: Callable[[Run], str]) -> None:
        """Put what Run would start on the clipboard; a picture without a file is saved first."""
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
        """The workspace for a run that begins now."""
        return replace(self._host.workspace(), pictures=self._in_hand(), seed=self.seed)

    def _in_hand(self) -> tuple[Picture, ...]:
        """The pictures for a run: the light table's, or those in the slots.

        Before all slots are laid out it is the chosen one alone: the run adds what lies in them.
        """
        laid = self._host.workspace().pictures
        return laid if self.slots is None else self.slots.pictures or laid[:1]

    # ---- what comes back ---------------------------------------------------------------------

    @property
    def snapshot(self) -> Frame:
        """The results on the screen: the latest of each output and metric."""
        return self._playback.snapshot

    def pump(self) -> bool:
        """Take the frames that came, and draw. False when nothing more is expected."""
        run, lively = self.run, self.exhibit is not None and self.exhibit.lively
        if run is None:
            return self._playback.draw(self.isVisible())
        state = self._playback.pump(run, self.isVisible(), lively)
        if state is None:
            return True
        if state.ended:
            if state is State.FAILED and run.error is not None:
                self.fail(run.error)
            self.run = None
        if state.settled:
            self._show_state(state)
        return self.board.stale or not state.settled

    def _show_state(self, state: State | None = None) -> None:
        paused = self.active and self.run is not None and self.run.state is State.PAUSED
        done = state in (State.DONE, State.RESTING)
        self.header.show_state(self.exhibit is not None, self.active, paused, done)
