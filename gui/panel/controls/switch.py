"""The control of a switch: a check box."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox

from gui.panel.controls.base import Control
from lab.parameters import Field, Options


class SwitchControl(Control):
    """A check box with its label."""

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__(field, options)
        self.box = QCheckBox(field.spec.label)
        self.box.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to the window
        self._rows.addWidget(self.box)
        self.box.setChecked(field.default)
        self.box.toggled.connect(self._tell)

    def set(self, value: Any) -> None:
        with QSignalBlocker(self.box):
            self.box.setChecked(value)
