"""The numbers and words of all outputs as arrays by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.payloads import (
    Bars,
    Curve,
    Filters,
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

Parts = Iterator[tuple[str, NDArray[Any]]]


def arrays(outputs: Mapping[str, Payload]) -> dict[str, NDArray[Any]]:
    r"""All numbers and words of the outputs, by keys of the output's name and what it holds.

    Dtypes and shapes as in lab/payloads; words are arrays of text. A part in SERIES is the name
    of a line or of a group of bars, with %, / and \ written as %25, %2F and %5C (so
    `urllib.parse.unquote` gives it back), INDEX counts from 0.

    ========= ==================================================================================
    Curve     output/SERIES/x, output/SERIES/y, of a band output/SERIES/low and output/SERIES/high
    Histogram output/edges, output/SERIES/counts
    Bars      output/labels, output/SERIES/values
    Surface   output/x, output/y, output/z, of a path output/SERIES/x and output/SERIES/y
    Scatter   output/points, and output/classes with output/names, or output/values
    Matrix    output/values, output/rows, output/columns
    Table     output/columns, output/INDEX/cells, for each column
    Pictures  output/INDEX/pixels, output/captions
    Overlay   output/image, output/heat
    Filters   output/weights
    Graph     output/nodes, output/texts, output/edges, of one with modules output/modules
    Note      output/text
    ========= ==================================================================================
    """
    found: dict[str, NDArray[Any]] = {}
    for name, payload in outputs.items():
        for key, value in _PARTS[type(payload)](payload):
            found[f"{name}/{key}"] = value
    return found


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
    for name, (x, y) in surface.paths.items():
        yield f"{_key(name)}/x", x
        yield f"{_key(name)}/y", y


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
    if graph.modules:
        yield "modules", _words([graph.modules.get(name, "") for name in graph.nodes])


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
