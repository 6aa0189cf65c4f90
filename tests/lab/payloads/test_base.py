"""Payloads are of a closed set, and read-only."""

import dataclasses

import numpy as np
import pytest

from lab.payloads import KINDS, Filters


def test_the_kinds_are_a_closed_set():
    assert len(KINDS) == 12


def test_arrays_are_copies_that_nobody_can_write_to():
    mine = np.zeros((2, 3, 3, 1), np.float32)
    filters = Filters(mine)
    mine[:] = 7
    assert filters.weights.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        filters.weights[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        filters.weights = mine
