"""Numbers as text."""

import pytest

from gui.views import text


@pytest.mark.parametrize(
    ("value", "form", "words"),
    [
        (-0.04, ".1f", "0.0"),
        (-0.06, ".1f", "−0.1"),
        (-0.001, ".0%", "0%"),
        (-3, "d", "−3"),
        (-10.0, ".0f", "−10"),
        (float("nan"), ".1%", "–"),
        (float("-inf"), ".1f", "–"),
    ],
)
def test_numbers_have_a_true_minus_and_zero_has_none(value, form, words):
    assert text.written(value, form) == words
