"""Graphs, layer table and comparison of the exhibit backbones, made from traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from lab.errors import UserError
from lab.payloads import Graph, Table
from lab.structure import networks
from lab.structure.families import NETWORKS as TITLES
from lab.structure.families import NOTES, Family, family
from lab.structure.fields import Field, fields
from lab.structure.networks import Published
from lab.structure.trace import INPUT, Operation, Pair, Trace

# The groups of the graph: each has a colour.
_CONVOLUTIONS, _JOINS = ("Conv", "Linear", "attention", "Attention"), ("add", "concatenate")
COLUMNS = (
    *("Layer", "Kind", "Kernel", "Stride", "Padding", "Output", "Parameters", "Multiply-adds"),
    "Receptive field",
)


@dataclass(frozen=True)
class Opened:
    """A network on the table. edge: of its image, in pixels."""

    name: str
    edge: int
    trace: Trace

    @property
    def title(self) -> str:
        """For the screen."""
        return TITLES[self.name]

    @property
    def family(self) -> Family:
        """With its paper and its idea."""
        return family(self.name)

    @cached_property
    def published(self) -> Published | None:
        """What torchvision states of it."""
        return networks.published(self.name)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The receptive field of each operation."""
        return fields(self.trace)

    @property
    def receptive_field(self) -> int:
        """Of the last operation with more than one place, in pixels: its rows.

        Padding included, so it may be larger than the image; the image's edge where it sees all.
        """
        return next(each for each in reversed(self.fields) if prod(each.units) > 1).size[0]

    @property
    def megabytes(self) -> float:
        """What its weights take, in 10^6 bytes."""
        return self.trace.parameters * 4 / 1e6

    def operation(self, name: str) -> Operation:
        """The operation of that name; "auto" for the first with parameters."""
        if name == "auto":
            return next(each for each in self.trace.operations if each.parameters)
        return self.trace.operations[self.trace.index(name)]


def opened(name: str, edge: int = 0) -> Opened:
    """A network for images of `edge` pixels, 0 for its own; without weights.

    UserError for one that does not take images of that size.
    """
    own = networks.size(name)
    stated = networks.published(name)
    edge = edge or own
    if stated and edge < stated.smallest:
        raise UserError(
            f"{TITLES[name]} takes images of {stated.smallest} px and more, not {edge}: "
            f"choose a larger size"
        )
    try:
        return Opened(name, edge, networks.trace(name, edge))
    except (RuntimeError, AssertionError, ValueError) as error:
        if isinstance(error, UserError) or edge == own:
            raise
        note = f" ({NOTES[name]})" if name in NOTES else ""
        raise UserError(
            f"{TITLES[name]} does not take images of {edge} px: choose {own}{note}"
        ) from None


def short(shape: Sequence[int]) -> str:
    """A shape without its batch of one: "64×56×56"."""
    return "×".join(map(str, shape[1:]))


def kind(operation: Operation) -> str:
    """The field's term, with what the groups of a convolution make of it."""
    if operation.groups == 1:
        return operation.kind
    if operation.groups == operation.shape[1]:
        return f"{operation.kind}, depthwise"
    return f"{operation.kind}, {operation.groups} groups"


def pair(value: Pair | None) -> str:
    """3×3 for a kernel; nothing for none."""
    return f"{value[0]}×{value[1]}" if value else ""


def step(value: Pair | None) -> str:
    """2 for a stride or padding that is the same both ways."""
    return str(value[0]) if value and value[0] == value[1] else pair(value)


def graph(network: Opened, selected: str = "") -> Graph:
    """The network as a graph that folds into its modules."""
    operations = network.trace.operations
    nodes = {each.name: _node(each) for each in operations}
    edges = [(operations[i].name, each.name) for each in operations for i in each.inputs]
    weights = [each.name for each in operations if any(k in each.kind for k in _CONVOLUTIONS)]
    pools = [each.name for each in operations if "Pool" in each.kind]
    joins = [each.name for each in operations if each.kind in _JOINS and len(each.inputs) > 1]
    about = NOTES.get(network.name) or f"{network.family.paper}: {network.family.idea}"
    return Graph(
        nodes,
        edges,
        selected=selected or None,
        groups=(weights, joins, pools),
        modules={each.name: each.module for each in operations if each.module},
        title=f"{network.title}. {about}",
    )


def _node(operation: Operation) -> str:
    words = operation.kind if operation.kind != INPUT else "image"
    if operation.kernel and "Adaptive" not in operation.kind:
        words += f" {operation.kernel[0]}×{operation.kernel[1]}"
        if operation.stride and max(operation.stride) > 1:
            words += f" /{max(operation.stride)}"
    return f"{words}\n{short(operation.shape)}"


def layer_table(network: Opened, selected: str) -> Table:
    """Every operation with its geometry and its costs. selected: the name of the chosen one."""
    rows = [
        (
            each.name if each.kind != INPUT else "image",
            kind(each),
            *(pair(each.kernel), step(each.stride), step(each.padding), short(each.shape)),
            *(each.parameters, each.multiply_adds),
            "whole" if seen.whole else f"{step(seen.size)} px",
        )
        for each, seen in zip(network.trace.operations, network.fields, strict=True)
    ]
    return Table(
        COLUMNS,
        rows,
        highlight=network.trace.index(selected),
        title=f"Layers of {network.title}, image of {network.edge} px (click one)",
    )


def comparison(both: Sequence[Opened], milliseconds: Sequence[float | None]) -> Table:
    """The networks side by side, one a column. milliseconds: measured here, None where not."""
    rows = [
        ("Parameters", *(f"{each.trace.parameters / 1e6:.2f} · 10⁶" for each in both)),
        ("Multiply-adds", *(f"{each.trace.multiply_adds / 1e9:.2f} · 10⁹" for each in both)),
        ("Layers (depth)", *(str(each.trace.layers) for each in both)),
        ("Receptive field", *(f"{each.receptive_field} px" for each in both)),
        ("Top-1, published", *map(_accuracy, both)),
        ("Forward pass", *(f"{ms:.1f} ms" if ms else "–" for ms in milliseconds)),
        ("Weights", *(f"{each.megabytes:,.0f} MB" for each in both)),
        ("Image", *(f"{each.edge} px" for each in both)),
        ("Year", *(str(each.family.year) for each in both)),
    ]
    columns = ("", *(each.title for each in both))
    return Table(columns, rows, title="Side by side")


def _accuracy(network: Opened) -> str:
    stated = network.published
    return f"{stated.accuracy:.1%}" if stated else "–"
