"""The moving average against the weighted mean that it is."""

import numpy as np
import pytest

from lab.training.smoothing import Smooth


def test_the_smoothed_curve_is_the_weighted_mean_so_far():
    values = [3.0, 1.0, 2.0]
    weights = [0.9 ** (2 - i) for i in range(3)]
    smooth = Smooth(0.9)
    assert smooth(values[:1]) == [3.0]
    assert smooth(values[1:])[-1] == pytest.approx(np.average(values, weights=weights))
