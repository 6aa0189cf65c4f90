"""The panel of any exhibit: cards in the middle, controls at the side.

A panel computes nothing. It passes the controls' values to the run as knobs, takes the run's
frames, and gives each output's payload to the view of its kind.
"""

from __future__ import annotations

import contextlib
from typing import Any

from gui.panel import sharing
from gui.panel.host import Host
from gui.panel.picture_slots import PictureSlots
from gui.panel.running import RunningPanel
from lab import parameters
from lab.catalog import Entry
from lab.errors import NotYet, UserError
from lab.exhibit import Exhibit, Handover
from lab.results import Report
from lab.runs import Run

STALE = "settings changed: press Run to update the results"


class Panel(RunningPanel):
    """The middle of the window for one exhibit; `side` is the column on its right.

    It is shown before PyTorch is imported; `install()` fills it once its exhibit is.
    """

    def __init__(self, entry: Entry, host: Host) -> None:
        super().__init__(entry, host)
        self.side.changed.connect(self.set_value)
        self.side.reseeded.connect(self.set_seed)
        self.side.invalid.connect(lambda message: self.complain(message, about="value"))
        self.side.reset.connect(self.reset)
        self.side.asked.connect(self.ask)
        self.side.handed.connect(self.hand_over)

    def install(self, exhibit: Exhibit, saved: Run | None = None) -> None:
        """Add cards for the outputs and controls for the parameters.

        saved: the result of `remembered` in an earlier session; what is gone since is told.
        """
        self.exhibit = exhibit
        saved = saved or Run(self.entry.path)
        options = self._host.options
        gone = self._settings.restore(exhibit.parameters, saved, options)
        self.board.main = exhibit.main
        self.board.turned.connect(self.woken)
        for output in exhibit.outputs:
            view = self.board.add(output).view
            view.picked.connect(lambda i, name=output.picks: self._pick(name, i))
            view.sent.connect(self._host.lay)
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
        self._show_values()
        self._control.show_ready()
        self._tell_gone(gone)
        self._suggest()
        self.follow()

    # ---- what it is set to -------------------------------------------------------------------

    @property
    def values(self) -> Any:
        """The values of the parameters; None before `install`."""
        return self._settings.values

    @values.setter
    def values(self, values: Any) -> None:
        self._settings.values = values

    @property
    def seed(self) -> int:
        """The seed of the next run."""
        return self._settings.seed

    @seed.setter
    def seed(self, seed: int) -> None:
        self._settings.seed = seed

    def set_value(self, name: str, value: Any) -> None:
        """Set a parameter as its control does: live, or by a new run."""
        if self.set_values({name: value}):
            self.banner.settle("session")

    def set_values(self, changes: dict[str, Any]) -> bool:
        """Set several parameters, or none of them, and return False, if one is not valid.

        What depends on the layers of a network waits until these are known.
        """
        if "" in changes or self.exhibit is None:
            return False
        try:
            changed = self._settings.change(changes, self._host.options)
        except UserError as error:
            self.complain(str(error), about="value")
            self._show_values()
            return False
        self.banner.settle("value")
        if changed:
            self._follow_values(changed)
        return True

    def _follow_values(self, changed: frozenset[str]) -> None:
        """Let the run go by the values that were just set, or begin another one."""
        assert self.exhibit is not None
        control = self._control
        self._show_values()
        if self.run is not None and changed <= control.live(self.exhibit):
            control.turn(self.values)
        elif self.exhibit.follows or (self.run is not None and not control.stopped):
            self._again()
        elif self.run is None and control.knobs is not None:
            # The results on the screen are of other values, and no run goes on to update them.
            stale = self.values != control.knobs.now
            self.header.show_status(STALE if stale else self.snapshot.status or "")
        self._settle_values()

    def _settle_values(self) -> None:
        self._check_stopped()
        self.woken.emit()
        self.changed.emit()

    def look_again(self) -> None:
        """The layers of a network are known: offer them, and set what waited for them."""
        self.side.refresh()
        if self.exhibit is None:
            return
        try:
            changed, gone = self._settings.take_waiting(self._host.options)
        except UserError as error:
            self.complain(str(error), about="value")
            self._show_values()
            return
        self._tell_gone(gone)
        if changed:
            self._follow_values(changed)

    def _tell_gone(self, lines: list[str]) -> None:
        """Say what an earlier session named and what is not there any more."""
        if lines:
            instead = "the default is used" if len(lines) == 1 else "the defaults are used"
            self.complain(f"{'; '.join(lines)}; {instead}", about="session")

    def _pick(self, name: str, index: int) -> None:
        # A network whose layers can be clicked has been looked into.
        with contextlib.suppress(NotYet):
            self.set_value(name, parameters.picked(self.values, name, index, self._host.options))

    def set_seed(self, value: int) -> None:
        """Set the seed; a run that goes on starts again."""
        self.seed = value
        self._show_values()
        if self.active or (self.exhibit is not None and self.exhibit.follows):
            self._again()
        self._settle_values()

    def reset(self) -> None:
        """Set every parameter and the seed to its default."""
        seeded = bool(self.seed)
        if changes := self._settings.reset():
            self.set_values(changes)
        if seeded:
            self.set_seed(0)

    def show_values(self, values: Any, seed: int) -> None:
        """Take over all values and the seed, without running."""
        self.values, self.seed = values, seed
        self._show_values()
        self._settle_values()

    # ---- what is told, and taken elsewhere ---------------------------------------------------

    def models(self) -> set[str]:
        """The names of the networks that the exhibit is set to use."""
        if self.exhibit is None:
            return set()
        kind, values = self.exhibit.parameters, self.values
        fields = parameters.taking(kind, "models") + parameters.taking(kind, "painters")
        chosen = [getattr(values, field.name) for field in fields]
        return {n for value in chosen for n in (value if isinstance(value, tuple) else (value,))}

    def remembered(self) -> Run:
        """The run that the session saves of this panel: its values, and the slots' pictures."""
        slots = self.slots.names() if self.slots is not None else ()
        return self._settings.remembered(self.entry.path, slots)

    def report(self) -> Report:
        """What the panel shows, with the run that it came from."""
        assert self.exhibit is not None
        return self._control.playback.report(self.exhibit)

    def hand_over(self, handover: Handover) -> None:
        """Set another exhibit to a result of the run on the screen."""
        shown = self._control.playback.shown
        values = handover.values(shown[0].now, self.snapshot.metrics) if shown else {}
        if values:
            self.banner.settle("value")
            self._host.hand_over(handover.path, values)
        else:
            self.complain("there is no result to hand over yet: press Run first", about="value")

    def copy_command(self) -> None:
        """Put this run on the clipboard as a command line."""
        if self.exhibit is not None:
            sharing.copy(self._host, self.exhibit, self.values, self._workspace(), Run.command)

    def _copy_python(self) -> None:
        if self.exhibit is not None:
            sharing.copy(self._host, self.exhibit, self.values, self._workspace(), Run.python)
