"""The column at the right of a panel: controls, actions, caption, and ways to share the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.panel.controls import Controls
from gui.panel.controls.number import NumberControl
from gui.theme import GRID
from gui.widgets import button, label
from lab.exhibit import Exhibit
from lab.parameters import Field, Number, Options

SEED = Field("seed", int, 0, Number("Seed", 0, 9999, help="The same seed gives the same results."))


class ControlColumn(QWidget):
    """The controls and what stands with them.

    `changed`: a parameter's name and its new value. `reseeded`: the new seed. `invalid`: why a
    value is not valid. `asked`: the name of an action. `handed`: a Handover. `reset`: everything is
    to be at its default.
    """

    changed = Signal(str, object)
    reseeded = Signal(int)
    invalid = Signal(str)
    asked = Signal(str)
    handed = Signal(object)
    reset = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.controls: Controls | None = None
        self.asking: dict[str, QPushButton] = {}
        self._seed: NumberControl | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * GRID, 3 * GRID, GRID, 2 * GRID)
        self._column.setSpacing(2 * GRID)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 3 * GRID, 0)
        head.addWidget(label("Controls", "heading"), 1)
        self.defaults = button("Reset to defaults", "link", "", self.reset.emit)
        kept = self.defaults.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.defaults.setSizePolicy(kept)
        self.defaults.hide()
        head.addWidget(self.defaults)
        self._column.addLayout(head)
        self._column.addStretch(1)

    def install(
        self,
        exhibit: Exhibit,
        options: Options,
        links: Sequence[tuple[str, str, Callable[[], None]]],
        slots: QWidget | None = None,
    ) -> None:
        """Controls for the exhibit's parameters, its actions and its caption.

        links: (text, tooltip, function) of the buttons that share the run. slots: stand at the top.
        """
        self._column.takeAt(1)
        self.controls = Controls(exhibit.parameters, options)
        self.controls.changed.connect(self.changed)
        self.controls.invalid.connect(self.invalid)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 2 * GRID, 0)
        column.setSpacing(2 * GRID)
        if slots is not None:
            column.addWidget(slots)
        column.addWidget(self.controls)
        if exhibit.seeded:
            self._seed = NumberControl(SEED, None)
            self._seed.changed.connect(lambda _, value: self.reseeded.emit(value))
            self._seed.invalid.connect(self.invalid)
            column.addWidget(self._seed)
        for action in exhibit.actions:
            ask = partial(self.asked.emit, action.name)
            self.asking[action.name] = button(action.label, "plain", action.help, ask)
            self.asking[action.name].setEnabled(False)
            column.addWidget(self.asking[action.name])
        for handover in exhibit.handovers:
            hand = partial(self.handed.emit, handover)
            column.addWidget(button(handover.label, "plain", handover.help, hand))
        shares = QGridLayout()
        shares.setHorizontalSpacing(GRID)
        shares.setVerticalSpacing(0)
        for place, (text, tip, pressed) in enumerate(links):
            made = button(text, "link", tip, pressed)
            shares.addWidget(made, *divmod(place, 2), Qt.AlignmentFlag.AlignLeft)
        shares.setColumnStretch(1, 1)
        column.addLayout(shares)
        column.addWidget(_caption(exhibit))
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._column.addWidget(scroll, 1)

    def show_values(self, values: object, seed: int, changed: int = 0) -> None:
        """Show values without emitting signals. changed: how many are not at their default."""
        if self.controls is not None:
            self.controls.show_values(values)
        if self._seed is not None:
            self._seed.set(seed)
        self.defaults.setVisible(changed > 0)
        self.defaults.setToolTip(f"Not at the default now: {changed}")

    def show_actions(self, possible: bool) -> None:
        """Enable the actions where there is a run to ask."""
        for made in self.asking.values():
            made.setEnabled(possible)

    def refresh(self) -> None:
        """Update the lists of what can be chosen."""
        if self.controls is not None:
            self.controls.refresh()


def _caption(exhibit: Exhibit) -> QFrame:
    note = QFrame()
    note.setProperty("role", "card")
    words = QVBoxLayout(note)
    words.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
    words.addWidget(label("What to look at", "card-title"))
    words.addWidget(label(exhibit.caption, "body", wrap=True))
    words.addWidget(label(exhibit.source, "caption", wrap=True))
    return note
