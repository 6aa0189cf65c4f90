"""The controls of all parameters of an exhibit."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.panel.controls.base import Control
from gui.panel.controls.choice import ChoiceControl
from gui.panel.controls.number import NumberControl
from gui.panel.controls.several import SeveralControl
from gui.panel.controls.switch import SwitchControl
from gui.panel.controls.text import TextControl
from gui.theme import GRID
from lab import parameters
from lab.parameters import Choice, Number, Options, Several, Switch, Text

CONTROLS = {
    Number: NumberControl,
    Choice: ChoiceControl,
    Several: SeveralControl,
    Switch: SwitchControl,
    Text: TextControl,
}


class Controls(QWidget):
    """A control for each parameter, in order; `controls[name]` is one of them.

    `changed`: a parameter's name and its new, valid value. `invalid`: why a value is not valid.
    """

    changed = Signal(str, object)
    invalid = Signal(str)

    def __init__(self, kind: type, options: Options | None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID)
        self._controls: dict[str, Control] = {}
        self._shown: dict[str, tuple[Any, str]] = {}
        for field in parameters.describe(kind):
            if isinstance(field.spec, Number) and field.spec.pointed:
                continue
            control = CONTROLS[type(field.spec)](field, options)
            control.changed.connect(self._change)
            control.invalid.connect(self.invalid)
            self._controls[field.name] = control
            column.addWidget(control)

    def _change(self, name: str, value: object) -> None:
        # If the panel refuses the value, `show_values` has to set the old one again.
        self._shown.pop(name, None)
        self.changed.emit(name, value)

    def __getitem__(self, name: str) -> Control:
        """The control of a parameter."""
        return self._controls[name]

    def on_screen(self) -> list[str]:
        """The names of the parameters whose controls are shown: those that have an effect now."""
        return [name for name, control in self._controls.items() if control.isVisible()]

    def show_values(self, values: Any) -> None:
        """Show the values of a parameters dataclass, without emitting `changed`."""
        for name, control in self._controls.items():
            value = getattr(values, name)
            control.setVisible(parameters.applies(values, name))
            of = getattr(values, control.depends_on) if control.depends_on else ""
            # While a slider is dragged, lists of a thousand classes must not be compared each time.
            if self._shown.get(name) != (value, of):
                control.set_dependency(of)
                control.set(value)
                self._shown[name] = value, of

    def refresh(self) -> None:
        """Update the lists of what can be chosen."""
        for control in self._controls.values():
            control.refresh()
