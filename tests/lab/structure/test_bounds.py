"""Bounds: each rule against the same operation on the tensors themselves."""

import numpy as np
import pytest
import torch

from lab.structure import bounds as rules
from lab.structure.bounds import NOTHING


def of_rows(count, rank=4, axis=2):
    return rules.of_pixels(count, axis, rank)


def ends(bounds):
    """(first, last) of each value, in order."""
    return [(int(a), int(-b)) for a, b in zip(*bounds.reshape(2, -1), strict=True)]


def test_windows_see_nothing_in_the_padding():
    found = rules.windowed(of_rows(5), 2, 3, 3, 2, 1, 1)
    assert ends(found) == [(0, 1), (1, 3), (3, 4)]
    # ceil_mode: the last window hangs over.
    assert ends(rules.windowed(of_rows(5), 2, 2, 3, 3, 0, 1)) == [(0, 2), (3, 4)]
    assert ends(rules.windowed(of_rows(7), 2, 3, 3, 1, 0, 2)) == [(0, 4), (1, 5), (2, 6)]


def test_padding_depends_on_nothing_and_may_cut():
    found = rules.padded(of_rows(3), 2, 1, 2, 3)
    assert found.shape == (2, 1, 1, 6, 1)
    assert (found[:, 0, 0, [0, 4, 5], 0] == NOTHING).all()
    assert ends(rules.padded(of_rows(4), 2, -1, -1, 4)) == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1, 6, 4, 4), (1, 2, 3, 4, 4)),
        ((1, 2, 3, 4, 4), (1, 6, 4, 4)),
        ((1, 3, 4, 5), (1, 3, 20)),
        ((1, 3, 20), (1, 3, 4, 5)),
        ((1, 4, 4), (1, 1, 4, 4)),
        ((1, 3, 4, 1), (1, 3, 4)),
        ((1, 3, 1, 4, 1), (3, 4)),
        ((1, 2, 3, 4), (24,)),
        ((1, 6, 8, 8), (1, 6, 2, 4, 2, 4)),
        ((1, 1, 1, 1), (1, 1)),
    ],
)
def test_a_reshape_puts_values_where_the_tensors_go(before, after):
    values = np.arange(np.prod(before), dtype=np.int32).reshape(before)
    full = np.stack([values, -values])
    assert (rules.reshaped(full, before, after)[0] == values.reshape(after)).all()
    # The same along all axes but one.
    for axis, length in enumerate(before):
        lean = rules.of_pixels(length, axis, len(before))
        wide = np.broadcast_to(lean, (2, *before)).reshape(2, *after)
        found = rules.reshaped(lean, before, after)
        assert (np.broadcast_to(found, (2, *after)) == wide).all()


def test_channels_of_branches_are_joined_and_tokens_are_not():
    near, far = of_rows(6), rules.windowed(of_rows(6), 2, 6, 3, 1, 1, 1)
    both = rules.concatenated([(near, 4), (far, 2)], 1)
    assert ends(both) == ends(far)
    tokens, extra = rules.of_pixels(4, 1, 3), rules.nothing(3)
    joined = rules.concatenated([(extra, 1), (tokens, 4)], 1)
    assert joined.shape == (2, 1, 5, 1)
    assert ends(joined)[1:] == [(i, i) for i in range(4)]
    assert joined[0, 0, 0, 0] == NOTHING


def test_slices_are_those_of_the_tensor():
    rows = of_rows(9)
    tensor = torch.zeros(1, 3, 9, 5)
    shape = tuple(tensor[:, 1, 2::3, :4].shape)
    found = rules.sliced(rows, (0, 1, 2, 0), (1, 0, 3, 1), shape)
    assert ends(found) == [(2, 2), (5, 5), (8, 8)]


@pytest.mark.parametrize(
    ("count", "window", "shift"), [(14, 7, 3), (8, 4, 2), (10, 4, 2), (4, 4, 2)]
)
def test_windows_that_shift_hold_together_what_lies_together(count, window, shift):
    """By hand: boundaries at the shift, and every window after it; none where one is enough."""
    labels = rules.window_labels(count, window, shift)
    if window >= count:
        shift = 0
    wanted = [(place - shift) // window for place in range(count)]
    pairs = [
        (a == b, c == d)
        for a, c in zip(labels, wanted, strict=True)
        for b, d in zip(labels, wanted, strict=True)
    ]
    assert all(same == wanted for same, wanted in pairs)
