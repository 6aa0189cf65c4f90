"""What is written as arrays reads back exactly."""

import urllib.parse

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
    Scatter,
    Surface,
    Table,
)
from lab.records import arrays, has_rows

PIXELS = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
HELD = [
    (
        Curve({"a/b 5%": ([0, 1], [2, 3]), "c": ([0], [4])}, bands={"c": ([3], [5])}),
        {"a%2Fb 5%25/x": [0, 1], "a%2Fb 5%25/y": [2, 3], "c/x": [0], "c/y": [4]}
        | {"c/low": [3], "c/high": [5]},
    ),
    (Histogram([0, 1, 3], {"a": [1, 2]}), {"edges": [0, 1, 3], "a/counts": [1, 2]}),
    (Bars(["x", "y"], {"a": [1, 2]}), {"labels": ["x", "y"], "a/values": [1, 2]}),
    (
        Surface([0, 1], [5], [[2, 3]], {"descent": ([0, 1], [5, 5])}),
        {"x": [0, 1], "y": [5], "z": [[2, 3]], "descent/x": [0, 1], "descent/y": [5, 5]},
    ),
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
    (
        Graph({"a": "in", "b": "out"}, modules={"b": "block.0"}),
        {"nodes": ["a", "b"], "texts": ["in", "out"], "edges": np.zeros((0, 2), np.str_)}
        | {"modules": ["", "block.0"]},
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
