"""Layered graph drawing, from left to right (Sugiyama and others, 1981)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Size = tuple[float, float]
Point = tuple[float, float]
# A node by its name, or the dummy node of an edge that skips a layer: (edge, layer).
Node = str | tuple[int, int]


@dataclass(frozen=True)
class Placed:
    """The positions in a graph.

    boxes: name -> (left, top, width, height). routes: for each edge the points that it passes,
    from the right of one box to the left of another. size: (width, height) of the graph.
    """

    boxes: Mapping[str, tuple[float, float, float, float]]
    routes: Sequence[Sequence[Point]]
    size: Size


def place(
    sizes: Mapping[str, Size], edges: Sequence[tuple[str, str]], across: float, down: float
) -> Placed:
    """Lay a graph out, with `across` between layers and `down` between boxes of a layer.

    sizes: name -> (width, height). An edge that skips layers gets a dummy node in each of them. An
    edge that closes a cycle is drawn, but has no influence on the layers.
    """
    depth = _depths(list(sizes), edges)
    layers: list[list[Node]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in sizes:
        layers[depth[name]].append(name)
    chains: list[list[Node]] = []
    for number, (start, end) in enumerate(edges):
        lanes = [(number, layer) for layer in range(depth[start] + 1, depth[end])]
        for lane in lanes:
            layers[lane[1]].append(lane)
        chains.append([start, *lanes, end])
    _untangle(layers, chains)

    def size(node: Node) -> Size:
        return sizes[node] if isinstance(node, str) else (0.0, down)

    widths = [max(size(node)[0] for node in layer) for layer in layers]
    lefts = [sum(widths[:i]) + i * across for i in range(len(layers))]
    heights = [sum(size(n)[1] for n in layer) + down * (len(layer) - 1) for layer in layers]
    boxes: dict[str, tuple[float, float, float, float]] = {}
    middles: dict[Node, float] = {}
    for i, layer in enumerate(layers):
        y = (max(heights) - heights[i]) / 2
        for node in layer:
            wide, high = size(node)
            middles[node] = y + high / 2
            if isinstance(node, str):
                boxes[node] = (lefts[i] + (widths[i] - wide) / 2, y, wide, high)
            y += high + down
    routes = []
    for (start, end), chain in zip(edges, chains, strict=True):
        route = [(boxes[start][0] + boxes[start][2], middles[start])]
        for i, skipped in enumerate(chain[1:-1], depth[start] + 1):
            left, y = lefts[i], middles[skipped]
            route += [(left, y), (left + widths[i], y)]
        routes.append([*route, (boxes[end][0], middles[end])])
    return Placed(boxes, routes, (lefts[-1] + widths[-1], max(heights)))


def _depths(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Each node's layer: the longest path to it from a node without predecessors."""
    into: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        into[end].append(start)
    depth: dict[str, int] = {}

    def find(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            before = [find(n, above | {name}) for n in into[name] if n not in above | {name}]
            depth[name] = max(before, default=-1) + 1
        return depth[name]

    for name in names:
        find(name, frozenset())
    return depth


def _untangle(layers: list[list[Node]], chains: Sequence[Sequence[Node]]) -> None:
    """Order each layer by the mean position of its neighbours, in six sweeps there and back."""
    before: dict[Node, list[Node]] = {}
    after: dict[Node, list[Node]] = {}
    for chain in chains:
        for one, next_ in pairwise(chain):
            before.setdefault(next_, []).append(one)
            after.setdefault(one, []).append(next_)
    for turn in range(6):
        near, order = (before, layers[1:]) if turn % 2 == 0 else (after, layers[-2::-1])
        at = {n: (i + 0.5) / len(layer) for layer in layers for i, n in enumerate(layer)}
        for layer in order:
            means = {n: _mean([at[m] for m in near.get(n, [])], at[n]) for n in layer}
            layer.sort(key=means.__getitem__)
            at |= {n: (i + 0.5) / len(layer) for i, n in enumerate(layer)}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
