"""The control of a text: a line to type in."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCompleter

from gui.panel.controls.base import Control
from gui.panel.controls.field import ValueField
from lab.errors import UserError
from lab.parameters import Field, Options, Text


class TextControl(Control):
    """A line to type in, which offers its examples; Enter takes what was typed, Esc leaves it."""

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__(field, options)
        spec = field.spec
        assert isinstance(spec, Text)
        self._spec = spec
        self._value: str = field.default
        self.line = ValueField()
        self.line.setMaxLength(spec.most)
        self.line.setAccessibleName(spec.label)
        if spec.examples:
            completer = QCompleter(spec.examples, self.line)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            self.line.setCompleter(completer)
        self._rows.addWidget(self._label())
        self._rows.addWidget(self.line)
        self.line.editingFinished.connect(self._typed)
        self.line.abandoned.connect(lambda: self.set(self._value))
        self.line.left.connect(self.line.clearFocus)
        self.set(field.default)

    def set(self, value: Any) -> None:
        self._value = value
        with QSignalBlocker(self.line):
            self.line.setText(value)
            self.line.setCursorPosition(0)

    def _typed(self) -> None:
        if self.line.text() == self._value:
            return
        try:
            value = self._spec.parse(self.field.name, self.line.text(), self._options)
            self._spec.check(self.field.name, value, self._options)
        except UserError as error:
            self.set(self._value)
            self.invalid.emit(str(error))
            return
        changed = value != self._value
        self.set(value)
        if changed:
            self._tell(value)
