"""Payloads are read-only, checked when made, and curves append."""

import dataclasses

import numpy as np
import pytest

from lab.payloads import (
    KINDS,
    Bars,
    Curve,
    Filters,
    Graph,
    Histogram,
    Matrix,
    Note,
    Overlay,
    Pictures,
    Surface,
    Table,
)

GREY = np.full((4, 6, 3), 128, np.uint8)


def test_the_kinds_are_a_closed_set():
    assert len(KINDS) == 11


def test_arrays_are_copies_that_nobody_can_write_to():
    mine = np.zeros((2, 3, 3, 1), np.float32)
    filters = Filters(mine)
    mine[:] = 7
    assert filters.weights.max() == 0
    with pytest.raises(ValueError, match="read-only"):
        filters.weights[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        filters.weights = mine


def test_curves_append_and_new_ones_join():
    first = Curve({"a": ([0, 1], [5, 4])})
    both = first.extended(Curve({"a": ([2], [3]), "b": ([2], [9])}))
    assert both.series["a"][0].tolist() == [0, 1, 2]
    assert both.series["a"][1].tolist() == [5, 4, 3]
    assert both.series["b"][1].tolist() == [9]
    assert first.series["a"][0].tolist() == [0, 1]


def test_filters_are_grey_at_zero_and_scaled_one_by_one():
    weights = np.zeros((2, 1, 3, 1), np.float32)
    weights[0, 0] = [[-2], [0], [2]]
    weights[1, 0] = [[-0.01], [0], [0.01]]
    pixels = Filters(weights).pixels()
    assert pixels.shape == (2, 1, 3, 3)
    assert (pixels[0] == pixels[1]).all()
    assert pixels[0, 0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Curve({"a": ([1, 2], [1])}), "2 x and 1 y"),
        (lambda: Pictures([np.zeros((4, 4), np.uint8)]), "3 axes"),
        (lambda: Pictures([np.zeros((4, 4, 3), np.float32)]), "must be uint8"),
        (lambda: Pictures([GREY], ["a", "b"]), "2 captions for 1"),
        (lambda: Overlay(GREY, np.zeros((2, 2)), 1, 0, "p"), "scale runs"),
        (lambda: Bars(["a"], {"p": [1, 2]}), "2 values for 1 labels"),
        (lambda: Filters(np.zeros((1, 3, 3, 2))), "1 or 3"),
        (lambda: Matrix(np.zeros((2, 2)), rows=["a"]), "1 row names for 2"),
        (lambda: Histogram([0, 0], {"a": [1]}), "rise"),
        (lambda: Histogram([0, 1], {"a": [1, 2]}), "2 counts"),
        (lambda: Table(["a"], [[1, 2]]), "2 cells under 1"),
        (lambda: Surface([0, 1], [0], np.zeros((2, 2))), "z is"),
        (lambda: Graph({"a": "A"}, [("a", "b")]), "no node"),
    ],
)
def test_what_is_malformed_is_told_where_it_is_made(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_note_has_a_tone():
    assert Note("x").tone == ""


def test_only_pictures_of_one_size_can_be_compared():
    Pictures([GREY, GREY[:1], GREY], compared=(0, 2))
    with pytest.raises(ValueError, match=r"of one size can be compared, not \(4, 6, 3\) and"):
        Pictures([GREY, GREY[:1]], compared=(0, 1))
