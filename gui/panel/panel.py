"""The panel of any exhibit: cards in the middle, controls at the side.

A panel computes nothing. It passes the controls' values to the run as knobs, takes the run's
frames, and gives each output's payload to the view of its kind.
"""

from __future__ import annotations

import contextlib
from typing import Any

from gui.panel import sharing
from gui.panel.control_column import ControlColumn
from gui.panel.host import Host
from gui.panel.picture_slots import PictureSlots
from gui.panel.running import RunningPanel
from lab import parameters
from lab.catalog import Entry
from lab.errors import NotYet, UserError
from lab.exhibit import Exhibit
from lab.results import Report
from lab.runs import Run

STALE = "settings changed: press Run to update the results"


class Panel(RunningPanel):
    """The middle of the window for one exhibit; `side` is the column on its right.

    It is shown before PyTorch is imported; `install()` fills it once its exhibit is.
    """

    def __init__(self, entry: Entry, host: Host) -> None:
        super().__init__(entry, host)
        self.side = ControlColumn()
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
        self._settings.restore(exhibit.parameters, saved, options)
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
        self._suggest()
        self.follow()

    # ---- what it is set to -------------------------------------------------------------------

    def set_value(self, name: str, value: Any) -> None:
        """Set a parameter as its control does: live, or by a new run."""
        self.set_values({name: value})

    def set_values(self, changes: dict[str, Any]) -> bool:
        """Set several parameters, or none of them, and return False, if one is not valid.

        What depends on the layers of a network waits until these are known.
        """
        if "" in changes or self.exhibit is None:
            return False
        try:
            if not self._settings.change(changes, self._host.options):
                return True
        except UserError as error:
            self.complain(str(error))
            self._show_values()
            return False
        self._show_values()
        if self.run is not None and changes.keys() <= self._control.live(self.exhibit):
            self._control.turn(self.values)
        elif self.run is not None or self.exhibit.follows:
            self._again()
        elif self._control.knobs is not None:
            # The results on the screen are of other values, and no run goes on to update them.
            stale = self.values != self._control.knobs.now
            self.header.show_status(STALE if stale else self.snapshot.status or "")
        self.woken.emit()
        return True

    def look_again(self) -> None:
        """The layers of a network are known: offer them, and set what waited for them."""
        self.side.refresh()
        if self._settings.waits:
            self.set_values({})

    def _pick(self, name: str, index: int) -> None:
        # A network whose layers can be clicked has been looked into.
        with contextlib.suppress(NotYet):
            self.set_value(name, parameters.picked(self.values, name, index, self._host.options))

    def set_seed(self, value: int) -> None:
        """Set the seed; a run that goes on starts again."""
        self.seed = value
        if self.active or (self.exhibit is not None and self.exhibit.follows):
            self._again()
        self.woken.emit()

    def show_values(self, values: Any, seed: int) -> None:
        """Take over all values and the seed, without running."""
        self.values, self.seed = values, seed
        self._show_values()

    def _show_values(self) -> None:
        self.side.show_values(self.values, self.seed)

    # ---- what is told, and taken elsewhere ---------------------------------------------------

    def remembered(self) -> Run:
        """The run that the session saves of this panel: its values, and the slots' pictures."""
        slots = self.slots.names() if self.slots is not None else ()
        return self._settings.remembered(self.entry.path, slots)

    def report(self) -> Report:
        """What the panel shows, with the run that it came from."""
        assert self.exhibit is not None
        return self._control.playback.report(self.exhibit)

    def copy_command(self) -> None:
        """Put this run on the clipboard as a command line."""
        if self.exhibit is not None:
            sharing.copy(self._host, self.exhibit, self.values, self._workspace(), Run.command)

    def _copy_python(self) -> None:
        if self.exhibit is not None:
            sharing.copy(self._host, self.exhibit, self.values, self._workspace(), Run.python)
