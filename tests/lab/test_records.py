"""What is written reads back exactly, with another reader."""

import csv
import io
import urllib.parse

import numpy as np
import pytest

from lab.exhibit import Output
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
    Scatter,
    Surface,
    Table,
)
from lab.records import arrays, csv_text, has_rows


def read(payload, x="", y=""):
    output = Output("o", type(payload), "", (0, 0, 1, 1), x=x, y=y)
    return list(csv.reader(io.StringIO(csv_text(payload, output))))


def test_a_curve_has_a_column_for_each_line_and_a_row_for_each_x():
    curve = Curve({"train, all": ([0, 1, 2], [3, 2.5, np.nan]), "test": ([0, 2], [1 / 3, 1e-300])})
    assert read(curve, x="epoch") == [
        ["epoch", "train, all", "test"],
        ["0", "3", repr(1 / 3)],
        ["1", "2.5", ""],
        ["2", "nan", "1e-300"],
    ]


def test_every_number_reads_back_exactly():
    random = np.random.default_rng(0)
    x, y = (
        np.sort(random.normal(size=200)),
        random.normal(size=200) * 10.0 ** random.integers(-9, 9),
    )
    rows = np.array(read(Curve({"a": (x, y)}))[1:], float)
    assert (rows[:, 0] == x).all()
    assert (rows[:, 1] == y).all()


def test_lines_of_different_x_are_merged_in_order():
    curve = Curve({"a": ([1, 3], [10, 30]), "b": ([2], [20])})
    assert read(curve)[1:] == [["1", "10", ""], ["2", "", "20"], ["3", "30", ""]]


def test_a_path_keeps_its_order_and_every_time_it_comes_back():
    curve = Curve({"path": ([2, 1, 2, 2], [1, 2, 3, 4])})
    assert read(curve)[1:] == [["2", "1"], ["1", "2"], ["2", "3"], ["2", "4"]]


def test_a_band_stands_beside_its_line():
    curve = Curve(
        {"a": ([0, 1], [5, 6]), "b": ([0], [7])}, bands={"a": ([4, np.nan], [5.5, np.nan])}
    )
    assert read(curve) == [
        ["x", "a", "a (low)", "a (high)", "b"],
        ["0", "5", "4", "5.5", "7"],
        ["1", "6", "nan", "nan", ""],
    ]


def test_the_other_plots():
    histogram = Histogram([0, 0.5, 2], {"a": [1, 5]})
    assert read(histogram, x="weight") == [
        ["weight from", "weight to", "a"],
        ["0", "0.5", "1"],
        ["0.5", "2", "5"],
    ]
    surface = Surface([0, 1], [5], [[2, 3]])
    assert read(surface, y="sigma") == [["x", "sigma", "z"], ["0", "5", "2"], ["1", "5", "3"]]
    classes = Scatter([[0, 1], [2, 3]], [1, 0], ["cat", "dog"], captions=["#1", "#2"])
    assert read(classes)[1:] == [["0", "1", "dog", "#1"], ["2", "3", "cat", "#2"]]
    values = Scatter([[0, 1]], values=[0.5], label="p")
    assert read(values) == [["x", "y", "p"], ["0", "1", "0.5"]]


def test_bars_matrices_and_tables():
    bars = Bars(["cat", "dog, small"], {"before": [0.5, 0.25], "after": [1, 0]})
    assert read(bars) == [
        ["label", "before", "after"],
        ["cat", "0.5", "1"],
        ["dog, small", "0.25", "0"],
    ]
    matrix = Matrix([[1, 0.5]], ["true cat"], ["cat", "dog"])
    assert read(matrix, y="true") == [["true", "cat", "dog"], ["true cat", "1", "0.5"]]
    assert read(Matrix([[3]])) == [["y", "0"], ["0", "3"]]
    table = Table(["network", "error"], [["cnn", 0.1], ["mlp\n2", 3]])
    assert read(table) == [["network", "error"], ["cnn", "0.1"], ["mlp\n2", "3"]]


