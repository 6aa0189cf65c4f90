"""The look: one palette, one type scale, one grid, in a dark and a light scheme.

`apply` themes the whole application (Fusion, a QPalette, one style sheet); no widget has a style
sheet of its own. A widget chooses its rules by the dynamic property "role", e.g.
``label.setProperty("role", "caption")``; the roles are listed in resources/theme.qss. A widget
that paints itself reads `current()` in its paint event, and drops cached drawings on
QEvent.Type.StyleChange.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

import resources

Scheme = Literal["system", "light", "dark"]

# The grid, in pixels: every margin and gap is a multiple of GRID, or half of it.
GRID = 8
RADIUS = 8

# The type scale, in pixels. SMALL is the smallest size that can be read from the back row.
TITLE = 30
HEADING = 20
CARD = 18
BODY = 16
CAPTION = 14
SMALL = 13

FAMILY = "Inter"
Weight = QFont.Weight


@dataclass(frozen=True)
class Theme:
    """The colours of one scheme, named by their use.

    side: the side bars; window: behind the cards; card: a card; field: an input; border: lines
    around fields; grid: the lines behind a plot; groove: the empty part of a slider or bar;
    selection: behind a selected row. text, muted: body and secondary text, contrast at least 4.5:1
    on every surface; on_accent: text on accent. good, bad, warning: marks, always with a sign
    beside the colour; knob: a slider's handle. series: Okabe-Ito colours of lines and bars, in
    order, contrast at least 3:1 on a card.
    """

    name: Literal["light", "dark"]
    side: QColor
    window: QColor
    card: QColor
    field: QColor
    border: QColor
    grid: QColor
    groove: QColor
    selection: QColor
    text: QColor
    muted: QColor
    accent: QColor
    accent_hover: QColor
    on_accent: QColor
    good: QColor
    bad: QColor
    warning: QColor
    knob: QColor
    series: tuple[QColor, ...]

    def line(self, index: int) -> QColor:
        """The colour of a series by its index; colours repeat after the last."""
        return self.series[index % len(self.series)]


def _colours(names: str) -> tuple[QColor, ...]:
    return tuple(QColor(name) for name in names.split())


DARK = Theme(
    "dark",
    side=QColor("#0f1216"),
    window=QColor("#14171c"),
    card=QColor("#1c2027"),
    field=QColor("#1c2027"),
    border=QColor("#2b313b"),
    grid=QColor("#2b313b"),
    groove=QColor("#2b313b"),
    selection=QColor("#22313d"),
    text=QColor("#eef1f5"),
    muted=QColor("#9aa5b4"),
    accent=QColor("#56b4e9"),
    accent_hover=QColor("#7cc6ef"),
    on_accent=QColor("#0f1216"),
    good=QColor("#009e73"),
    bad=QColor("#d55e00"),
    warning=QColor("#e69f00"),
    knob=QColor("#eef1f5"),
    # Sky blue, orange, bluish green, reddish purple, yellow, vermillion, blue.
    series=_colours("#56b4e9 #e69f00 #009e73 #cc79a7 #f0e442 #d55e00 #0072b2"),
)
LIGHT = Theme(
    "light",
    side=QColor("#e9edf2"),
    window=QColor("#f4f6f9"),
    card=QColor("#ffffff"),
    field=QColor("#ffffff"),
    border=QColor("#c9d0da"),
    grid=QColor("#e4e8ee"),
    groove=QColor("#d3d9e2"),
    selection=QColor("#d5e8f5"),
    text=QColor("#14171c"),
    muted=QColor("#4d5663"),
    accent=QColor("#00639b"),
    accent_hover=QColor("#0072b2"),
    on_accent=QColor("#ffffff"),
    good=QColor("#008562"),
    bad=QColor("#c24d00"),
    warning=QColor("#b36b00"),
    knob=QColor("#ffffff"),
    # The same hues. Sky blue, orange and yellow are too pale on white: blue comes first, and the
    # others are darker.
    series=_colours("#0072b2 #d55e00 #009e73 #b5578a #8a6d00 #3a8fc2 #14171c"),
)

_current = DARK
_scheme: Scheme = "system"


def current() -> Theme:
    """The theme in use; dark before the first `apply`."""
    return _current


def scheme() -> Scheme:
    """The scheme that `apply` was last called with."""
    return _scheme


def apply(app: QApplication, scheme: Scheme = "system") -> Theme:
    """Theme the application; with "system", follow the desktop's colour scheme from now on.

    Where the desktop does not tell its scheme, the dark one is used. Every widget receives
    StyleChange.
    """
    global _scheme
    _scheme = scheme
    hints = app.styleHints()
    if not app.property("theme"):
        _load_fonts()
        app.setStyle("Fusion")
        hints.colorSchemeChanged.connect(_Follower(app).follow)
    # Asking the platform too lets window frames and native dialogs match.
    wanted = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light}
    hints.setColorScheme(wanted.get(scheme, Qt.ColorScheme.Dark))
    light = scheme == "light" or (
        scheme == "system" and hints.colorScheme() == Qt.ColorScheme.Light
    )
    _use(app, LIGHT if light else DARK)
    return _current


class _Follower(QObject):
    """Applies the desktop's colour scheme when it changes; lives as long as the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app

    def follow(self, found: Qt.ColorScheme) -> None:
        """Apply the scheme that the desktop has now."""
        if _scheme == "system":
            _use(self._app, LIGHT if found == Qt.ColorScheme.Light else DARK)


