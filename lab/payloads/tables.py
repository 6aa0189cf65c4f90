"""Payloads of labelled numbers and of text: bars, matrices, tables, graphs and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lab.payloads.base import Payload, Tone, frozen, same_length


@dataclass(frozen=True)
class Bars(Payload):
    """A horizontal bar for each label, longest meaning first; several series stand under another.

    labels: N names. series: name -> float64 (N,). low, high: the ends of the axis, and zero between
    them: the length of a bar is its value. form: how a value is written, as in format().
    highlight: the index of the label set in bold.
    """

    labels: Sequence[str]
    series: Mapping[str, Any]
    low: float = 0.0
    high: float = 1.0
    form: str = ".3f"
    highlight: int | None = None

    def __post_init__(self) -> None:
        if not self.low <= 0 <= self.high:
            raise ValueError(f"bars begin at zero: it is not between {self.low} and {self.high}")
        object.__setattr__(self, "labels", tuple(self.labels))
        series = {k: frozen(v, np.float64, 1, name=k) for k, v in self.series.items()}
        for name, values in series.items():
            if len(values) != len(self.labels):
                raise ValueError(f"{name}: {len(values)} values for {len(self.labels)} labels")
        object.__setattr__(self, "series", series)


@dataclass(frozen=True)
class Matrix(Payload):
    """A table of numbers as colours.

    values: float64 (rows, columns). rows, columns: their names (or empty). low, high: the scale;
    None takes the values' own. annotate: write each number (as in format()) in its cell.
    """

    values: Any
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    low: float | None = None
    high: float | None = None
    annotate: str = ""

    def __post_init__(self) -> None:
        values = frozen(self.values, np.float64, 2, name="values")
        object.__setattr__(self, "values", values)
        same_length(values.shape[0], "row names", self.rows)
        same_length(values.shape[1], "column names", self.columns)


@dataclass(frozen=True)
class Table(Payload):
    """Rows of text and numbers under named columns.

    highlight: the row set in bold, or None; it is scrolled to when it becomes another.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]
    highlight: int | None = None

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells under {len(self.columns)} columns")
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", tuple(tuple(row) for row in self.rows))


@dataclass(frozen=True)
class Graph(Payload):
    """Boxes and arrows, drawn from left to right.

    nodes: name -> text in the box (lines parted by newlines). edges: (from, to) names.
    selected: the name of the node that is framed as chosen, or None. groups: sets of names, each
    drawn in a colour of its own, the first set in the first colour; an empty one keeps its colour.

    modules: name -> the dotted path of the module that the node lies in, "" or none for the network
    itself. Each prefix of a path is a module, which is drawn as one box or opened to a frame around
    its contents. The last line of a node's text is then what it puts out, such as its shape: a
    folded module shows that of the last of its nodes.
    """

    nodes: Mapping[str, str]
    edges: Sequence[tuple[str, str]] = ()
    selected: str | None = None
    groups: Sequence[Sequence[str]] = ()
    modules: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for edge in self.edges:
            if unknown := set(edge) - set(self.nodes):
                raise ValueError(f"an edge names {sorted(unknown)}, which is no node")
        for group in self.groups:
            if unknown := set(group) - set(self.nodes):
                raise ValueError(f"a group names {sorted(unknown)}, which is no node")
        if unknown := set(self.modules) - set(self.nodes):
            raise ValueError(f"the modules name {sorted(unknown)}, which is no node")
        object.__setattr__(self, "nodes", dict(self.nodes))
        object.__setattr__(self, "edges", tuple(self.edges))
        object.__setattr__(self, "groups", tuple(tuple(group) for group in self.groups))
        object.__setattr__(self, "modules", dict(self.modules))


@dataclass(frozen=True)
class Note(Payload):
    """A sentence or a few, in plain text. tone: "good" or "bad" colours its edge."""

    text: str
    tone: Tone = field(default="")
