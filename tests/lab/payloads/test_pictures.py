"""Payloads of pictures."""

import numpy as np
import pytest

from lab.payloads import Filters, Overlay, Pictures

GREY = np.full((4, 6, 3), 128, np.uint8)


def test_filters_are_grey_at_zero_and_scaled_one_by_one():
    weights = np.zeros((2, 1, 3, 1), np.float32)
    weights[0, 0] = [[-2], [0], [2]]
    weights[1, 0] = [[-0.01], [0], [0.01]]
    pixels = Filters(weights).pixels()
    assert pixels.shape == (2, 1, 3, 3)
    assert (pixels[0] == pixels[1]).all()
    assert pixels[0, 0, :, 0].tolist() == [0, 128, 255]


def test_only_pictures_of_one_size_can_be_compared():
    Pictures([GREY, GREY[:1], GREY], compared=(0, 2))
    with pytest.raises(ValueError, match=r"of one size can be compared, not \(4, 6, 3\) and"):
        Pictures([GREY, GREY[:1]], compared=(0, 1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Pictures([np.zeros((4, 4), np.uint8)]), "3 axes"),
        (lambda: Pictures([np.zeros((4, 4, 3), np.float32)]), "must be uint8"),
        (lambda: Pictures([GREY], ["a", "b"]), "2 captions for 1"),
        (lambda: Overlay(GREY, np.zeros((2, 2)), 1, 0, "p"), "scale runs"),
        (lambda: Filters(np.zeros((1, 3, 3, 2))), "1 or 3"),
    ],
)
def test_what_is_malformed_is_told_where_it_is_made(make, message):
    with pytest.raises(ValueError, match=message):
        make()
