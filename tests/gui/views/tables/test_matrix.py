"""A matrix: its cells' colours and numbers."""

import numpy as np
import pytest

from lab import payloads
from tests.gui.pixels import pixels
from tests.gui.samples import SAMPLES


def test_matrix_cells_have_the_colour_of_their_number(view):
    # Colours of viridis at 0, 1/3, 2/3, 1 as matplotlib gives them.
    expected = [(68, 1, 84), (49, 104, 142), (53, 183, 121), (253, 231, 37)]
    made = view(payloads.Matrix, payloads.Matrix([[0, 1], [2, 3]]))
    drawn = pixels(made)
    for (row, column), colour in zip(np.ndindex(2, 2), expected, strict=True):
        cell = made.cell_of(row, column)
        assert cell.width() == cell.height() == int(cell.width())
        centre = drawn[int(cell.center().y()), int(cell.center().x())]
        assert np.abs(centre.astype(int) - colour).max() <= 1


def test_matrix_says_what_is_under_the_mouse(view):
    made = view(payloads.Matrix, SAMPLES[payloads.Matrix], x="predicted", y="true")
    assert made.readout(made.cell_of(2, 1).center()) == "true r2, predicted b: 9"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 7.0])
def test_matrix_of_one_odd_number(value, view):
    payload = payloads.Matrix(np.full((2, 3), value), annotate=".2f")
    view(payloads.Matrix, payload).grab()


@pytest.mark.parametrize("largest", [9, 100, 1000, 54321])
def test_a_larger_number_makes_all_figures_smaller_and_takes_none_away(view, largest):
    values = np.full((4, 4), 7.0)
    values[2, 2] = largest
    made = view(payloads.Matrix, payloads.Matrix(values, annotate=".0f"), (500, 300))
    cell = made.cell_of(0, 0).adjusted(2, 2, -2, -2).toRect()
    drawn = pixels(made)[cell.top() : cell.bottom(), cell.left() : cell.right()]
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 1


def test_it_fits_while_its_figures_can_be_read(view):
    made = view(payloads.Matrix, payloads.Matrix(np.eye(10) * 100, annotate=".0f"), (500, 400))
    assert made.fits(500, 400)
    assert not made.fits(300, 240)
