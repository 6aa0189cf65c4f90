"""The context menu of a plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget


@dataclass(frozen=True)
class Entry:
    """An entry. key: the letter that does the same; checked: whether it is on, None for no switch.

    The letter is only shown as a shortcut: the plot that has the focus takes it.
    """

    text: str
    act: Callable[[], object]
    key: str = ""
    checked: bool | None = None


def make(parent: QWidget, groups: Sequence[Sequence[Entry]]) -> QMenu:
    """The menu, a line between its groups; it is deleted when it is closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for group in groups:
        menu.addSeparator()
        for entry in group:
            action = menu.addAction("\t".join(filter(None, (entry.text, entry.key))))
            action.triggered.connect(lambda _=False, act=entry.act: act())
            action.setCheckable(entry.checked is not None)
            action.setChecked(bool(entry.checked))
    return menu
