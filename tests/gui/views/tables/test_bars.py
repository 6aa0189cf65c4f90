"""Bars: their lengths, and what gives way in a small card."""

import numpy as np
import pytest

from gui import theme
from lab import payloads
from tests.gui.pixels import pixels, rgb, where


def test_bars_are_as_long_as_their_values(view):
    payload = payloads.Bars(["a", "b", "c"], {"p": [0.8, 0.4, 0.2]}, low=0, high=1)
    made = view(payloads.Bars, payload)
    drawn = pixels(made)
    lengths = []
    for index in range(3):
        row = made.rect_of(index).toRect()
        left, _, right, _ = where(drawn[row.top() : row.bottom()], rgb(theme.DARK.line(0)))
        lengths.append(right - left)
    assert lengths[0] > 100
    assert lengths[1] / lengths[0] == pytest.approx(0.5, abs=0.02)
    assert lengths[2] / lengths[0] == pytest.approx(0.25, abs=0.02)


def test_bars_below_zero_go_left(view):
    payload = payloads.Bars(["up", "down"], {"w": [0.5, -0.5]}, low=-1, high=1)
    made = view(payloads.Bars, payload)
    up, down = made.bar_of(0, 0), made.bar_of(1, 0)
    assert up.left() == pytest.approx(down.right())
    assert up.width() == pytest.approx(down.width())


def test_bars_beyond_the_axis_and_without_a_value(view):
    payload = payloads.Bars(["a", "b", "c"], {"p": [np.inf, np.nan, -5]}, low=0, high=1)
    made = view(payloads.Bars, payload)
    made.grab()
    assert made.bar_of(1, 0).width() == made.bar_of(2, 0).width() == 0
    assert made.readout(made.rect_of(1).center()) == "b\np: –"


def test_a_thousand_bars_show_what_fits_and_say_so(view):
    names = [f"class {i}" for i in range(1000)]
    made = view(payloads.Bars, payloads.Bars(names, {"p": np.linspace(1, 0, 1000)}))
    made.grab()
    assert 5 < made.shown() < 20
    assert made.rect_of(made.shown() - 1).bottom() < made.height() - 10


def test_in_a_narrow_card_the_values_of_the_first_series_go_before_the_bars(view):
    series = {"hidden": [0.295, 0.468], "whole": [0.393, 0.356]}
    payload = payloads.Bars(["tiger cat", "Egyptian cat"], series)
    roomy, narrow = (view(payloads.Bars, payload, (width, 200)) for width in (400, 190))
    assert (roomy.valued(), narrow.valued()) == (2, 1)
    for made in (roomy, narrow):
        names, values = made.column_widths()
        assert names + values < made.width() - 24
        assert "whole: 0.393" in made.readout(made.rect_of(0).center())
        made.grab()
