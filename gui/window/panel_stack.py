"""The panels of all exhibits that were shown so far; one of them is on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget

from gui.panel.host import Host
from gui.panel.panel import Panel
from gui.window.put_to_use import told
from lab import catalog, parameters
from lab.exhibit import Exhibit
from lab.runs import Run

# How often the panels look for frames, in milliseconds.
TICK_MS = 33


class PanelStack(QObject):
    """`middle` holds the panels, `sides` their columns of controls.

    `shown` tells that another panel is on the screen, or that its exhibit is imported now, `speed`
    the pace of its run, `models` the networks that it uses; `activity` what the run of any does, by
    its path; `exhibits`: the list of exhibits is asked for. saved: for each exhibit's path what
    `Panel.remembered` said at an earlier time.
    """

    shown = Signal()
    speed = Signal(str)
    models = Signal(object)
    activity = Signal(str, str)
    exhibits = Signal()

    def __init__(self, host: Host, saved: Mapping[str, Run]) -> None:
        super().__init__()
        self.middle = QStackedWidget()
        self.sides = QStackedWidget()
        self._host = host
        self._saved = saved
        self._panels: dict[str, Panel] = {}
        self._handed: dict[str, Mapping[str, Any]] = {}
        self._loading = False
        self._fitted = True, False
        self._speed = ""
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def current(self) -> Panel:
        """The panel on the screen."""
        panel = self.middle.currentWidget()
        assert isinstance(panel, Panel)
        return panel

    def show(self, path: str) -> None:
        """Bring an exhibit to the front; runs of the others go on."""
        if path not in self._panels:
            panel = self._panels[path] = Panel(catalog.find(path), self._host)
            panel.woken.connect(self._wake)
            panel.header.exhibits.connect(self.exhibits)
            panel.header.fit(*self._fitted)
            panel.changed.connect(partial(self._told, panel))
            self.middle.addWidget(panel)
            self.sides.addWidget(panel.side)
            if self._loading:
                self._load(path)
        self.middle.setCurrentWidget(self._panels[path])
        self.sides.setCurrentWidget(self._panels[path].side)
        self._tell_speed()
        for panel in self._panels.values():
            self._told(panel)
        self.shown.emit()

    def set_up(self, path: str, values: Mapping[str, Any]) -> None:
        """Set parameters of an exhibit that was shown, or once it is imported, and say which."""
        self._handed[path] = values
        if self._panels[path].exhibit is not None:
            self._take_over(path)

    def _take_over(self, path: str) -> None:
        panel, values = self._panels[path], self._handed.pop(path, {})
        # A run that is set to them already goes on.
        changed = {k: v for k, v in values.items() if getattr(panel.values, k) != v}
        if values and panel.set_values(changed):
            self._host.say(told(panel.values, values))

    def fit(self, listed: bool, low: bool) -> None:
        """Fit the headers of all panels: see `Header.fit`."""
        self._fitted = listed, low
        for panel in self._panels.values():
            panel.header.fit(listed, low)

    def load(self) -> None:
        """Import the exhibits of the panels, now and from now on: PyTorch is here."""
        self._loading = True
        for path in self._panels:
            self._load(path)

    def _load(self, path: str) -> None:
        panel, saved = self._panels[path], self._saved.get(path)
        options = self._host.workspace().options

        def load() -> Exhibit:
            exhibit = catalog.load(path)
            # Its networks are looked into here, so that the window's thread need not wait for it.
            given = saved.params if saved else {}
            fitted = parameters.fitting(exhibit.parameters(), given, options)
            parameters.look_up(fitted.values, options)
            return exhibit

        def loaded(exhibit: Exhibit | Exception) -> None:
            if isinstance(exhibit, Exception):
                panel.fail(exhibit)
            else:
                panel.install(exhibit, saved)
                self._take_over(path)
                self._told(panel)
                if panel is self.current:
                    self.shown.emit()

        self._host.worker.call(load, loaded)

    def follow(self) -> None:
        """Another image is chosen: the panels whose exhibits take one follow."""
        for panel in self._panels.values():
            if panel.exhibit is None or panel.exhibit.pictures:
                panel.follow()

    def settle(self) -> None:
        """Something in the window went well: earlier errors of it are over."""
        for panel in self._panels.values():
            panel.banner.settle("window")

    def _told(self, panel: Panel) -> None:
        """Something of a panel has changed that other parts of the window show."""
        shown = panel is self.current
        # What an exhibit on the screen does by itself, at every turn of a slider, needs no mark.
        self.activity.emit(panel.entry.path, panel.activity if panel.by_hand or not shown else "")
        if shown:
            self.models.emit(panel.models())

    def refresh(self) -> None:
        """Offer in the controls what can be chosen now."""
        for panel in self._panels.values():
            panel.side.refresh()

    def look_again(self) -> None:
        """Something that a panel asked for is known by now."""
        for panel in self._panels.values():
            panel.look_again()

    def remembered(self) -> dict[str, Run]:
        """For each exhibit's path what its panel is to be like the next time."""
        loaded = {p: panel.remembered() for p, panel in self._panels.items() if panel.exhibit}
        return {**self._saved, **loaded}

    def close(self) -> None:
        """Look for no more frames: no timer may outlive the window."""
        self._timer.stop()

    def _wake(self) -> None:
        self._timer.start()

    def _tick(self) -> None:
        waiting = [panel.pump() for panel in self._panels.values()]
        self._tell_speed()
        if not any(waiting):
            self._timer.stop()

    def _tell_speed(self) -> None:
        speed = self.current.snapshot.speed or ""
        if speed != self._speed:
            self._speed = speed
            self.speed.emit(speed)
