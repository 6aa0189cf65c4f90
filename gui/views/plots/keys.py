"""The keys of a plot that has the focus, and what the mouse does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """A letter, its name in the menu and on the sheet of keys, and the plot's method."""

    key: str
    text: str
    method: str


KEYS = (
    Key("L", "Logarithmic y axis", "toggle_log_y"),
    Key("X", "Logarithmic x axis", "toggle_log_x"),
    Key("A", "See all", "see_all"),
)
# The mouse, on the sheet of keys.
MOUSE = (
    ("Wheel", "Zoom; over the figures of an axis, that axis alone"),
    ("Drag", "Move"),
    ("Double click", "See all"),
    ("Right click", "Copy or save as PNG, SVG or CSV"),
    ("Click", "Let it take the keys below"),
)
