"""The menu of a plot: its axes, and how to take it along."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from gui.views.plots import saving

if TYPE_CHECKING:
    from gui.views.plots.plot import PlotView


def make(view: PlotView) -> QMenu:
    """The menu; it goes for good when it is closed."""
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    on = {"toggle_log_x": view.log_x, "toggle_log_y": view.log_y}
    for key in view.letters():
        # The letter stands in the column of shortcuts and is none: it acts where the focus is.
        action = menu.addAction(f"{key.text}\t{key.key}", getattr(view, key.method))
        action.setCheckable(key.method in on)
        action.setChecked(on.get(key.method, False))
    for verb, act in (("Copy as {}", saving.copy), ("Save as {}…", saving.save)):
        menu.addSeparator()
        for form in saving.FORMS:
            menu.addAction(verb.format(form), partial(act, view, form))
    return menu
