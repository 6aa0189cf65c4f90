"""Polynomials: the lecture's sequence exactly, and least squares against NumPy's own."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.polynomial import Legendre, Polynomial

from lab.training.polynomials import (
    TEST,
    drawn,
    errors,
    fitted,
    interpolated,
    sine,
    value_at,
    values,
)

# As the lecture writes it: 18111/2 x^4 - 90555 x^3 + 633885/2 x^2 - 452773 x + 217331.
LECTURE = (217331, -452773, Fraction(633885, 2), -90555, Fraction(18111, 2))


def test_the_lectures_quartic_is_the_one_through_its_five_points():
    points = [(1, 1), (2, 3), (3, 5), (4, 7), (5, 217341)]
    assert interpolated(points) == LECTURE
    for x, y in points:
        assert value_at(LECTURE, x) == y


def test_four_points_on_a_line_give_the_line():
    assert interpolated([(1, 1), (2, 3), (3, 5), (4, 7)]) == (-1, 2)
    assert interpolated([(3, 0)]) == (0,)
    assert interpolated([(1, 7), (2, 7)]) == (7,)


@pytest.mark.parametrize("fifth", [9, 0, -1_000_000, 42])
def test_any_fifth_number_has_its_polynomial(fifth):
    found = interpolated(list(enumerate((1, 3, 5, 7, fifth), 1)))
    assert [value_at(found, x) for x in range(1, 6)] == [1, 3, 5, 7, fifth]
    assert all(isinstance(coefficient, Fraction) for coefficient in found)


def test_interpolation_agrees_with_numpy():
    random = np.random.default_rng(0)
    ys = random.integers(-9, 9, 6).tolist()
    xs = [-3, -1, 0, 2, 5, 7]
    exact = interpolated(list(zip(xs, ys, strict=True)))
    numpy = Polynomial.fit(xs, ys, 5).convert().coef
    assert [float(c) for c in exact] == pytest.approx(numpy, abs=1e-9)


def test_two_values_at_one_place_have_no_polynomial():
    with pytest.raises(ValueError, match="two values at one x"):
        interpolated([(1, 2), (1, 3)])


@pytest.mark.parametrize("degree", [0, 1, 3, 9, 19])
def test_the_fit_is_that_of_numpy(degree):
    random = np.random.default_rng(degree)
    x, y = np.linspace(-1, 1, 30), random.normal(size=(30, 2))
    found = fitted(x, y, degree)
    places = np.linspace(-1, 1, 57)
    for draw in range(2):
        numpy = Legendre.fit(x, y[:, draw], degree, domain=[-1, 1])
        assert found[:, draw] == pytest.approx(numpy.coef)
        assert values(places, found)[:, draw] == pytest.approx(numpy(places))


def test_beyond_as_many_coefficients_as_points_it_is_the_smallest_of_all_exact_fits():
    x, y = np.linspace(-1, 1, 6), np.array([1.0, -2, 0, 3, 1, 1])
    found = fitted(x, y, 9)
    assert values(x, found) == pytest.approx(y)
    basis = np.polynomial.legendre.legvander(x, 9)
    assert found == pytest.approx(np.linalg.pinv(basis) @ y)
    nothing = np.linalg.svd(basis)[2][-1]
    assert basis @ nothing == pytest.approx(np.zeros(6), abs=1e-12)
    assert np.linalg.norm(found) < np.linalg.norm(found + 0.1 * nothing)


def test_the_noise_is_of_the_strength_that_was_asked_for_and_stays_with_the_count():
    train, test = drawn(40, 0.3, 200, np.random.default_rng(0))
    assert train.y.shape == (40, 200)
    assert test.y.shape == (TEST, 200)
    assert np.std(train.y - sine(train.x)[:, None]) == pytest.approx(0.3, rel=0.03)
    fewer, same = drawn(10, 0.3, 200, np.random.default_rng(0))
    assert (same.y == test.y).all()
    noise = fewer.y - sine(fewer.x)[:, None]
    assert noise == pytest.approx(train.y[:10] - sine(train.x[:10])[:, None])


def test_errors_fall_in_training_and_rise_again_in_test():
    train, test = drawn(12, 0.25, 40, np.random.default_rng(0))
    found = np.array([errors(train, test, degree) for degree in range(12)])
    in_training, in_test = found.mean(2).T
    assert (np.diff(in_training) <= 1e-9).all()
    assert in_training[11] < 1e-9
    best = int(in_test.argmin())
    assert 2 <= best <= 6
    assert in_test[11] > 3 * in_test[best]
    assert in_test[0] > 1.5 * in_test[best]
