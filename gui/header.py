"""The head of a panel: what it is, the buttons of the run, and the figures that it ends with."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from gui.theme import GRID
from gui.widgets import button, label
from lab.catalog import Entry
from lab.exhibit import Frame, Metric

NOTHING = "–"


class Header(QWidget):
    """It tells what was pressed, and shows what it is told."""

    run = Signal()
    hold = Signal()
    step = Signal()
    end = Signal()

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(label(entry.title, "title"))
        words.addWidget(label(entry.summary, "subtitle"))
        head.addLayout(words, 1)
        self._run = button("▶  Run", "primary", "Run from the start (Ctrl+R)", self.run.emit)
        self._hold = button("❚❚  Pause", "plain", "Pause or go on (Space)", self.hold.emit)
        self._step = button("▷|  Step", "plain", "One step (.)", self.step.emit)
        self._end = button("■  Stop", "plain", "Stop (Esc)", self.end.emit)
        for made in (self._run, self._hold, self._step, self._end):
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
        self._row = QHBoxLayout()
        self._row.setSpacing(5 * GRID)
        line.addLayout(self._row)
        column.addLayout(line)
        self._figures: dict[str, tuple[Metric, QLabel]] = {}

    def install(self, metrics: Sequence[Metric]) -> None:
        """Make room for the exhibit's figures."""
        for metric in metrics:
            if metric.shown:
                column = QHBoxLayout()
                column.setSpacing(GRID)
                column.addWidget(label(metric.label, "caption"))
                value = label(NOTHING, "figure")
                column.addWidget(value)
                self._row.addLayout(column)
                self._figures[metric.name] = metric, value
        self._status.setText("")

    def clear_figures(self) -> None:
        """A new run has none yet."""
        for _, value in self._figures.values():
            value.setText(NOTHING)

    def show_frame(self, frame: Frame) -> None:
        """Status, progress and figures of `frame`, where it has them."""
        if frame.status is not None:
            self._status.setText(frame.status)
        if frame.progress is not None:
            self._progress.setValue(round(1000 * frame.progress))
        for name, (metric, shown) in self._figures.items():
            if name in frame.metrics:
                value = frame.metrics[name]
                text = value if isinstance(value, str) else f"{value:{metric.form}}"
                shown.setText(f"{text} {metric.unit}".strip())

    def show_state(self, ready: bool, active: bool, paused: bool, done: bool) -> None:
        """What the buttons can do now."""
        self._run.setText("↻  Restart" if active else "▶  Run")
        self._hold.setText("▶  Resume" if paused else "❚❚  Pause")
        self._run.setEnabled(ready)
        self._step.setEnabled(ready)
        self._hold.setEnabled(active)
        self._end.setEnabled(active)
        if done:
            self._progress.setValue(1000)
