import subprocess
import sys
from string import Template

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from gui import theme


def contrast(one, other):
    """WCAG 2.2: (lighter + 0.05) / (darker + 0.05) of relative luminances."""

    def luminance(colour):
        channels = [colour.redF(), colour.greenF(), colour.blueF()]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


THEMES = pytest.mark.parametrize("look", [theme.DARK, theme.LIGHT], ids=lambda look: look.name)


@THEMES
@pytest.mark.parametrize("surface", ["side", "window", "card", "field", "selection"])
def test_text_can_be_read_on_every_surface(look, surface):
    for ink in (look.text, look.muted, look.accent):
        assert contrast(ink, getattr(look, surface)) >= 4.5, ink.name()
    assert contrast(look.on_accent, look.accent) >= 4.5
    assert contrast(look.on_accent, look.accent_hover) >= 4.5


@THEMES
def test_lines_and_marks_stand_out_on_a_card(look):
    for colour in (*look.series, look.good, look.bad, look.warning):
        assert contrast(colour, look.card) >= 3, colour.name()
    assert len({colour.name() for colour in look.series}) == len(look.series)


def test_sizes_are_for_a_projector():
    assert theme.BODY >= 15
    assert min(theme.CAPTION, theme.SMALL) >= 13
    assert theme.TITLE > theme.HEADING > theme.CARD > theme.BODY


def test_font_is_the_bundled_one_with_figures_of_one_width(dark):
    font = theme.font(20)
    assert QFontInfo(font).family() == "Inter"
    widths = {QFontMetricsF(font).horizontalAdvance(str(digit)) for digit in range(10)}
    assert len(widths) == 1
    assert QFontInfo(theme.font(20, theme.Weight.DemiBold)).weight() == 600


def test_labels_have_figures_of_one_width_too(dark, qtbot):
    label = QLabel("0")
    qtbot.addWidget(label)
    label.setProperty("role", "figure")
    label.ensurePolished()
    metrics = QFontMetricsF(label.font())
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("0000")


def test_schemes(dark):
    assert theme.apply(dark, "light") is theme.LIGHT is theme.current()
    assert theme.scheme() == "light"
    assert dark.palette().window().color() == theme.LIGHT.window
    assert theme.apply(dark, "dark") is theme.DARK is theme.current()
    assert dark.palette().window().color() == theme.DARK.window


def test_system_follows_the_desktop_and_an_override_does_not(dark):
    # No platform plugin of the tests changes its scheme: the signal is sent by hand.
    changed = dark.styleHints().colorSchemeChanged
    theme.apply(dark, "system")
    changed.emit(Qt.ColorScheme.Light)
    assert theme.current() is theme.LIGHT
    changed.emit(Qt.ColorScheme.Dark)
    assert theme.current() is theme.DARK
    theme.apply(dark, "dark")
    changed.emit(Qt.ColorScheme.Light)
    assert theme.current() is theme.DARK


def test_a_desktop_that_does_not_say_gets_dark(dark):
    assert dark.styleHints().colorScheme() == Qt.ColorScheme.Unknown
    assert theme.apply(dark, "system") is theme.DARK


def test_roles_change_what_a_widget_looks_like(dark, qtbot):
    button = QPushButton("Run")
    qtbot.addWidget(button)
    button.resize(120, 40)
    button.show()
    assert button.grab().toImage().pixelColor(8, 20) == theme.DARK.field
    theme.set_role(button, "primary")
    assert button.grab().toImage().pixelColor(8, 20) == theme.DARK.accent


def test_style_sheet_has_every_placeholder_filled(dark):
    sheet = dark.styleSheet()
    assert not list(Template(sheet).pattern.finditer(sheet))
    icons = {part.split('"')[0] for part in sheet.split('url("')[1:]}
    assert icons
    for icon in icons:
        with open(icon, encoding="utf-8") as file:
            assert file.read().startswith("<svg")


def test_no_rule_is_unknown_to_qt(dark, capfd):
    theme.apply(dark, "light")
    assert "Could not parse" not in capfd.readouterr().err
    assert "Unknown property" not in capfd.readouterr().err


def test_importing_the_theme_the_views_and_the_window_stays_cheap():
    code = (
        "import sys, gui.theme; assert 'numpy' not in sys.modules;"
        "import gui.window.app, gui.views;"
        "assert not {'torch', 'pyqtgraph', 'cv2', 'PySide6.QtSvg'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_application_has_one_follower(dark):
    before = len(dark.children())
    theme.apply(dark, "dark")
    theme.apply(dark, "light")
    assert len(dark.children()) == before
    assert isinstance(dark, QApplication)
