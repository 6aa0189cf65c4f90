"""The base of all controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.theme import GRID
from gui.widgets import label
from lab.errors import NotYet, UserError
from lab.parameters import Choice, Field, Options, asked_of


class Control(QWidget):
    """The control of a parameter.

    `changed`: its name and its new, valid value. `invalid`: why what was entered is not valid.
    """

    changed = Signal(str, object)
    invalid = Signal(str)

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__()
        self.field = field
        self._options = options
        self._waits = False
        self.setToolTip(f"{field.spec.help}\n--set {field.name}=…".strip())
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(GRID // 2)

    def set(self, value: Any) -> None:
        """Show a value, without emitting `changed`."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Update what can be chosen."""

    @property
    def depends_on(self) -> str:
        """The parameter that decides what can be chosen; empty for none."""
        return ""

    def set_dependency(self, value: str) -> None:
        """Set the value of the parameter that this one depends on."""

    def _offered(self, of: str) -> Mapping[str, str]:
        """What can be chosen now, where that depends on the value `of` of another parameter.

        Nothing while its network is being looked into: it is enabled again, and refreshed, then.
        """
        assert isinstance(self.field.spec, Choice)
        waits, offered = False, None
        try:
            offered = self.field.spec.available(asked_of(self._options, of))
        except NotYet:
            waits = True
        except UserError:  # a model that is gone: the run will say so
            pass
        if waits or self._waits:
            self.setEnabled(not waits)
        self._waits = waits
        return offered if offered is not None else {}

    def _label(self) -> QLabel:
        return label(self.field.spec.label, "label")

    def _tell(self, value: Any) -> None:
        self.changed.emit(self.field.name, value)


def title_of(name: str, offered: Mapping[str, str]) -> str:
    """The title of what is offered or could be; the name itself where there is none."""
    try:
        # Not get(): some titles are made when they are asked for.
        return offered[name] if name in offered else name  # noqa: SIM401
    except (KeyError, UserError):
        return name
