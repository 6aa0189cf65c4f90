"""What the controls of all kinds of parameters have in common."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.theme import GRID
from gui.widgets import label
from lab.parameters import Field, Options


class Control(QWidget):
    """A parameter's control. `changed` tells a new value that has been checked."""

    changed = Signal(str, object)
    wrong = Signal(str)

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__()
        self.field = field
        self._options = options
        self.setToolTip(f"{field.spec.help}\n--set {field.name}=…".strip())
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(GRID // 2)

    def set(self, value: Any) -> None:
        """Show a value without telling of it."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Look up again what can be chosen."""

    @property
    def whose(self) -> str:
        """The parameter whose value decides what can be chosen; empty if none does."""
        return ""

    def set_whose(self, value: str) -> None:
        """Offer what that other parameter's value has."""

    def _label(self) -> QLabel:
        return label(self.field.spec.label, "label")

    def _tell(self, text_or_value: Any) -> None:
        self.changed.emit(self.field.name, text_or_value)
