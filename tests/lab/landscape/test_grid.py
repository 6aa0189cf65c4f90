import numpy as np
import pytest

from lab.landscape.grid import filled, passes


@pytest.mark.parametrize("side", [9, 13, 25])
def test_every_point_comes_once_and_the_first_pass_has_the_edges_and_the_middle(side):
    found = passes(side, side)
    cells = [cell for one in found for cell in one]
    assert len(cells) == len(set(cells)) == side**2
    last = side - 1
    assert {(0, 0), (0, last), (last, 0), (last, last)} <= set(found[0])
    assert ((last // 2, last // 2) in found[0]) == (last // 2 % 4 == 0)


def test_gaps_are_interpolated_between_the_points_of_a_coarser_pass():
    x, y = np.meshgrid(np.arange(9.0), np.arange(9.0))
    plane = 2 * x - 3 * y + 1
    values = np.full((9, 9), np.nan)
    assert np.isnan(filled(values)).all()
    values[::4, ::4] = plane[::4, ::4]
    assert filled(values) == pytest.approx(plane)
    values[2, 2] = 100
    made = filled(values)
    assert made[2, 2] == 100
    assert made[2, 1] == pytest.approx((100 + plane[2, 0]) / 2)
    assert filled(plane * 1.0) == pytest.approx(plane)
