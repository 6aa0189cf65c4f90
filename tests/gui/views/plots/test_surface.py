"""A surface lies the right way up, under its paths."""

import numpy as np
from PySide6.QtCore import QPointF

from gui import theme
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