def _use(app: QApplication, theme: Theme) -> None:
    global _current
    if app.property("theme") == theme.name:
        return
    app.setProperty("theme", theme.name)
    _current = theme
    app.setFont(font())
    app.setPalette(_palette(theme))
    app.setStyleSheet(_style_sheet(theme))


def _load_fonts() -> None:
    for file in sorted((Path(resources.__file__).parent / "fonts").glob("*.otf")):
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            raise RuntimeError(f"{file.name} is no font: install Glassbox again")


@cache
def font(pixels: int = BODY, weight: QFont.Weight = Weight.Normal) -> QFont:
    """Inter with tabular figures, so that a changing number keeps its width."""
    result = QFont(FAMILY)
    result.setPixelSize(pixels)
    result.setWeight(weight)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def set_role(widget: QWidget, role: str) -> None:
    """Set a widget's role in the style sheet, also after it was shown."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    Role, Group = QPalette.ColorRole, QPalette.ColorGroup
    colours = {
        Role.Window: theme.window,
        Role.WindowText: theme.text,
        Role.Base: theme.field,
        Role.AlternateBase: theme.card,
        Role.Text: theme.text,
        Role.PlaceholderText: theme.muted,
        Role.Button: theme.field,
        Role.ButtonText: theme.text,
        Role.ToolTipBase: theme.side,
        Role.ToolTipText: theme.text,
        Role.Highlight: theme.accent,
        Role.HighlightedText: theme.on_accent,
        Role.Link: theme.accent,
        Role.Mid: theme.border,
    }
    for role, colour in colours.items():
        palette.setColor(role, colour)
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        palette.setColor(Group.Disabled, role, theme.muted)
    return palette


def _style_sheet(theme: Theme) -> str:
    """resources/theme.qss with this theme's colours, sizes and icons filled in."""
    folder = Path(resources.__file__).parent
    values: dict[str, str | int] = {
        item.name: getattr(theme, item.name).name()
        for item in fields(theme)
        if isinstance(getattr(theme, item.name), QColor)
    }
    values |= {"title_px": TITLE, "heading_px": HEADING, "card_px": CARD, "body_px": BODY}
    values |= {"caption_px": CAPTION, "small_px": SMALL, "radius": RADIUS}
    values |= {"icons": (folder / "icons").as_posix(), "name": theme.name}
    return Template((folder / "theme.qss").read_text(encoding="utf-8")).substitute(values)
