"""The numbers of what is shown: as text that a spreadsheet reads, and as arrays by name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.exhibit import Output
from lab.payloads import (
    Bars,
    Curve,
    Filters,
    Floats,
    Graph,
    Histogram,
    Matrix,
    Note,
    Overlay,
    Payload,
    Pictures,
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
        x: scatter.points[:, 0].tolist(),
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


def arrays(outputs: Mapping[str, Payload]) -> dict[str, NDArray[Any]]:
    r"""All numbers and words of the outputs, by keys of the output's name and what it holds.

    Dtypes and shapes as in lab/payloads; words are arrays of text. A part in SERIES is the name
    of a line or of a group of bars, with %, / and \ written as %25, %2F and %5C (so
    `urllib.parse.unquote` gives it back), INDEX counts from 0.

    ========= ==================================================================================
    Curve     output/SERIES/x, output/SERIES/y, of a band output/SERIES/low and output/SERIES/high
    Histogram output/edges, output/SERIES/counts
    Bars      output/labels, output/SERIES/values
    Surface   output/x, output/y, output/z
    Scatter   output/points, and output/classes with output/names, or output/values
    Matrix    output/values, output/rows, output/columns
    Table     output/columns, output/INDEX/cells, for each column
    Pictures  output/INDEX/pixels, output/captions
    Overlay   output/image, output/heat
    Filters   output/weights
    Graph     output/nodes, output/texts, output/edges
    Note      output/text
    ========= ==================================================================================
    """
    found: dict[str, NDArray[Any]] = {}
    for name, payload in outputs.items():
        for key, value in _PARTS[type(payload)](payload):
            found[f"{name}/{key}"] = value
    return found


Parts = Iterator[tuple[str, NDArray[Any]]]


def _words(texts: Any) -> NDArray[np.str_]:
    return np.array(texts, dtype=np.str_)


def _key(series: str) -> str:
    return re.sub(r"[%/\\]", lambda found: f"%{ord(found[0]):02X}", series)


def _curve_parts(curve: Curve) -> Parts:
    for name, (x, y) in curve.series.items():
        yield f"{_key(name)}/x", x
        yield f"{_key(name)}/y", y
    for name, (low, high) in curve.bands.items():
        yield f"{_key(name)}/low", low
        yield f"{_key(name)}/high", high


def _histogram_parts(histogram: Histogram) -> Parts:
    yield "edges", histogram.edges
    for name, counts in histogram.series.items():
        yield f"{_key(name)}/counts", counts


def _bars_parts(bars: Bars) -> Parts:
    yield "labels", _words(bars.labels)
    for name, values in bars.series.items():
        yield f"{_key(name)}/values", values


def _surface_parts(surface: Surface) -> Parts:
    yield from (("x", surface.x), ("y", surface.y), ("z", surface.z))


def _scatter_parts(scatter: Scatter) -> Parts:
    yield "points", scatter.points
    if scatter.classes is not None:
        yield "classes", scatter.classes
        yield "names", _words(scatter.names)
    if scatter.values is not None:
        yield "values", scatter.values


def _matrix_parts(matrix: Matrix) -> Parts:
    yield "values", matrix.values
    yield "rows", _words(matrix.rows)
    yield "columns", _words(matrix.columns)


def _table_parts(table: Table) -> Parts:
    yield "columns", _words(table.columns)
    for index in range(len(table.columns)):
        cells = [row[index] for row in table.rows]
        numbers = all(isinstance(cell, (int, float)) for cell in cells)
        yield f"{index}/cells", np.array(cells, np.float64) if numbers else _words(cells)


def _pictures_parts(pictures: Pictures) -> Parts:
    for index, image in enumerate(pictures.images):
        yield f"{index}/pixels", image
    yield "captions", _words(pictures.captions)


def _overlay_parts(overlay: Overlay) -> Parts:
    yield from (("image", overlay.image), ("heat", overlay.heat))


def _filters_parts(filters: Filters) -> Parts:
    yield "weights", filters.weights


def _graph_parts(graph: Graph) -> Parts:
    yield "nodes", _words(list(graph.nodes))
    yield "texts", _words(list(graph.nodes.values()))
    yield "edges", _words(graph.edges).reshape(-1, 2)


def _note_parts(note: Note) -> Parts:
    yield "text", _words(note.text)


_PARTS: dict[type[Payload], Any] = {
    Curve: _curve_parts,
    Histogram: _histogram_parts,
    Bars: _bars_parts,
    Surface: _surface_parts,
    Scatter: _scatter_parts,
    Matrix: _matrix_parts,
    Table: _table_parts,
    Pictures: _pictures_parts,
    Overlay: _overlay_parts,
    Filters: _filters_parts,
    Graph: _graph_parts,
    Note: _note_parts,
}
