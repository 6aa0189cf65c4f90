"""Widgets made from an exhibit's parameters: one control for each, by the kind of its spec."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from gui.panel.control import Control
from gui.panel.several import SeveralControl
from gui.theme import GRID
from lab import parameters
from lab.errors import UserError
from lab.parameters import MANY, Choice, Field, Number, Options, Several, Switch

# Enough places for a slider of 280 px; what lies between can be typed.
PLACES = 200


class NumberControl(Control):
    """A slider for the hand, and the value as text for the exact."""

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__(field, options)
        spec = field.spec
        assert isinstance(spec, Number)
        self._spec = spec
        self._value = field.default
        top = QHBoxLayout()
        top.addWidget(self._label())
        self._text = QLineEdit()
        self._text.setProperty("role", "value")
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._text.setAccessibleName(spec.label)
        top.addWidget(self._text, 1)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, self._places())
        self._slider.setPageStep(max(1, self._places() // 10))
        self._slider.setAccessibleName(spec.label)
        self._rows.addLayout(top)
        self._rows.addWidget(self._slider)
        self._slider.valueChanged.connect(self._slid)
        self._text.editingFinished.connect(self._typed)
        self.set(field.default)

    def set(self, value: Any) -> None:
        self._value = value
        with QSignalBlocker(self._slider), QSignalBlocker(self._text):
            self._slider.setValue(round(self._share(value) * self._places()))
            self._text.setText(self._spec.written(value))

    def _places(self) -> int:
        spec = self._spec
        if spec.log:
            return PLACES
        grain = spec.step or (1 if self.field.type is int else 0)
        return min(round((spec.high - spec.low) / grain), 10_000) if grain else PLACES

    def _share(self, value: float) -> float:
        low, high = self._spec.low, self._spec.high
        if self._spec.log:
            # A range that begins at zero (weight decay) has zero as the slider's first place.
            if value <= 0:
                return 0.0
            low = low or high * 1e-6
            return max(0.0, math.log(value / low) / math.log(high / low))
        return (value - low) / (high - low)

    def _at(self, place: int) -> float:
        low, high = self._spec.low, self._spec.high
        share = place / self._places()
        if self._spec.log:
            if place == 0:
                return low
            low = low or high * 1e-6
            # Two figures are what a hand can set, and what can be read out.
            per = self._spec.per or 1
            value = float(f"{per * low * (high / low) ** share:.2g}") / per
        else:
            value = low + share * (high - low)
        value = min(max(value, self._spec.low), self._spec.high)
        return round(value) if self.field.type is int else round(value, 10)

    def _slid(self, place: int) -> None:
        value = self._at(place)
        if value != self._value:
            self._value = value
            with QSignalBlocker(self._text):
                self._text.setText(self._spec.written(value))
            self._tell(value)

    def _typed(self) -> None:
        text, shown = self._text.text(), self._spec.written(self._value)
        if text == shown:
            return
        if self._spec.per:
            # Of "0.00784 = 2/255" either side may have been changed, or both replaced by one.
            sides = [side.strip() for side in text.split("=")]
            text = next((side for side in sides if side not in shown.split(" = ")), sides[0])
        text = text.removesuffix(self._spec.unit).strip()
        try:
            value = self._spec.parse(self.field.name, text, self._options)
            self._spec.check(self.field.name, value, self._options)
        except UserError as error:
            self.set(self._value)
            self.wrong.emit(str(error))
            return
        self.set(round(value) if self.field.type is int else value)
        self._tell(self._value)


class ChoiceControl(Control):
    """A list to choose from; what the lab has in hand is looked up when the list opens.

    In a long one, such as the thousand classes of ImageNet, one finds a name by typing a part.
    """

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__(field, options)
        self._of = ""
        self._box = _Box(self.refresh)
        self._box.setAccessibleName(field.spec.label)
        self._rows.addWidget(self._label())
        self._rows.addWidget(self._box)
        self._value = field.default
        if not self.whose:
            self.refresh()
        self._box.activated.connect(self._chosen)

    @property
    def whose(self) -> str:
        assert isinstance(self.field.spec, Choice)
        return self.field.spec.of

    def set_whose(self, value: str) -> None:
        self._of = value

    def set(self, value: Any) -> None:
        self._value = value
        self.refresh()

    def refresh(self) -> None:
        """Show what can be chosen now."""
        known = self._known()
        with QSignalBlocker(self._box):
            if known != {self._box.itemData(i): self._box.itemText(i) for i in self._box.places()}:
                self._box.fill(known)
            self._box.setCurrentIndex(list(known).index(self._value))

    def _known(self) -> dict[str, str]:
        offered = self._offered(self._of)
        known = dict(offered)
        if self._value not in known:
            # A file, or a class by its index, is not offered and has a title all the same.
            titled = self._value in offered
            known[self._value] = offered[self._value] if titled else self._value
        return known

    def _chosen(self, index: int) -> None:
        value = self._box.itemData(index)
        if value != self._value:
            self._value = value
            self._tell(value)


class _Box(QComboBox):
    """A combo box that asks for its items when it opens, and leaves the wheel to the page."""

    def __init__(self, refresh: Callable[[], None]) -> None:
        super().__init__()
        self._refresh = refresh
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def places(self) -> range:
        return range(self.count())

    def fill(self, known: Mapping[str, str]) -> None:
        """Offer these, name -> title."""
        self.clear()
        for name, title in known.items():
            self.addItem(title, name)
        many = len(known) > MANY
        if many != self.isEditable():
            self.setEditable(many)
            if many:
                self._search()

    def _search(self) -> None:
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        finder, line = self.completer(), self.lineEdit()
        assert finder is not None, "an editable box has one"
        assert line is not None
        finder.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        finder.setFilterMode(Qt.MatchFlag.MatchContains)
        # What was typed and is no name gives way to what is chosen.
        line.editingFinished.connect(lambda: self.setEditText(self.itemText(self.currentIndex())))

    def showPopup(self) -> None:
        self._refresh()
        super().showPopup()

    def wheelEvent(self, event: Any) -> None:
        event.ignore()


class SwitchControl(Control):
    """A check box."""

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__(field, options)
        self._box = QCheckBox(field.spec.label)
        self._rows.addWidget(self._box)
        self._box.setChecked(field.default)
        self._box.toggled.connect(self._tell)

    def set(self, value: Any) -> None:
        with QSignalBlocker(self._box):
            self._box.setChecked(value)


CONTROLS = {
    Number: NumberControl,
    Choice: ChoiceControl,
    Several: SeveralControl,
    Switch: SwitchControl,
}


class Controls(QWidget):
    """Every parameter of an exhibit, in order. `changed(name, value)` has been checked."""

    changed = Signal(str, object)
    wrong = Signal(str)

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
            control.changed.connect(self.changed)
            control.wrong.connect(self.wrong)
            self._controls[field.name] = control
            column.addWidget(control)

    def show_values(self, values: Any) -> None:
        """Show the values of a parameters dataclass, telling nobody."""
        for name, control in self._controls.items():
            value = getattr(values, name)
            control.setVisible(parameters.applies(values, name))
            whose = getattr(values, control.whose) if control.whose else ""
            # A slider that is drawn must not have a thousand classes compared each time.
            if self._shown.get(name) != (value, whose):
                control.set_whose(whose)
                control.set(value)
                self._shown[name] = value, whose

    def refresh(self) -> None:
        """Look up again what the lab has in hand."""
        for control in self._controls.values():
            control.refresh()
