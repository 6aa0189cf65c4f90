"""The head of a panel: title, run buttons, progress, status and metrics."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from gui.theme import GRID, set_role
from gui.views import text
from gui.widgets import Line, button, label, sign_button
from lab.catalog import Entry
from lab.exhibit import Frame, Metric, Value
from lab.system.clock import Remaining

NOTHING = "–"
# Pixels that "epoch 2 of 6   93 steps a second  about 1 min 20 s left" needs.
LEAST_STATUS = 48 * GRID
# Below so many pixels the buttons show their signs alone, and the title has the room.
LEAST_WORDS = 100 * GRID
# The least width of a metric with its value, in pixels.
FIGURE = 20 * GRID


class Figure(QWidget):
    """A metric's name and value."""

    def __init__(self, metric: Metric) -> None:
        super().__init__()
        self._metric = metric
        self._most = FIGURE
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self.name = label(metric.label, "caption")
        self.value = label(NOTHING, "figure")
        row.addWidget(self.name)
        row.addWidget(self.value)

    def show_value(self, value: Value) -> None:
        """Show a value; a list of numbers with commas between them."""
        numbers = value if isinstance(value, list) else [value]
        written = [v if isinstance(v, str) else text.written(v, self._metric.form) for v in numbers]
        self.value.setText(f"{', '.join(written)} {self._metric.unit}".strip())
        self._row.activate()

    def width_needed(self) -> int:
        """The most pixels that the name and a value needed so far."""
        now = self.name.sizeHint().width() + GRID + self.value.sizeHint().width()
        self._most = max(self._most, now)
        return self._most


class Header(QWidget):
    """Signals tell which button was pressed; `exhibits`: the one for the list of exhibits."""

    exhibits = Signal()
    run = Signal()
    hold = Signal()
    step = Signal()
    end = Signal()

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(label(entry.title, "title"))
        self._summary = Line(entry.summary, "subtitle")
        words.addWidget(self._summary)
        self.menu = button("☰", "plain", "Choose an exhibit", self.exhibits.emit)
        self.menu.setAccessibleName("Exhibits")
        self.menu.hide()
        head.addWidget(self.menu, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        self._run = sign_button("▶  Run", "primary", "Run from the start (Ctrl+R)", self.run.emit)
        self._hold = sign_button("❚❚  Pause", "plain", "Pause or resume (Space)", self.hold.emit)
        self._step = sign_button("▷|  Step", "plain", "One step (.)", self.step.emit)
        stop = "Stop; Resume goes on (Ctrl+.)"
        self._end = sign_button("■  Stop", "plain", stop, self.end.emit)
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
        self.left = label("", "caption")
        told = QHBoxLayout()
        told.setSpacing(2 * GRID)
        told.addWidget(self.status, 1)
        told.addWidget(self.left)
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(0)
        self._lines.addLayout(told, 0, 0)
        self._lines.addLayout(self._grid, 0, 1, Qt.AlignmentFlag.AlignRight)
        column.addLayout(self._lines)
        self.figures: dict[str, Figure] = {}
        self._arranged = False, 0
        self._remaining = Remaining()

    def install(self, metrics: Sequence[Metric]) -> None:
        """Add the exhibit's metrics, without values yet."""
        for metric in metrics:
            if metric.shown:
                self.figures[metric.name] = Figure(metric)
        self.status.setText("")
        self._arrange()

    def fit(self, listed: bool, low: bool) -> None:
        """listed: whether the exhibits are listed elsewhere; low: whether height is short."""
        self.menu.setVisible(not listed)
        self._summary.setVisible(not low)

    def minimumSizeHint(self) -> QSize:
        # In rows of their own the metrics fit into any width.
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for made in (self._run, self._hold, self._step, self._end):
            made.shorten(self.width() < LEAST_WORDS)
        self._arrange()

    def _arrange(self) -> None:
        """Put the metrics beside the status, or below it, in as many rows as they need."""
        figures = list(self.figures.values())
        if not figures:
            return
        widths = [figure.width_needed() for figure in figures]
        gap = 2 * GRID if self.width() < 100 * GRID else 4 * GRID
        below = self.width() < LEAST_STATUS + sum(widths) + gap * len(widths)
        fit = max(1, (self.width() + gap) // (max(widths) + gap)) if below else len(widths)
        across = math.ceil(len(widths) / math.ceil(len(widths) / fit))  # rows of equal length
        self._grid.setHorizontalSpacing(gap)
        if self._arranged == (below, across):
            return
        self._arranged = below, across
        for index, figure in enumerate(figures):
            self._grid.addWidget(figure, *divmod(index, across))
        self._lines.removeItem(self._grid)
        place = (1, 0, 1, 2) if below else (0, 1, 1, 1)
        self._lines.addLayout(self._grid, *place, Qt.AlignmentFlag.AlignRight)

    def clear(self) -> None:
        """Show no values and no progress: a new run has begun."""
        self._remaining.restart()
        self._progress.setValue(0)
        for figure in self.figures.values():
            figure.value.setText(NOTHING)

    def show_status(self, words: str) -> None:
        """Show a status line until a frame brings another one."""
        self.status.setText(words)

    def show_frame(self, frame: Frame) -> None:
        """Show the status, progress and metrics that `frame` has, and how much is left."""
        if frame.status is not None:
            self.status.setText(frame.status)
        if frame.progress is not None:
            self._progress.setValue(round(1000 * frame.progress))
        self._remaining.update(frame.progress)
        self.left.setText(self._remaining.words)
        for name, figure in self.figures.items():
            if name in frame.metrics:
                figure.show_value(frame.metrics[name])
        self._arrange()
        if frame.metrics.keys() & self.figures.keys():
            # A grid that is aligned to the right otherwise keeps the width of the first values.
            for figure in self.figures.values():
                figure.updateGeometry()
            for layout in (self._grid, self._lines, self._column):
                layout.invalidate()
            self._column.activate()

    def show_state(
        self, ready: bool, activity: str, by_itself: bool, resumable: bool, done: bool
    ) -> None:
        """Enable and label the buttons. activity: of the run, "running", "paused" or "stopped".

        resumable: whether a stopped run can go on. While one goes on that did not begin by itself,
        the button that stands out is the one that holds it, not the one that throws it away.
        """
        active, stopped = activity in ("running", "paused"), activity == "stopped"
        self._run.setText("↻  Restart" if active else "▶  Run")
        self._hold.setText("❚❚  Pause" if activity in ("running", "") else "▶  Resume")
        self._run.setEnabled(ready)
        self._step.setEnabled(ready and (resumable or not stopped))
        self._hold.setEnabled(active or (stopped and resumable))
        self._end.setEnabled(active)
        self._remaining.hold(activity == "paused")
        if not active:
            self.left.clear()
        held = active and not by_itself
        for made, stands_out in ((self._run, not held), (self._hold, held)):
            role = "primary" if stands_out else "plain"
            if made.property("role") != role:
                set_role(made, role)
        if done:
            self._progress.setValue(1000)
