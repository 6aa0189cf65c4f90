"""The control of a number: a slider, and a field for the exact value."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider

from gui.panel.controls.base import Control
from gui.panel.controls.field import ValueField
from lab.errors import UserError
from lab.parameters import Field, Number, Options

# Positions of the slider, which is 280 px long. Values between them can be typed.
PLACES = 200


class NumberControl(Control):
    """A slider, and the value as text that can be edited."""

    def __init__(self, field: Field, options: Options | None) -> None:
        super().__init__(field, options)
        spec = field.spec
        assert isinstance(spec, Number)
        self._spec = spec
        self._value = field.default
        top = QHBoxLayout()
        top.addWidget(self._label())
        self.text = ValueField()
        self.text.setProperty("role", "value")
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.text.setAccessibleName(spec.label)
        top.addWidget(self.text, 1)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, self._places())
        self.slider.setPageStep(max(1, self._places() // 10))
        self.slider.setAccessibleName(spec.label)
        self._rows.addLayout(top)
        self._rows.addWidget(self.slider)
        self.slider.valueChanged.connect(self._slid)
        self.text.editingFinished.connect(self._typed)
        self.text.abandoned.connect(lambda: self.set(self._value))
        # The slider takes arrows alone, and the next Tab goes on from here.
        self.text.left.connect(lambda: self.slider.setFocus(Qt.FocusReason.OtherFocusReason))
        self.set(field.default)

    def set(self, value: Any) -> None:
        self._value = value
        with QSignalBlocker(self.slider), QSignalBlocker(self.text):
            self.slider.setValue(round(self._share(value) * self._places()))
            self.text.setText(self._spec.written(value))

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
            with QSignalBlocker(self.text):
                self.text.setText(self._spec.written(value))
            self._tell(value)

    def _typed(self) -> None:
        text, shown = self.text.text(), self._spec.written(self._value)
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
            self.invalid.emit(str(error))
            return
        self.set(round(value) if self.field.type is int else value)
        self._tell(self._value)
