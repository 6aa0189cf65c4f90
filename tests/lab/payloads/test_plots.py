"""Payloads between axes are checked when made, and curves append."""

import itertools

import numpy as np
import pytest

from lab.payloads import Curve, Histogram, Scatter, Surface


def test_curves_append_and_new_ones_join():
    first = Curve({"a": ([0, 1], [5, 4])})
    both = first.extended(Curve({"a": ([2], [3]), "b": ([2], [9])}))
    assert both.series["a"][0].tolist() == [0, 1, 2]
    assert both.series["a"][1].tolist() == [5, 4, 3]
    assert both.series["b"][1].tolist() == [9]
    assert first.series["a"][0].tolist() == [0, 1]


def points(curve):
    """All that a curve holds, as plain lists in which NaN equals NaN."""
    lists = {name: [repr(v.tolist()) for v in pair] for name, pair in curve.series.items()}
    bands = {name: [repr(v.tolist()) for v in pair] for name, pair in curve.bands.items()}
    return lists, bands, curve.marker, curve.title, curve.replaces


def test_a_curve_that_replaces_takes_the_place_of_all_lines():
    first = Curve({"a": ([0, 1], [5, 4]), "b": (0, 1)}, 3.0, title="First")
    new = first.extended(Curve({"a": (7, 8)}, replaces=True))
    assert {name: y.tolist() for name, (_, y) in new.series.items()} == {"a": [8]}
    assert new.marker == 3
    assert new.title == "First"
    assert new.replaces
    on = new.extended(Curve({"a": (9, 10)}))
    assert on.series["a"][0].tolist() == [7, 9]
    assert on.replaces, "or what was shown before would stay when two frames come as one"


@pytest.mark.parametrize("replacing", list(itertools.product([False, True], repeat=3)))
def test_frames_of_a_curve_may_be_joined_in_any_order(replacing):
    bands = [{}, {"a": ([0], [9])}, {"b": ([0], [np.nan])}]
    one, two, three = (
        Curve({"a": (k, k), "b": (k, k)}, marker, band, new)
        for k, (marker, band, new) in enumerate(zip((1, None, 2), bands, replacing, strict=True))
    )
    assert points(one.extended(two).extended(three)) == points(one.extended(two.extended(three)))


def test_a_band_goes_on_with_its_series_and_has_gaps():
    first = Curve({"a": ([0, 1], [5, 4])})
    banded = first.extended(Curve({"a": (2, 3)}, bands={"a": (2, 4)}))
    low, high = banded.bands["a"]
    assert low.tolist()[2:] == [2]
    assert high.tolist()[2:] == [4]
    assert np.isnan(low[:2]).all()
    assert np.isnan(high[:2]).all()
    after = banded.extended(Curve({"a": (3, 2), "b": (0, 1)}))
    assert np.isnan(after.bands["a"][0][3])
    assert len(after.bands["a"][0]) == len(after.series["a"][0])
    assert "b" not in after.bands
    with pytest.raises(ValueError, match="read-only"):
        low[0] = 1


def test_dots_stay_dots_until_all_is_replaced():
    first = Curve({"a": (0, 1), "b": (0, 2)}, dots=["a"])
    assert first.extended(Curve({"b": (1, 3)})).dots == ("a",)
    assert first.extended(Curve({"c": (1, 3)}, dots=["c"])).dots == ("a", "c")
    assert first.extended(Curve({"a": (1, 3)}, replaces=True)).dots == ()


def test_a_scatters_scale_is_its_own_or_that_of_its_values():
    points = np.zeros((3, 2))
    assert Scatter(points, values=[1, np.nan, 3]).scale() == (1, 3)
    assert Scatter(points, values=[1, 2, 3], low=0, high=9).scale() == (0, 9)
    assert Scatter(points, values=[np.nan] * 3).scale() == (0, 1)
    assert Scatter(points[:0]).scale() == (0, 1)
    assert not Scatter(points).points.flags.writeable


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Curve({"a": ([1, 2], [1])}), "2 x and 1 y"),
        (lambda: Curve({"a": (1, 1)}, bands={"b": (1, 1)}), "no series"),
        (lambda: Curve({"a": (1, 1)}, bands={"a": ([1, 1], 1)}), "2 low and 1 high ends for 1"),
        (lambda: Curve({"a": (1, 1)}, bands={"a": (2, 1)}), "low end above"),
        (lambda: Curve({"a": (1, 1)}, dots=["b"]), "dots of 'b', which is no series"),
        (lambda: Histogram([0, 0], {"a": [1]}), "rise"),
        (lambda: Histogram([0, 1], {"a": [1, 2]}), "2 counts"),
        (lambda: Surface([0, 1], [0], np.zeros((2, 2))), "z is"),
        (lambda: Surface([0, 1], [0], [[1, 2]], low=2, high=1), "from 2 to 1"),
        (lambda: Surface([0, 1], [0], [[1, 2]], low=0, log=True), "cannot begin at 0"),
        (lambda: Surface([0, 1], [0], [[1, 2]], {"way": ([0, 1], [0])}), "'way' has 2 x and 1 y"),
        (lambda: Scatter(np.zeros((2, 3))), r"\(N, 2\), not \(2, 3\)"),
        (lambda: Scatter(np.zeros(2)), "2 axes"),
        (lambda: Scatter(np.zeros((2, 2)), [0], ["a"]), "1 classes for 2 points"),
        (lambda: Scatter(np.zeros((1, 2)), [1], ["a"]), "no index of the 1 names"),
        (lambda: Scatter(np.zeros((1, 2)), [0.0], ["a"]), "must be int64"),
        (lambda: Scatter(np.zeros((1, 2)), [0], ["a"], [0.5]), "not by both"),
        (lambda: Scatter(np.zeros((1, 2)), values=[1, 2]), "2 values for 1 points"),
        (lambda: Scatter(np.zeros((1, 2)), values=[1], low=2, high=1), "scale runs"),
        (lambda: Scatter(np.zeros((1, 2)), captions=["a", "b"]), "2 captions for 1"),
        (lambda: Scatter(np.zeros((1, 2)), selected=1), "point 1 is selected of 1"),
    ],
)
def test_what_is_malformed_is_told_where_it_is_made(make, message):
    with pytest.raises(ValueError, match=message):
        make()
