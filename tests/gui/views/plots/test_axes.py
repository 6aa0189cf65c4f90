"""Every axis has figures, whatever its range."""

import math

import numpy as np
import pytest

from gui.views.plots import axes


@pytest.mark.parametrize("parts", [1.2, 2, 3, 5, 10])
def test_a_logarithmic_axis_has_two_different_figures_at_least_however_small_its_range(parts):
    random = np.random.default_rng(0)
    for _ in range(300):
        low = 10 ** random.uniform(-8, 6)
        ends = math.log10(low), math.log10(low * (1 + 10 ** random.uniform(-6, 1.5)))
        for low_end, high_end in (ends, axes.ends_of(np.array(ends), True)):
            found = axes.log_ticks(low_end, high_end, parts)
            inside = {words for at, words in found if low_end - 1e-9 <= at <= high_end + 1e-9}
            assert len(inside) >= 2, (low_end, high_end)
            assert len(inside) == len(found)
