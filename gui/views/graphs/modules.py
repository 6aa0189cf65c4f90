"""The modules that the nodes of a graph lie in, and what stands in each: layers, and skips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise

# Where a module's inputs come in and its outputs leave, among the items of its flow.
ENTRY, EXIT = -1, -2
# How often the order of a layer is changed to untangle the edges.
_SWEEPS = 4

Edge = tuple[int, int]


@dataclass(frozen=True)
class Flow:
    """What stands directly in a module: nodes, and modules taken as one item each.

    layers: the items in the order of the data, those of one layer beside each other. aside: items
    whose results go past the next layer, such as the projection of a shortcut. steps: edges from a
    layer to the next. skips: edges that run past one or more layers. back: edges that close a
    cycle. ENTRY stands before the first layer and EXIT after the last.
    """

    layers: tuple[tuple[int, ...], ...] = ()
    aside: frozenset[int] = frozenset()
    steps: tuple[Edge, ...] = ()
    skips: tuple[Edge, ...] = ()
    back: tuple[Edge, ...] = ()
    depth: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def passing(self) -> tuple[tuple[Edge, int, int, int], ...]:
        """Skips, and edges that close a cycle: edge, the layers of its ends, and its rank.

        The layers in order; -1 for ENTRY. The rank is 0 for the shortest skips.
        """
        found = []
        for edge in (*self.skips, *self.back):
            first, last = sorted((self.depth[edge[0]], self.depth[edge[1]]))
            found.append((edge, first, last))
        ranks = {span: i for i, span in enumerate(sorted({b - a for _, a, b in found}))}
        return tuple((edge, a, b, ranks[b - a]) for edge, a, b in found)

    @cached_property
    def passed(self) -> tuple[bool, ...]:
        """For each layer but the last, whether a skip goes past the gap after it."""
        change = [0] * (len(self.layers) + 1)
        for _, first, last, _ in self.passing:
            change[max(first, 0)] += 1
            change[min(last, len(self.layers))] -= 1
        return tuple(count > 0 for count in accumulate(change))[: len(self.layers) - 1]

    @cached_property
    def parallel(self) -> tuple[bool, ...]:
        """For each layer but the last, whether several edges go from it to the next."""
        leaving = Counter(self.depth[a] for a, b in self.steps if b != EXIT)
        return tuple(leaving[i] > 1 for i in range(len(self.layers) - 1))


class Modules:
    """The tree of modules. Nodes are numbered from 0 in their order, and modules after them.

    A module that holds a single node is no module here, and of modules of which each holds nothing
    but the next the innermost one stands for all.
    """

    def __init__(
        self,
        names: Sequence[str],
        edges: Iterable[tuple[str, str]],
        paths: Mapping[str, str],
    ) -> None:
        """names: of the nodes. paths: node -> dotted path of its module."""
        self.nodes = len(names)
        self.names = list(names)
        self.parents: list[int] = [0] * self.nodes
        self.children: dict[int, list[int]] = {}
        self.root = self.nodes
        self._grow([paths.get(name, "") for name in names])
        number = {name: i for i, name in enumerate(names)}
        self.flows: dict[int, Flow] = self._flows(
            [(number[a], number[b]) for a, b in edges if a != b]
        )
        self.sizes = {m: sum(1 for _ in self.within(m)) for m in self.children}
        self.skips: dict[int, int] = {}
        for module in self.deepest_first():
            inner = sum(self.skips.get(item, 0) for item in self.children[module])
            self.skips[module] = inner + len(self.flows[module].skips)

    def _grow(self, paths: Sequence[str]) -> None:
        """Make the tree, without modules that hold one thing only."""
        held: dict[str, list[int | str]] = {"": []}
        for node, path in enumerate(paths):
            parts = path.split(".") if path else []
            for depth in range(1, len(parts) + 1):
                below = ".".join(parts[:depth])
                if below not in held:
                    held[below] = []
                    held[".".join(parts[: depth - 1])].append(below)
            held[path].append(node)
        self.paths: list[str] = []

        def only(path: str) -> str | int:
            """What stands for a module: itself, or the one thing that it holds."""
            while len(held[path]) == 1:
                (thing,) = held[path]
                if isinstance(thing, int):
                    return thing
                path = thing
            return path

        found = only("")
        top = found if isinstance(found, str) else ""
        waiting: list[tuple[str, int]] = [(top, -1)]
        while waiting:
            path, parent = waiting.pop(0)
            module = self.nodes + len(self.paths)
            self.paths.append(path)
            self.parents.append(parent)
            self.children[module] = []
            if parent >= 0:
                place = self.children[parent]
                place[place.index(path)] = module  # type: ignore[arg-type]
            for thing in held[path]:
                inner = only(thing) if isinstance(thing, str) else thing
                if isinstance(inner, str):
                    waiting.append((inner, module))
                    self.children[module].append(inner)  # type: ignore[arg-type]
                else:
                    self.parents[inner] = module
                    self.children[module].append(inner)

    def _flows(self, edges: Sequence[Edge]) -> dict[int, Flow]:
        """Each edge belongs to the innermost module around both of its ends.

        To a module on its way it enters or leaves.
        """
        chains = [list(self.around(item)) for item in range(self.nodes)]
        found: dict[int, dict[Edge, None]] = {module: {} for module in self.children}
        for start, end in edges:
            above, below = chains[start], chains[end]
            common = 1
            while common <= min(len(above), len(below)) and above[-common] == below[-common]:
                common += 1
            common -= 1
            # From the node outwards: what each module on the way holds of it.
            out, into = [start, *above[:-common]], [end, *below[:-common]]
            found[above[-common]][out[-1], into[-1]] = None
            for inner, outer in pairwise(out):
                found[outer][inner, EXIT] = None
            for inner, outer in pairwise(into):
                found[outer][ENTRY, inner] = None
        return {m: flow(self.children[m], list(found[m])) for m in self.children}

    def around(self, item: int) -> Iterator[int]:
        """The modules that an item lies in, from the innermost outwards."""
        while (item := self.parents[item]) >= 0:
            yield item

    def within(self, module: int) -> Iterator[int]:
        """All nodes in a module."""
        for item in self.children[module]:
            if item < self.nodes:
                yield item
            else:
                yield from self.within(item)

    def deepest_first(self) -> list[int]:
        """All modules, each after those in it."""
        return sorted(self.children, key=lambda m: -sum(1 for _ in self.around(m)))

    def levels(self) -> list[list[int]]:
        """The modules below the root, by how deep they lie."""
        found: dict[int, list[int]] = {}
        for module in self.children:
            if module != self.root:
                found.setdefault(sum(1 for _ in self.around(module)), []).append(module)
        return [found[depth] for depth in sorted(found)]

    def path(self, module: int) -> str:
        """The dotted path of a module."""
        return self.paths[module - self.nodes]

    def label(self, module: int) -> str:
        """Its path from the module around it on; a number alone would say nothing."""
        parent = self.parents[module]
        before = self.path(parent) if parent >= 0 else ""
        own = self.path(module).removeprefix(f"{before}." if before else "")
        while own[:1].isdigit() and before:
            before, _, last = before.rpartition(".")
            own = f"{last}.{own}"
        return own

    def shown(self, node: int, opened: frozenset[int]) -> int:
        """The item that shows a node: itself, or the outermost folded module around it."""
        found = node
        for module in self.around(node):
            if module != self.root and module not in opened:
                found = module
        return found


def flow(items: Sequence[int], edges: Sequence[Edge]) -> Flow:
    """Sort items into layers: each after all that it takes (the longest path to it)."""
    after: dict[int, list[int]] = {item: [] for item in items}
    before: dict[int, list[int]] = {item: [] for item in items}
    entered: set[int] = set()
    for a, b in edges:
        if a == ENTRY:
            entered.add(b)
        elif b != EXIT:
            after[a].append(b)
    order, back = _sorted(items, after)
    for a, b in edges:
        if a != ENTRY and b != EXIT and (a, b) not in back:
            before[b].append(a)
    depth: dict[int, int] = {}
    for item in order:
        depth[item] = max((depth[a] for a in before[item]), default=-1) + 1
    for item in order:
        # A constant stands right before what takes it.
        following = [depth[b] for b in after[item] if (item, b) not in back]
        if not before[item] and item not in entered and following:
            depth[item] = min(following) - 1
    layers: list[list[int]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for item in items:
        layers[depth[item]].append(item)
    depth |= {ENTRY: -1, EXIT: len(layers)}
    spans = [(a, b, depth[b] - depth[a]) for a, b in edges if (a, b) not in back]
    steps = tuple((a, b) for a, b, span in spans if span == 1)
    skips = tuple(sorted(((a, b) for a, b, span in spans if span > 1), key=lambda e: depth[e[0]]))
    forward = {a for a, _ in steps}
    aside = frozenset(
        item
        for layer in layers
        if any(item in forward for item in layer)
        for item in layer
        if item not in forward
    )
    _untangle(layers, steps, aside)
    return Flow(tuple(map(tuple, layers)), aside, steps, skips, tuple(back), depth)


def _sorted(
    items: Sequence[int], after: Mapping[int, Sequence[int]]
) -> tuple[list[int], dict[Edge, None]]:
    """The items, each before those after it, and the edges that close a cycle."""
    order: list[int] = []
    back: dict[Edge, None] = {}
    done: set[int] = set()
    open_: set[int] = set()
    for first in items:
        stack = [] if first in done else [(first, iter(after[first]))]
        open_.update(item for item, _ in stack)
        while stack:
            item, rest = stack[-1]
            for next_ in rest:
                if next_ in open_:
                    back[item, next_] = None
                elif next_ not in done:
                    open_.add(next_)
                    stack.append((next_, iter(after[next_])))
                    break
            else:
                stack.pop()
                open_.discard(item)
                done.add(item)
                order.append(item)
    return order[::-1], back


def _untangle(layers: list[list[int]], steps: Sequence[Edge], aside: frozenset[int]) -> None:
    """Order each layer by the mean position of its neighbours, there and back; asides come last."""
    if all(len(layer) == 1 for layer in layers):
        return
    near: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
    for a, b in steps:
        near[0].setdefault(b, []).append(a)
        near[1].setdefault(a, []).append(b)
    at = {n: (i + 0.5) / len(layer) for layer in layers for i, n in enumerate(layer)}
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            found = {}
            for item in layer:
                known = [at[n] for n in near[sweep % 2].get(item, ()) if n in at]
                found[item] = sum(known) / len(known) if known else at[item]
            layer.sort(key=lambda n: (n in aside, found[n]))
            at |= {n: (i + 0.5) / len(layer) for i, n in enumerate(layer)}
