import math

import numpy as np
import pytest

from lab.landscape.shape import least_curvature, roughness

X, Y = np.meshgrid(np.arange(-6.0, 7), np.arange(-5.0, 6))


def test_the_curvature_of_a_quadratic_is_the_smaller_eigenvalue_of_its_matrix():
    matrix = np.array([[3.0, 1.2], [1.2, -0.5]])
    z = 0.5 * (matrix[0, 0] * X**2 + matrix[1, 1] * Y**2) + matrix[0, 1] * X * Y + 4 * X - Y
    wanted = np.linalg.eigvalsh(matrix)[0]
    assert least_curvature(z) == pytest.approx(np.full((9, 11), wanted))


def test_a_bowl_is_not_rough_and_a_saddle_is_rough_everywhere():
    assert roughness(X**2 + 3 * Y**2 + X * Y) == 0
    assert roughness(np.abs(X) + 1.0) == 0
    assert roughness(X**2 - Y**2) == 1


def test_of_a_wave_half_is_not_convex():
    x = np.linspace(0, 2 * math.pi, 203)
    z = np.broadcast_to(10 + np.sin(x), (5, 203))
    assert roughness(z) == pytest.approx(0.5, abs=0.01)


def test_points_beside_what_is_infinite_are_left_out():
    z = X**2 + Y**2
    z[5, 5] = np.inf
    assert roughness(z) == 0
    assert math.isnan(roughness(np.full((5, 5), np.inf)))
