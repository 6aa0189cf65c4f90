"""Where the boxes of a graph stand: in layers from left to right (Sugiyama and others, 1981)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Size = tuple[float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """A graph with places.

    boxes: name -> (left, top, width, height). routes: for each edge the points it runs through,
    from the right of one box to the left of another. size: (width, height) of it all.
    """

    boxes: Mapping[str, tuple[float, float, float, float]]
    routes: Sequence[Sequence[Point]]
    size: Size


def place(
    sizes: Mapping[str, Size], edges: Sequence[tuple[str, str]], across: float, down: float
) -> Placed:
    """Layers `across` apart, boxes of one layer `down` apart.

    An edge that skips layers keeps a lane free in each of them. An edge that would close a cycle
    is drawn, but does not decide where anything stands.
    """
    depth = _depths(list(sizes), edges)
    lanes: dict[object, float] = {}
    layers: list[list[object]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in sizes:
        layers[depth[name]].append(name)
    chains = []
    for number, (start, end) in enumerate(edges):
        between = [(number, layer) for layer in range(depth[start] + 1, depth[end])]
        for lane in between:
            layers[lane[1]].append(lane)
            lanes[lane] = 0.0
        chains.append([start, *between, end])
    _untangle(layers, chains)
    widths = [max((sizes[n][0] for n in layer if n not in lanes), default=0) for layer in layers]
    lefts = [sum(widths[:i]) + i * across for i in range(len(layers))]
    heights = [sum(sizes[n][1] if n in sizes else down for n in layer) for layer in layers]
    heights = [h + down * (len(layer) - 1) for h, layer in zip(heights, layers, strict=True)]
    tallest = max(heights)
    boxes, middles = {}, {}
    for i, layer in enumerate(layers):
        y = (tallest - heights[i]) / 2
        for node in layer:
            high = sizes[node][1] if node in sizes else down
            middles[node] = y + high / 2
            if node in sizes:
                wide = sizes[node][0]
                boxes[node] = (lefts[i] + (widths[i] - wide) / 2, y, wide, high)
            y += high + down
    routes = []
    for chain in chains:
        start, end = boxes[chain[0]], boxes[chain[-1]]
        route = [(start[0] + start[2], middles[chain[0]])]
        for lane in chain[1:-1]:
            left = lefts[lane[1]]
            route += [(left, middles[lane]), (left + widths[lane[1]], middles[lane])]
        routes.append([*route, (end[0], middles[chain[-1]])])
    return Placed(boxes, routes, (lefts[-1] + widths[-1], tallest))


def _depths(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest way to each node from where nothing comes in."""
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


def _untangle(layers: list[list[object]], chains: Sequence[Sequence[object]]) -> None:
    """Order each layer by the mean place of its neighbours, forwards and back, a few times."""
    before: dict[object, list[object]] = {}
    after: dict[object, list[object]] = {}
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
