"""The plane of two weights against closed forms: ridge regression, and the lasso's conditions."""

import numpy as np
import pytest

from lab.training.regularisers import REGULARISERS, Strength
from lab.training.weight_plane import MOMENT, SOLUTION, descent, level_line, loss, penalty

STRENGTH = Strength(0.5, 0.5)
LONG = 4000


def slope(w):
    return MOMENT @ (w - SOLUTION)


def test_without_a_penalty_it_ends_at_the_solution():
    path = descent(REGULARISERS["none"], STRENGTH, LONG)
    assert path[-1] == pytest.approx(SOLUTION, abs=1e-9)
    assert loss(path[-1]) == pytest.approx(0)
    assert (np.diff(loss(path)) <= 1e-15).all()


def test_l2_ends_at_ridge_regressions_closed_form():
    expected = np.linalg.solve(MOMENT + 2 * 0.5 * np.eye(2), MOMENT @ SOLUTION)
    assert descent(REGULARISERS["l2"], STRENGTH, LONG)[-1] == pytest.approx(expected)


def test_l1_proximal_ends_where_the_lassos_conditions_hold_with_an_exact_zero():
    w = descent(REGULARISERS["l1_proximal"], STRENGTH, LONG)[-1]
    assert w[1] == 0.0
    assert slope(w)[0] == pytest.approx(-0.5 * np.sign(w[0]))
    assert abs(slope(w)[1]) <= 0.5


def test_l1_by_the_subgradient_trembles_around_zero_and_is_never_there():
    path = descent(REGULARISERS["l1"], STRENGTH, LONG)[-100:, 1]
    assert (path != 0).all()
    assert (np.sign(path) > 0).any()
    assert (np.sign(path) < 0).any()
    assert np.abs(path).max() < 0.05


@pytest.mark.parametrize("name", ["l1", "l2", "elastic"])
def test_the_level_line_goes_through_the_point_and_is_level(name):
    used, w = REGULARISERS[name].of(STRENGTH), np.array([0.8, -0.3])
    line = level_line(w, used)
    assert penalty(line, used) == pytest.approx(np.full(len(line), penalty(w, used)))
    assert line[0] == pytest.approx(line[-1])
    assert np.abs(line - w).sum(1).min() < 0.05


def test_without_a_penalty_there_is_no_level_line():
    assert np.isnan(level_line(np.array([1.0, 1.0]), Strength())).all()
