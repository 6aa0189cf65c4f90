"""Payloads of labelled numbers and of text."""

import numpy as np
import pytest

from lab.payloads import Bars, Graph, Matrix, Note, Table


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bars(["a"], {"p": [1, 2]}), "2 values for 1 labels"),
        (lambda: Bars(["a"], {"p": [1]}, low=0.9), "bars begin at zero"),
        (lambda: Bars(["a"], {"p": [-1]}, low=-2, high=-0.5), "bars begin at zero"),
        (lambda: Matrix(np.zeros((2, 2)), rows=["a"]), "1 row names for 2"),
        (lambda: Table(["a"], [[1, 2]]), "2 cells under 1"),
        (lambda: Graph({"a": "A"}, [("a", "b")]), "no node"),
        (lambda: Graph({"a": "A"}, groups=[["b"]]), "a group names"),
        (lambda: Graph({"a": "A"}, modules={"b": "block"}), "modules name .* no node"),
    ],
)
def test_what_is_malformed_is_told_where_it_is_made(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_note_has_a_tone():
    assert Note("x").tone == ""
