"""The keys of a graph with modules that has the focus, and what the mouse does."""

from __future__ import annotations

from gui.views.plots.keys import Key

KEYS = (
    Key("O", "Open all modules", "open_all"),
    Key("F", "Fold all modules", "fold_all"),
    Key("A", "As at first: open as much as can be read", "as_at_first"),
)
MOUSE = (
    ("Click", "Open a folded module; on the name of an open one, fold it"),
    ("Double click", "The same for all modules in it; beside the boxes, for all"),
    ("Wheel", "Scroll; with Ctrl, zoom"),
    ("+, −", "Zoom"),
    ("Drag", "Move"),
    ("Arrows, Enter", "Go from box to box; open or fold the module"),
    ("Right click", "Copy or save as PNG or SVG"),
)
