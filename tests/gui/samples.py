"""One realistic payload of each kind, and the output that declares it."""

from dataclasses import replace

import numpy as np

from lab import payloads
from lab.exhibit import Output


def output(kind, **changes):
    """An output of a kind, with what a test wants changed."""
    plain = Output("o", kind, "A sentence", (0, 0, 1, 1), x="step", y="loss")
    return replace(plain, **changes)


def flat(colour, height=8, width=8):
    """A picture of one colour: uint8 (height, width, 3)."""
    return np.full((height, width, 3), colour, np.uint8)


RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
_RANDOM = np.random.default_rng(0)

SAMPLES = {
    payloads.Curve: payloads.Curve({"train": ([0, 1, 2], [3, 2, 1]), "test": ([0, 2], [3, 2])}),
    payloads.Pictures: payloads.Pictures(
        [flat(RED), flat(GREEN), flat(BLUE)], ["one", "two", "three"], ["good", "bad", ""]
    ),
    payloads.Overlay: payloads.Overlay(
        flat(RED, 40, 60),
        np.linspace(0, 1, 6).reshape(2, 3),
        0,
        1,
        "probability",
        0.5,
        (1, 2, 9, 9),
    ),
    payloads.Bars: payloads.Bars(["a", "b", "c"], {"x": [1, 0.5, 0.1], "y": [0.2, 0.3, 0.9]}),
    payloads.Filters: payloads.Filters(_RANDOM.normal(size=(6, 5, 5, 3))),
    payloads.Matrix: payloads.Matrix(
        np.arange(12).reshape(3, 4), ["r0", "r1", "r2"], list("abcd"), annotate=".0f"
    ),
    payloads.Histogram: payloads.Histogram([0, 1, 2, 3], {"a": [1, 5, 2], "b": [2, 2, 4]}),
    payloads.Table: payloads.Table(["name", "n"], [["a", 1], ["b", 20], ["c", 0.5]], highlight=1),
    payloads.Surface: payloads.Surface([0, 1, 2], [0, 1], [[0, 1, 2], [3, 4, 5]]),
    payloads.Scatter: payloads.Scatter(
        [[0, 0], [1, 2], [3, 1]], [0, 1, 0], ["cat", "dog"], captions=["one", "two", "three"]
    ),
    payloads.Graph: payloads.Graph(
        {"in": "input", "a": "conv", "out": "output\n10"},
        [("in", "a"), ("a", "out"), ("in", "out")],
    ),
    payloads.Note: payloads.Note("It works.", "good"),
}

# Nothing to draw, each in a way that the contract allows.
EMPTY = {
    payloads.Curve: payloads.Curve({"train": ([], [])}),
    payloads.Pictures: payloads.Pictures([]),
    payloads.Overlay: payloads.Overlay(np.zeros((0, 0, 3), np.uint8), np.zeros((0, 0)), 0, 1, ""),
    payloads.Bars: payloads.Bars([], {}),
    payloads.Filters: payloads.Filters(np.zeros((0, 5, 5, 1))),
    payloads.Matrix: payloads.Matrix(np.zeros((0, 0))),
    payloads.Histogram: payloads.Histogram([0, 1], {}),
    payloads.Table: payloads.Table(["a"], []),
    payloads.Surface: payloads.Surface([], [], np.zeros((0, 0))),
    payloads.Scatter: payloads.Scatter(np.zeros((0, 2))),
    payloads.Graph: payloads.Graph({}),
    payloads.Note: payloads.Note(""),
}
