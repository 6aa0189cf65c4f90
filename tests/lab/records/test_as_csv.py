"""What is written as CSV reads back exactly, with another reader."""

import csv
import io

import numpy as np
import pytest

from lab.exhibit import Output
from lab.payloads import (
    Bars,
    Curve,
    Histogram,
    Matrix,
    Note,
    Scatter,
    Surface,
    Table,
)
from lab.records import csv_text


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
