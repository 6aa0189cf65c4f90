"""A surface lies the right way up, under its paths."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from gui import theme
from gui.views.plots import contours
from lab import payloads
from tests.gui.pixels import pixels


def test_surface_has_low_y_at_the_bottom_and_keeps_uneven_samples_in_place(view):
    z = [[0, 0, 0], [0, 0, 1]]
    made = view(payloads.Surface, payloads.Surface([0, 1, 10], [0, 1], z))
    plan, drawn = made.plan(), pixels(made)

    def colour(x, y):
        return tuple(drawn[int(plan.down(y)), int(plan.across(x))])

    assert colour(9, 1.2) == (253, 231, 37)
    assert colour(9, -0.2) == colour(1, 1.2) == (68, 1, 84)
    assert made.readout(QPointF(plan.across(9), plan.down(1.2))) == "step 10, loss 1: 1"


def test_a_path_lies_over_the_heat_in_its_colour_with_a_gap_and_a_mark_at_its_end(view):
    axis = np.arange(11)
    paths = {
        "first": ([1, 5], [2, 2]),
        "descent": ([1, 3, np.nan, 7, 9], [8, 8, np.nan, 8, 8]),
        "none": ([np.nan], [np.nan]),
    }
    made = view(payloads.Surface, payloads.Surface(axis, axis, np.zeros((11, 11)), paths))
    plan, drawn, look = made.plan(), pixels(made), theme.current()
    assert [entry.name for entry in made.entries()] == list(paths)

    def colour(x, y, down=0):
        return tuple(drawn[int(plan.down(y)) + down, int(plan.across(x))])

    for index, (x, y) in enumerate([(3, 2), (2, 8)]):
        wanted = look.line(index)
        assert np.abs(np.subtract(colour(x, y), wanted.getRgb()[:3])).max() < 40
    assert colour(5, 8) == (68, 1, 84)
    # The mark at the end is thicker than the line.
    assert colour(9, 8, 4) == colour(9, 8)
    assert colour(8, 8, 4) != colour(8, 8)


def colours(made, *places):
    plan, drawn = made.plan(), pixels(made)
    return [tuple(drawn[int(plan.down(y)), int(plan.across(x))]) for x, y in places]


def test_two_surfaces_of_one_scale_have_one_colour_for_one_value_and_are_cut_at_its_ends(view):
    axis = [0, 1, 2]
    places = [(x, 0.4) for x in axis]
    low, middle, high = colours(
        view(payloads.Surface, payloads.Surface(axis, [0, 1], [[0, 5, 10]] * 2)), *places
    )
    made = view(
        payloads.Surface, payloads.Surface(axis, [0, 1], [[-9, 5, np.inf]] * 2, low=0, high=10)
    )
    assert colours(made, *places) == [low, middle, high]
    plan = made.plan()
    assert made.readout(QPointF(plan.across(0), plan.down(0))).endswith(": −9")


def test_a_logarithmic_surface_goes_by_decades_and_leaves_out_what_is_not_above_zero(view):
    axis = [0, 1, 2, 3]
    places = [(x, 0.4) for x in axis]
    plain = payloads.Surface(axis, [0, 1], [[0, 1, 2, np.nan]] * 2)
    log = payloads.Surface(axis, [0, 1], [[0.1, 1, 10, 0]] * 2, log=True)
    assert colours(view(payloads.Surface, log), *places) == colours(
        view(payloads.Surface, plain), *places
    )


def test_the_contours_of_a_logarithmic_scale_are_at_round_numbers():
    found = contours.log_levels(0.07, 30)
    assert found == pytest.approx([0.1, 0.2, 0.5, 1, 2, 5, 10, 20])
    assert contours.log_levels(0.5, 2e4) == pytest.approx([1, 10, 100, 1000, 1e4])
    assert not len(contours.log_levels(0.0, 1))
