"""The panel of any exhibit: what it shows in the middle, what one can turn at the side.

A panel computes nothing. It turns clicks into knobs, takes the frames that come back, and hands
each output's payload to the view of its kind.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.controls import Controls, NumberControl
from gui.report import Report
from gui.theme import GRID
from gui.views import Card
from gui.worker import Run, State, Worker, explain
from lab import parameters
from lab.catalog import Entry
from lab.errors import Missing, UserError
from lab.exhibit import Exhibit, Frame, Knobs
from lab.parameters import Field, Number

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace

# Drawing may take this share of the time while a network trains beside it: on two cores training
# loses nearly twice what drawing takes. What is drawn is drawn in one go, of so many seconds at
# most, because a processor just back from training is slow at first.
DRAWING_SHARE = 0.016
DRAWING_GO = 0.008
SEED = Field("seed", int, 0, Number("Seed", 0, 9999, help="The same seed, the same figures."))


class Host(Protocol):
    """What a panel needs of the window around it."""

    worker: Worker

    def workspace(self) -> Workspace:
        """The lab as it is now, with the chosen picture first."""

    def download(self, item: str) -> None:
        """Fetch something that is missing, with progress and a way to call it off."""

    def copy(self, text: str) -> None:
        """Put text on the clipboard, and say so."""

    def export(self) -> None:
        """Write what is shown into a folder to be chosen."""


def label(text: str, role: str, wrap: bool = False) -> QLabel:
    """A line of text in one of the theme's roles."""
    made = QLabel(text)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def button(text: str, role: str, tip: str, pressed: Callable[[], None]) -> QPushButton:
    """A push button in one of the theme's roles."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setToolTip(tip)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.clicked.connect(lambda: pressed())
    return made


class Panel(QWidget):
    """The middle of the window for one exhibit; `side` is the column on its right.

    It can be shown as soon as the catalog is read. `install()` fills it when the exhibit is
    imported, which is when PyTorch is.
    """

    woken = Signal()

    def __init__(self, entry: Entry, host: Host) -> None:
        super().__init__()
        self.entry = entry
        self.side = QWidget()
        self.exhibit: Exhibit | None = None
        self.values: Any = None
        self.seed = 0
        self.run: Run | None = None
        self.snapshot = Frame()
        self.seconds = 0.0
        self.failure: BaseException | None = None
        self._host = host
        self._knobs: Knobs[Any] | None = None
        self._fresh = False
        self._begun = 0.0
        self._cards: dict[str, Card] = {}
        self._stale: dict[str, None] = {}
        self._rest_until = 0.0
        self._missing = ""
        self._seed_control: NumberControl | None = None
        self._owed = True
        self._build_middle()
        self._side = QVBoxLayout(self.side)
        self._side.setContentsMargins(2 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        self._side.setSpacing(2 * GRID)
        self._side.addWidget(label("Controls", "heading"))
        self._side.addStretch(1)

    # ---- building ----------------------------------------------------------------------------

    def _build_middle(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 3 * GRID, 2 * GRID, GRID)
        column.setSpacing(GRID)
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(label(self.entry.title, "title"))
        words.addWidget(label(self.entry.summary, "subtitle"))
        head.addLayout(words, 1)
        self._go = button("▶  Run", "primary", "Run from the start (Ctrl+R)", self.start)
        self._hold = button("❚❚  Pause", "plain", "Pause or go on (Space)", self.toggle)
        self._one = button("▷|  Step", "plain", "One step (.)", self.step)
        self._end = button("■  Stop", "plain", "Stop (Esc)", self.stop)
        for made in (self._go, self._hold, self._one, self._end):
            made.setEnabled(False)
            head.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self._progress = QProgressBar()
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        column.addWidget(self._progress)
        line = QHBoxLayout()
        self._status = label("Loading PyTorch…", "caption")
        line.addWidget(self._status, 1)
        column.addLayout(line)
        self._figures = QHBoxLayout()
        self._figures.setSpacing(5 * GRID)
        line.addLayout(self._figures)
        self._figure: dict[str, QLabel] = {}
        column.addWidget(self._build_banner())
        self._grid = QGridLayout()
        self._grid.setSpacing(2 * GRID)
        column.addLayout(self._grid, 1)

    def _build_banner(self) -> QFrame:
        self._banner = QFrame()
        self._banner.setProperty("role", "error")
        row = QHBoxLayout(self._banner)
        self._reason = label("", "body", wrap=True)
        self._reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self._reason, 1)
        self._fetch = button("Download", "primary", "Fetch it now", self._download)
        row.addWidget(self._fetch)
        row.addWidget(button("✕", "plain", "Put this line away", self._banner.hide))
        self._banner.hide()
        return self._banner

    def install(self, exhibit: Exhibit, saved: dict[str, Any]) -> None:
        """Fill the panel: cards for the outputs, controls for the parameters.

        `saved` are values of an earlier time; what no longer fits is passed over.
        """
        self.exhibit = exhibit
        options = self._host.workspace().options
        self.values = exhibit.parameters()
        for name, value in saved.items():
            if name == "seed":
                self.seed = value
                continue
            try:
                self.values = parameters.update(self.values, {name: value}, options)
            except UserError:
                continue
        for output in exhibit.outputs:
            card = Card(output)
            card.view.picked.connect(lambda i, name=output.picks: self.set_value(name, i))
            card.view.set_hint("One moment" if exhibit.follows else "Press Run")
            self._cards[output.name] = card
            self._grid.addWidget(card, *output.area)
        rows = max(o.area[0] + o.area[2] for o in exhibit.outputs)
        for i in range(12):
            self._grid.setColumnStretch(i, 1)
            self._grid.setColumnMinimumWidth(i, 1)
        for i in range(rows):
            self._grid.setRowStretch(i, 1)
        for metric in exhibit.metrics:
            if metric.shown:
                self._figure[metric.name] = self._add_figure(metric.label)
        self._build_side(exhibit, options)
        self._status.setText("")
        self._show_state()
        self.follow()

    def _add_figure(self, name: str) -> QLabel:
        column = QHBoxLayout()
        column.setSpacing(GRID)
        column.addWidget(label(name, "caption"))
        value = label("–", "figure")
        column.addWidget(value)
        self._figures.addLayout(column)
        return value

    def _build_side(self, exhibit: Exhibit, options: parameters.Options) -> None:
        while (item := self._side.takeAt(1)) is not None:
            if item.widget():
                item.widget().deleteLater()
        self.controls = Controls(exhibit.parameters, options)
        self.controls.show_values(self.values)
        self.controls.changed.connect(self.set_value)
        self.controls.wrong.connect(self.complain)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, GRID, 0)
        column.setSpacing(2 * GRID)
        column.addWidget(self.controls)
        if exhibit.seeded:
            seed = self._seed_control = NumberControl(SEED, None)
            seed.set(self.seed)
            seed.changed.connect(self._set_seed)
            seed.wrong.connect(self.complain)
            column.addWidget(seed)
        for action in exhibit.actions:
            column.addWidget(
                button(action.label, "plain", action.help, lambda n=action.name: self._ask(n))
            )
        links = QHBoxLayout()
        for text, tip, pressed in (
            ("Copy command", "This run as a command line", self._copy_command),
            ("Copy Python", "This run for a notebook", self._copy_python),
            ("Export…", "What is shown, as pictures and result.json", self._host.export),
        ):
            links.addWidget(button(text, "link", tip, pressed))
        links.addStretch(1)
        column.addLayout(links)
        column.addWidget(self._build_caption(exhibit))
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._side.addWidget(scroll, 1)

    def _build_caption(self, exhibit: Exhibit) -> QFrame:
        note = QFrame()
        note.setProperty("role", "card")
        words = QVBoxLayout(note)
        words.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        words.addWidget(label("What to look at", "card-title"))
        words.addWidget(label(exhibit.caption, "body", wrap=True))
        words.addWidget(label(exhibit.source, "caption", wrap=True))
        return note

    # ---- what the lecturer does --------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether a run is under way, paused or not."""
        return self.run is not None and not self.run.state.ended

    def start(self) -> None:
        """Run from the start, with the values and pictures of now."""
        exhibit = self.exhibit
        if exhibit is None:
            return
        self.stop()
        self._owed = False
        self.failure = None
        self._banner.hide()
        workspace = replace(self._host.workspace(), seed=self.seed)
        knobs = self._knobs = Knobs(self.values)
        self.run = self._host.worker.start(lambda: exhibit.run(workspace, knobs))
        if self.isVisible():
            self._host.worker.bring_to_front(self.run)
        self._fresh = True
        self._rest_until = 0.0
        self._begun = time.monotonic()
        self._show_state()
        self.woken.emit()

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
        if self.exhibit is None or not self.exhibit.follows or not self.isVisible():
            return
        # Before the light table is laid out there is nothing to look at; it calls again.
        if self._host.workspace().pictures or not self.exhibit.pictures:
            self.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._host.worker.bring_to_front(self.run)
        if self._owed:
            self.follow()
        self.woken.emit()

    def fail(self, error: BaseException) -> None:
        """Say why the run, or the exhibit itself, could not go on."""
        self.failure = error
        self.complain(explain(error), error.item if isinstance(error, Missing) else "")

    def complain(self, message: str, missing: str = "") -> None:
        """Say in one line what was wrong, above the last good state."""
        self._reason.setText(message)
        self._missing = missing
        self._fetch.setVisible(bool(missing))
        self._banner.show()

    def set_value(self, name: str, value: Any) -> None:
        """Set a parameter, as its control would: live, or by a new run."""
        if not name or self.exhibit is None:
            return
        try:
            options = self._host.workspace().options
            self.values = parameters.update(self.values, {name: value}, options)
        except UserError as error:
            self.complain(str(error))
            return
        self.controls.show_values(self.values)
        if self.active and name in self.exhibit.live:
            assert self._knobs is not None
            self._knobs.now = self.values
        elif self.active or self.exhibit.follows:
            self.start()
        self.woken.emit()

    def _set_seed(self, _: str, value: int) -> None:
        self.seed = value
        if self.active:
            self.start()
        self.woken.emit()

    def _ask(self, action: str) -> None:
        if self._knobs is not None and self.active:
            self._knobs.ask(action)
        else:
            self.complain("nothing runs that could do that: press Run first")

    def _download(self) -> None:
        self._banner.hide()
        self._host.download(self._missing)

    def show_values(self, values: Any, seed: int) -> None:
        """Take on a whole set of values, without running."""
        self.values, self.seed = values, seed
        self.controls.show_values(values)
        if self._seed_control is not None:
            self._seed_control.set(seed)

    def changed_values(self) -> dict[str, Any]:
        """The values that differ from the defaults, the seed among them."""
        if self.exhibit is None:
            return {}
        fields = parameters.describe(self.exhibit.parameters)
        values = {f.name: getattr(self.values, f.name) for f in fields}
        changed = {f.name: values[f.name] for f in fields if values[f.name] != f.default}
        return changed | ({"seed": self.seed} if self.seed else {})

    def report(self, device: str) -> Report:
        """What the panel shows, ready to be written down."""
        assert self.exhibit is not None
        return Report(self.exhibit, self.values, self.seed, device, self.seconds, self.snapshot)

    def command(self) -> str:
        """This run as a command line."""
        words = [f"python main.py run {self.entry.path}"]
        for name, value in self.changed_values().items():
            words.append(f"--seed {value}" if name == "seed" else f"--set {name}={_quoted(value)}")
        if self.exhibit is not None:
            for picture in self._host.workspace().pictures[: self.exhibit.pictures]:
                words.append(f"--image {_quoted(picture.path or picture.name)}")
        return " ".join([*words, "--out out"])

    def _copy_command(self) -> None:
        self._host.copy(self.command())

    def _copy_python(self) -> None:
        values = "".join(f", {k}={v!r}" for k, v in self.changed_values().items())
        pictures = self._host.workspace().pictures[: self.exhibit.pictures if self.exhibit else 0]
        reads = [f"lab.pictures.read({str(p.path or p.name)!r})" for p in pictures]
        given = f", pictures=[{', '.join(reads)}]" if reads else ""
        arguments = (given + values).removeprefix(", ")
        self._host.copy(
            f"import lab\n\nexhibit = lab.catalog.load({self.entry.path!r})\n"
            f"for frame in exhibit.run({arguments}):\n    print(frame.status, frame.metrics)\n"
        )

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
        if begun < self._rest_until and not state.ended:
            return True
        if frame := run.mailbox.take():
            if self._fresh:
                # The last run's state stays on the screen until the new one has some of its own.
                self._fresh = False
                self.snapshot = Frame()
                for value in self._figure.values():
                    value.setText("–")
            self.snapshot = self.snapshot.then(frame)
            self._stale.update(dict.fromkeys(frame.outputs))
            self._show_numbers(frame)
        if state.ended:
            self.seconds = time.monotonic() - self._begun
            if state is State.FAILED and run.error is not None:
                self.fail(run.error)
            self.run = None
            self._show_state(state)
        self._draw()
        now = time.monotonic()
        self._rest_until = now + (now - begun) / DRAWING_SHARE
        return bool(self._stale) or self.run is not None

    def _draw(self) -> bool:
        """Draw stale cards, the longest stale first. True if some are left for the next time."""
        if not self.isVisible():
            return False
        end = time.monotonic() + DRAWING_GO
        while self._stale and time.monotonic() < end:
            name = next(iter(self._stale))
            del self._stale[name]
            self._cards[name].show_payload(self.snapshot.outputs[name])
            self._cards[name].view.repaint()
        return bool(self._stale)

    def _show_numbers(self, frame: Frame) -> None:
        if frame.status is not None:
            self._status.setText(frame.status)
        if frame.progress is not None:
            self._progress.setValue(round(1000 * frame.progress))
        assert self.exhibit is not None
        for metric in self.exhibit.metrics:
            if metric.name in frame.metrics and metric.shown:
                value = frame.metrics[metric.name]
                text = value if isinstance(value, str) else f"{value:{metric.form}}"
                self._figure[metric.name].setText(f"{text} {metric.unit}".strip())

    def _show_state(self, state: State | None = None) -> None:
        ready = self.exhibit is not None
        paused = self.active and self.run is not None and self.run.state is State.PAUSED
        self._go.setText("↻  Restart" if self.active else "▶  Run")
        self._hold.setText("▶  Resume" if paused else "❚❚  Pause")
        self._go.setEnabled(ready)
        self._one.setEnabled(ready)
        self._hold.setEnabled(self.active)
        self._end.setEnabled(self.active)
        if state is State.DONE:
            self._progress.setValue(1000)


def _quoted(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if any(c in text for c in " '&()") else text
