"""The head of a panel: title, run buttons, progress, status and metrics."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from gui.theme import GRID
from gui.views import text
from gui.widgets import Line, button, label
from lab.catalog import Entry
from lab.exhibit import Frame, Metric, Value

NOTHING = "–"
# Pixels that "epoch 2 of 6   93 steps a second" needs.
LEAST_STATUS = 32 * GRID
# Pixels that "Training loss 0.806" needs.
FIGURE = 20 * GRID


class Header(QWidget):
    """Signals tell which button was pressed."""

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
        words.addWidget(Line(entry.summary, "subtitle"))
        head.addLayout(words, 1)
        self._run = button("▶  Run", "primary", "Run from the start (Ctrl+R)", self.run.emit)
        self._hold = button("❚❚  Pause", "plain", "Pause or resume (Space)", self.hold.emit)
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
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(3 * GRID)
        self._lines.setVerticalSpacing(0)
        self._lines.setColumnStretch(0, 1)
        self.status = Line("Loading PyTorch…", "caption")
        self._row = QHBoxLayout()
        self._lines.addWidget(self.status, 0, 0)
        self._lines.addLayout(self._row, 0, 1, Qt.AlignmentFlag.AlignRight)
        column.addLayout(self._lines)
        # Metric -> the label of its value.
        self.figures: dict[str, QLabel] = {}
        self._metrics: dict[str, Metric] = {}

    def install(self, metrics: Sequence[Metric]) -> None:
        """Add the exhibit's metrics, without values yet."""
        for metric in metrics:
            if metric.shown:
                column = QHBoxLayout()
                column.setSpacing(GRID)
                column.addWidget(label(metric.label, "caption"))
                value = label(NOTHING, "figure")
                column.addWidget(value)
                self._row.addLayout(column)
                self.figures[metric.name] = value
                self._metrics[metric.name] = metric
        self.status.setText("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Metrics stand beside the status, or below it where that leaves it too little room."""
        super().resizeEvent(event)
        self._row.setSpacing(2 * GRID if self.width() < 100 * GRID else 4 * GRID)
        tight = self.width() < LEAST_STATUS + FIGURE * len(self.figures)
        wanted = (1, 0, 1, 2) if tight else (0, 1, 1, 1)
        place = self._lines.indexOf(self._row)
        if self._lines.getItemPosition(place) != wanted:
            self._lines.takeAt(place)
            self._lines.addLayout(self._row, *wanted, Qt.AlignmentFlag.AlignRight)

    def clear_figures(self) -> None:
        """Show no values: a new run has begun."""
        for value in self.figures.values():
            value.setText(NOTHING)

    def show_status(self, words: str) -> None:
        """Show a status line until a frame brings another one."""
        self.status.setText(words)

    def show_frame(self, frame: Frame) -> None:
        """Show the status, progress and metrics that `frame` has."""
        if frame.status is not None:
            self.status.setText(frame.status)
        if frame.progress is not None:
            self._progress.setValue(round(1000 * frame.progress))
        for name, metric in self._metrics.items():
            if name in frame.metrics:
                words = _written(frame.metrics[name], metric.form)
                self.figures[name].setText(f"{words} {metric.unit}".strip())

    def show_state(self, ready: bool, active: bool, paused: bool, done: bool) -> None:
        """Enable and label the buttons for the state of the run."""
        self._run.setText("↻  Restart" if active else "▶  Run")
        self._hold.setText("▶  Resume" if paused else "❚❚  Pause")
        self._run.setEnabled(ready)
        self._step.setEnabled(ready)
        self._hold.setEnabled(active)
        self._end.setEnabled(active)
        if done:
            self._progress.setValue(1000)


def _written(value: Value, form: str) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(text.written(v, form) for v in (value if isinstance(value, list) else [value]))
