"""The numbers of a payload as text that a spreadsheet reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from lab.exhibit import Output
from lab.payloads import (
    Bars,
    Curve,
    Floats,
    Histogram,
    Matrix,
    Payload,
    Scatter,
    Surface,
    Table,
)

Row = list[Any]


def csv_text(payload: Payload, output: Output) -> str:
    """The payload's numbers as CSV (RFC 4180, lines end in a newline), under one line of names.

    Numbers are written so that they read back exactly; a cell is empty where there is none. The
    axes are called as in `output`. A curve has a row for each x of any of its lines and a column
    for each line, with the two ends of its band after it; a histogram has a row for each bin, a
    surface one for each sample, a scatter plot one for each point. Bars have a row for each label,
    matrices and tables their own rows.

    Raises TypeError for a kind that has no rows.
    """
    if not has_rows(payload):
        raise TypeError(f"a {type(payload).__name__} is no plot: it has no rows of numbers")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in _ROWS[type(payload)](payload, output.x or "x", output.y or "y"):
        writer.writerow([_written(cell) for cell in row])
    return text.getvalue()


def has_rows(payload: Payload) -> bool:
    """Whether `csv_text` takes it."""
    return type(payload) in _ROWS


def _written(cell: Any) -> str:
    """A number as briefly as it reads back exactly; None is an empty cell."""
    if cell is None:
        return ""
    return repr(float(cell)).removesuffix(".0") if isinstance(cell, float) else str(cell)


def _curve(curve: Curve, x: str, y: str) -> Iterator[Row]:
    columns: dict[str, dict[tuple[float, int], float]] = {}
    rising = True
    for name, (at, values) in curve.series.items():
        keys = _keys(at)
        rising = rising and not (np.diff(at) < 0).any()
        columns[name] = dict(zip(keys, values.tolist(), strict=True))
        if name in curve.bands:
            for end, ends in zip(("low", "high"), curve.bands[name], strict=True):
                columns[f"{name} ({end})"] = dict(zip(keys, ends.tolist(), strict=True))
    yield [x, *columns]
    places = list(dict.fromkeys(key for column in columns.values() for key in column))
    for place in sorted(places) if rising else places:
        yield [place[0], *(column.get(place) for column in columns.values())]


def _keys(at: Floats) -> list[tuple[float, int]]:
    """(x, how often it came before): a line that comes back to an x has a row for each time."""
    seen: dict[float, int] = {}
    keys = []
    for x in at.tolist():
        seen[x] = seen.get(x, -1) + 1
        keys.append((x, seen[x]))
    return keys


def _histogram(histogram: Histogram, x: str, y: str) -> Iterator[Row]:
    yield [f"{x} from", f"{x} to", *histogram.series]
    edges = histogram.edges.tolist()
    counts = [series.tolist() for series in histogram.series.values()]
    for row in zip(edges[:-1], edges[1:], *counts, strict=True):
        yield list(row)


def _surface(surface: Surface, x: str, y: str) -> Iterator[Row]:
    yield [x, y, "z"]
    for row, values in zip(surface.y.tolist(), surface.z.tolist(), strict=True):
        for column, value in zip(surface.x.tolist(), values, strict=True):
            yield [column, row, value]


def _scatter(scatter: Scatter, x: str, y: str) -> Iterator[Row]:
    columns: dict[str, list[Any]] = {
        scatter.x or x: scatter.points[:, 0].tolist(),
        y: scatter.points[:, 1].tolist(),
    }
    if scatter.classes is not None:
        columns["class"] = [scatter.names[index] for index in scatter.classes]
    if scatter.values is not None:
        columns[scatter.label or "value"] = scatter.values.tolist()
    if scatter.captions:
        columns["caption"] = list(scatter.captions)
    yield list(columns)
    for row in zip(*columns.values(), strict=True):
        yield list(row)


def _bars(bars: Bars, x: str, y: str) -> Iterator[Row]:
    yield ["label", *bars.series]
    for row in zip(bars.labels, *(values.tolist() for values in bars.series.values()), strict=True):
        yield list(row)


def _matrix(matrix: Matrix, x: str, y: str) -> Iterator[Row]:
    rows, columns = matrix.values.shape
    yield [y, *(matrix.columns or range(columns))]
    for name, values in zip(matrix.rows or range(rows), matrix.values.tolist(), strict=True):
        yield [name, *values]


def _table(table: Table, x: str, y: str) -> Iterator[Row]:
    yield list(table.columns)
    yield from map(list, table.rows)


_ROWS: dict[type[Payload], Any] = {
    Curve: _curve,
    Histogram: _histogram,
    Surface: _surface,
    Scatter: _scatter,
    Bars: _bars,
    Matrix: _matrix,
    Table: _table,
}