@pytest.mark.parametrize(
    "empty",
    [
        *(Curve({}), Scatter(np.zeros((0, 2))), Surface([], [], np.zeros((0, 0)))),
        *(Bars([], {}), Matrix(np.zeros((0, 0))), Table(["a"], [])),
    ],
)
def test_nothing_is_a_line_of_names(empty):
    assert len(read(empty)) == 1


def test_what_is_no_plot_is_refused():
    with pytest.raises(TypeError, match="Note is no plot"):
        read(Note("x"))


PIXELS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
HELD = [
    (
        Curve({"a/b 5%": ([0, 1], [2, 3]), "c": ([0], [4])}, bands={"c": ([3], [5])}),
        {"a%2Fb 5%25/x": [0, 1], "a%2Fb 5%25/y": [2, 3], "c/x": [0], "c/y": [4]}
        | {"c/low": [3], "c/high": [5]},
    ),
    (Histogram([0, 1, 3], {"a": [1, 2]}), {"edges": [0, 1, 3], "a/counts": [1, 2]}),
    (Bars(["x", "y"], {"a": [1, 2]}), {"labels": ["x", "y"], "a/values": [1, 2]}),
    (Surface([0, 1], [5], [[2, 3]]), {"x": [0, 1], "y": [5], "z": [[2, 3]]}),
    (Scatter([[0, 1]], [0], ["a"]), {"points": [[0, 1]], "classes": [0], "names": ["a"]}),
    (Scatter([[0, 1]], values=[0.5]), {"points": [[0, 1]], "values": [0.5]}),
    (
        Matrix([[1, 2]], ["r"], ["a", "b"]),
        {"values": [[1, 2]], "rows": ["r"], "columns": ["a", "b"]},
    ),
    (
        Table(["a", ""], [["x", 1], [2, 0.5]]),
        {"columns": ["a", ""], "0/cells": ["x", "2"], "1/cells": [1, 0.5]},
    ),
    (
        Pictures([PIXELS, PIXELS[:1]], ["one", "two"]),
        {"0/pixels": PIXELS, "1/pixels": PIXELS[:1], "captions": ["one", "two"]},
    ),
    (Overlay(PIXELS, [[0.5, np.nan]], 0, 1, "p"), {"image": PIXELS, "heat": [[0.5, np.nan]]}),
    (Filters(np.ones((1, 2, 2, 1))), {"weights": np.ones((1, 2, 2, 1))}),
    (
        Graph({"a": "in", "b": "out"}, [("a", "b")]),
        {"nodes": ["a", "b"], "texts": ["in", "out"], "edges": [["a", "b"]]},
    ),
    (Graph({}), {"nodes": [], "texts": [], "edges": np.zeros((0, 2), np.str_)}),
    (Note("It works."), {"text": "It works."}),
]


@pytest.mark.parametrize(("payload", "held"), HELD)
def test_every_kind_is_held_by_its_keys_and_read_back_from_a_file(payload, held, tmp_path):
    np.savez_compressed(tmp_path / "o.npz", **arrays({"file": payload}))
    with np.load(tmp_path / "o.npz", allow_pickle=False) as found:
        assert sorted(found) == sorted(f"file/{key}" for key in held)
        for key, expected in held.items():
            np.testing.assert_array_equal(found[f"file/{key}"], expected)


def test_no_kind_is_forgotten():
    assert {type(payload) for payload, _ in HELD} == set(KINDS)
    without_rows = {type(payload) for payload, _ in HELD if not has_rows(payload)}
    assert without_rows == {Pictures, Overlay, Filters, Graph, Note}


def test_a_series_is_called_as_it_was():
    name = "100 % of a/b\\c %2F"
    (key,) = (k for k in arrays({"o": Curve({name: ([0], [1])})}) if k.endswith("/x"))
    assert urllib.parse.unquote(key.split("/")[1]) == name
