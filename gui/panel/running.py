"""A panel's run: begun with what is set and with the pictures at hand, and all of its life."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.panel.banner import About, Banner
from gui.panel.board import Board
from gui.panel.control_column import ControlColumn
from gui.panel.header import Header
from gui.panel.host import Host
from gui.panel.picture_slots import PictureSlots
from gui.panel.run_control import Activity, RunControl
from gui.panel.settings import PanelSettings
from gui.runtime.execution import Execution
from gui.theme import GRID
from gui.widgets import confirm
from lab.catalog import Entry
from lab.errors import Missing, explain
from lab.exhibit import Exhibit, Frame
from lab.media.pictures import Picture

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace

# Seconds after which a run is not thrown away unasked.
LONG = 5.0


class RunningPanel(QWidget):
    """Head, error line and cards, and the run that they show.

    `woken` tells that `pump()` has something to do, `changed` that the run has another activity or
    that other values are set.
    """

    woken = Signal()
    changed = Signal()

    def __init__(self, entry: Entry, host: Host) -> None:
        super().__init__()
        self.entry = entry
        self.exhibit: Exhibit | None = None
        self.slots: PictureSlots | None = None
        self._host = host
        self._settings = PanelSettings()
        self._owed = True
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 3 * GRID, 2 * GRID, GRID)
        column.setSpacing(GRID)
        self.header, self.banner, self.board = Header(entry), Banner(), Board()
        self.side = ControlColumn()
        column.addWidget(self.header)
        column.addWidget(self.banner)
        column.addWidget(self.board, 1)
        self._control = RunControl(host.worker, self.board, self.header, self._told)
        self.header.run.connect(self.restart)
        self.header.hold.connect(self.toggle)
        self.header.step.connect(self.step)
        self.header.end.connect(self.stop)
        self.banner.fetch.connect(host.download)

    @property
    def run(self) -> Execution | None:
        """The current run, stopped or not; None where there is none, or where it has ended."""
        return self._control.run

    @property
    def active(self) -> bool:
        """Whether a run goes on, paused or not; one that rests has finished, one can be stopped."""
        return self._control.active

    @property
    def activity(self) -> Activity:
        """What the run does, for the screen; empty where none is under way."""
        return self._control.activity

    @property
    def by_hand(self) -> bool:
        """Whether Run was pressed for the latest run."""
        return not self._control.by_itself

    @property
    def caught_up(self) -> bool:
        """Whether no run goes on and all its frames are drawn."""
        return self._control.caught_up

    @property
    def failure(self) -> BaseException | None:
        """The error that ended the run, or that kept the exhibit from being imported."""
        return self._control.failure

    @property
    def snapshot(self) -> Frame:
        """The results on the screen: the latest of each output and metric."""
        return self._control.playback.snapshot

    def start(self, by_itself: bool = False) -> None:
        """Run from the start, with the current values. by_itself: Run was not pressed."""
        exhibit = self.exhibit
        if exhibit is None:
            return
        self._owed = False
        self.banner.settle("run", "value", *(() if by_itself else ("session", "window")))
        if self._control.knobs is not None:
            self._settings.forget_earlier(self._control.knobs.now)
            self._show_values()
        self._control.begin(exhibit, self._settings.values, self._workspace(), by_itself)
        if self.isVisible():
            self._control.bring_to_front()
        self._control.show_state()
        self.woken.emit()

    def restart(self) -> None:
        """As the Run button: a long run that goes on is not thrown away unasked."""
        seconds = self._control.playback.elapsed
        if not self.active or seconds < LONG:
            self.start()
            return
        question = f"Restart? The {seconds:.0f} seconds of this run are lost."
        confirm(self, question, "Restart", self.start)

    def _again(self) -> None:
        """Run again; by itself, unless Run was pressed for the run before."""
        self.start(by_itself=self._control.by_itself)

    def stop(self) -> None:
        """Stop the run; it can go on, or be asked for an action, until another begins."""
        self._control.stop()

    def toggle(self) -> None:
        """Pause or resume, a stopped run too; start where there is none."""
        if self.active or (self._control.stopped and self._as_begun()):
            self._control.toggle()
            self.woken.emit()
        elif not self._control.stopped:
            self.start()

    def step(self) -> None:
        """Advance by one frame and pause; where there is no run, start paused."""
        if self._control.stopped and not self._as_begun():
            return
        if not (self.active or self._control.stopped):
            self.start()
        self._control.step()
        self.woken.emit()

    def _as_begun(self) -> bool:
        """Whether the controls and the pictures are those that the run was begun with."""
        taken = self.exhibit.pictures if self.exhibit is not None else 0
        return self._control.as_begun(self._settings.values, self._workspace(), taken)

    def _check_stopped(self) -> None:
        if self._control.stopped:
            self._control.show_as_begun(self._as_begun())

    def ask(self, action: str) -> None:
        """Ask the run for one of the exhibit's actions, by its name."""
        if self._control.ask(action):
            self.banner.settle("value")
            self.woken.emit()
        else:
            self.complain("press Run first: this is done by a run", about="value")

    def pump(self) -> bool:
        """Take the frames that came, and draw. False when nothing more is expected."""
        lively = self.exhibit is not None and self.exhibit.lively
        failed = self.failure
        more = self._control.pump(self.isVisible(), lively)
        if self.failure is not None and self.failure is not failed:
            self.fail(self.failure)
        return more

    def fail(self, error: BaseException) -> None:
        """Show the error that ended the run, or that kept the exhibit from being imported."""
        self._control.failure = error
        self.complain(explain(error), error.item if isinstance(error, Missing) else "", "run")

    def complain(self, message: str, missing: str = "", about: About = "window") -> None:
        """Show an error line above the cards; arguments as of Banner.say."""
        self.banner.say(message, missing, about)

    # ---- the pictures ------------------------------------------------------------------------

    def follow(self) -> None:
        """The chosen picture changed: an exhibit that follows runs again."""
        self._owed = True
        if self.slots is not None:
            self.slots.follow()
        self._check_stopped()
        if self.exhibit is None or not self.exhibit.follows or not self.isVisible():
            return
        # Before the light table and the slots are laid out there is no picture; both call again.
        if self.slots is not None and not self.slots.pictures:
            return
        if self._host.workspace().pictures or not self.exhibit.pictures:
            self.start(by_itself=True)

    def _suggest(self) -> None:
        """Suggest the exhibit's own picture as the chosen one, while it is on the screen."""
        if self.exhibit is not None and self.exhibit.pictures and self.isVisible():
            self._host.suggest(self.exhibit.picture)

    def _slots_laid(self) -> None:
        if self._owed:
            self.follow()

    def _slot_filled(self) -> None:
        """A slot has another picture: run again if there was a run.

        Unless `follow` has done so: the first slot shows the chosen picture.
        """
        if self._in_hand() == self._control.pictures:
            return
        self._check_stopped()
        running = self.run is not None and not self._control.stopped
        if running or (self.exhibit is not None and self.exhibit.follows):
            self._again()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._control.bring_to_front()
        self._suggest()
        if self._owed:
            self.follow()
        self.woken.emit()

    def _workspace(self) -> Workspace:
        """The workspace for a run that begins now."""
        return replace(self._host.workspace(), pictures=self._in_hand(), seed=self._settings.seed)

    def _in_hand(self) -> tuple[Picture, ...]:
        """The pictures for a run: the light table's, or those in the slots.

        Before all slots are laid out it is the chosen one alone: the run adds what lies in them.
        """
        laid = self._host.workspace().pictures
        return laid if self.slots is None else self.slots.pictures or laid[:1]

    def _show_values(self) -> None:
        settings = self._settings
        self.side.show_values(settings.values, settings.seed, settings.changed())

    def _told(self) -> None:
        self.side.show_actions(self.run is not None)
        self.changed.emit()
