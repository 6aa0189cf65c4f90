"""The layout of a graph whose modules are folded, or open around their contents.

Places are (along, beside) until the last step: along the flow of the data, and beside it. So the
same layout runs downwards or from left to right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from gui import theme
from gui.views.graphs.modules import ENTRY, EXIT, Edge, Flow, Modules

Size = tuple[float, float]
Point = tuple[float, float]
Rect = tuple[float, float, float, float]
Kind = Literal["step", "turn", "skip", "feed"]

# Pixels between layers, between items of a layer, between columns, and inside a frame.
GAP, BESIDE, GUTTER, PAD = 2.0 * theme.GRID, 2.0 * theme.GRID, 3.0 * theme.GRID, 1.5 * theme.GRID
# The title of a frame.
TITLE = 3.5 * theme.GRID
# How far a skip keeps from the boxes; the most that lies between the first of several and the last.
_AWAY, _BUNDLE = 2.5 * theme.GRID, 20.0 * theme.GRID
# Between two of them, where there is room.
_LANE = 1.5 * theme.GRID
# More skips than these are drawn as thin lines.
_MANY = 8
# More than these run together in one line beside the boxes.
_TOGETHER = 100
# How far from the corner of a box a skip leaves it, and arrives.
_CORNER = 1.5 * theme.GRID
# How long the bend is that leads to a shared line, and from it.
_ARC = 2.0 * theme.GRID


@dataclass(frozen=True)
class Link:
    """An edge as drawn, with the points that it passes.

    A step goes from a layer to the next; a turn from the end of a column to the head of the next
    one; a skip runs beside the boxes that it passes. many: it is one of many skips. past: it is a
    skip, or leads to an item from which one starts.
    """

    kind: Kind
    points: tuple[Point, ...]
    ends: Edge
    many: bool = False
    past: bool = False


@dataclass(frozen=True)
class Layout:
    """How it is laid out.

    limit: of a column's length in pixels, where it can be broken. anywhere: it may be broken where
    several edges go from one layer to the next, too.
    """

    opened: frozenset[int]
    downwards: bool
    limit: float = math.inf
    anywhere: bool = False


@dataclass
class _Part:
    """An item or the contents of a module: its extent, and where its edges come in and go out.

    inner: a frame's contents, and how far along and beside they begin.
    """

    item: int
    length: float
    breadth: float
    entry: float
    exit: float
    inner: tuple[_Contents, float, float] | None = None


@dataclass
class _Placed:
    """A part in its module: where it begins. outermost: nothing of its layer is farther beside."""

    along: float
    beside: float
    part: _Part
    outermost: bool = False

    @property
    def end(self) -> float:
        return self.along + self.part.length

    @property
    def right(self) -> float:
        return self.beside + self.part.breadth


@dataclass
class _Column:
    """A column of layers.

    spine: where its edges come in and go out, beside. layers: where each begins and ends along.
    rights: where each ends beside the spine. extent: of all of it, beside. lanes: where each skip
    runs beside the spine.
    """

    spine: float = 0.0
    layers: dict[int, tuple[float, float]] = field(default_factory=dict)
    rights: dict[int, float] = field(default_factory=dict)
    extent: tuple[float, float] = (0.0, 0.0)
    lanes: dict[Edge, float] = field(default_factory=dict)


@dataclass
class _Contents(_Part):
    """What stands in a module. lead: the length that its edges take before the first layer."""

    flow: Flow = field(default_factory=Flow)
    lead: float = 0.0
    columns: list[_Column] = field(default_factory=list)
    column_of: dict[int, int] = field(default_factory=dict)
    places: dict[int, _Placed] = field(default_factory=dict)
    broken: bool = False

    def ends(self, edge: Edge) -> tuple[_Placed, _Placed]:
        """What an edge joins; a point of a spine for ENTRY and EXIT."""
        return self._end(edge[0]), self._end(edge[1])

    def _end(self, item: int) -> _Placed:
        if item in self.places:
            return self.places[item]
        away = 0.4 * self.lead
        if item == ENTRY:
            return _Placed(0.0, self.entry, _Part(item, away, 0.0, 0.0, 0.0), True)
        return _Placed(self.length - away, self.exit, _Part(item, 0.0, 0.0, 0.0, 0.0), True)

    def links(self) -> Iterator[Link]:
        """All edges, with places in this module."""
        for edge in self.flow.steps:
            first, last = self.column_of[edge[0]], self.column_of[edge[1]]
            yield self._step(edge, self.columns[first]) if first == last else self._turn(edge)
        for column in self.columns:
            if len(column.lanes) > _TOGETHER:
                yield from self._together(column)
                continue
            for edge, lane in column.lanes.items():
                yield self._skip(edge, lane + column.spine)

    def _step(self, edge: Edge, column: _Column) -> Link:
        """An edge to the next layer: straight out of its own layer, then across."""
        start, end = self.places.get(edge[0]), self.places.get(edge[1])
        points = [(0.0, self.entry)] * 2
        if start:
            beside = start.beside + start.part.exit
            out = column.layers[self.flow.depth[edge[0]]][1]
            points = [(start.end, beside), (out, beside)]
        if end:
            beside = end.beside + end.part.entry
            points += [(column.layers[self.flow.depth[edge[1]]][0], beside), (end.along, beside)]
        else:
            points += [(self.length, self.exit)] * 2
        return Link("step", tuple(points), edge, past=edge[1] in self.flow.aside)

    def _turn(self, edge: Edge) -> Link:
        """An edge from the end of a column to the head of the next one."""
        start, end = self.ends(edge)
        first, last = (self.columns[self.column_of[item]] for item in edge)
        out, into = start.beside + start.part.exit, end.beside + end.part.entry
        below = max(bottom for _, bottom in first.layers.values()) + self.lead / 2
        if first.extent < last.extent:
            gutter = first.extent[1] + GUTTER / 2
        else:
            gutter = first.extent[0] - GUTTER / 2
        above = self.lead / 2
        points = ((start.end, out), (below, out), (below, gutter), (above, gutter))
        return Link("turn", (*points, (above, into), (end.along, into)), edge)

    def _skip(self, edge: Edge, lane: float) -> Link:
        """An edge around all boxes between its ends."""
        start, end = self.ends(edge)
        if self._straight(edge, lane):
            points = [(start.end, lane)]
        elif start.outermost:
            out = start.end - min(0.3 * start.part.length, _CORNER) * (edge[0] != ENTRY)
            points = [(out, start.right), (out, lane)]
        else:
            out = start.right - min(_CORNER, start.part.breadth / 4)
            points = [(start.end, out), (start.end + GAP / 3, out), (start.end + GAP / 3, lane)]
        if end.outermost:
            into = end.along + min(0.3 * end.part.length, _CORNER)
            points += [(into, lane), (into, end.right)]
        else:
            into, top = end.right - min(_CORNER, end.part.breadth / 4), end.along - 0.6 * GAP
            points += [(top, lane), (top, into), (end.along, into)]
        return Link("skip", tuple(points), edge, len(self.flow.skips) > _MANY, True)

    def _together(self, column: _Column) -> Iterator[Link]:
        """The skips of a column in one line."""
        lane = max(column.lanes.values()) + column.spine
        outs: dict[int, Link] = {}
        intos: dict[int, Link] = {}
        for edge in column.lanes:
            link = self._skip(edge, lane)
            outs[edge[0]] = intos[edge[1]] = link
        low, high = math.inf, -math.inf
        for item, link in outs.items():
            at = next(i for i, (_, beside) in enumerate(link.points) if beside == lane)
            points = (*link.points[: at + 1], (link.points[at][0] + _ARC, lane))
            low = min(low, points[-1][0])
            yield Link("feed", points, (item, item), True, True)
        for item, link in intos.items():
            at = max(i for i, (_, beside) in enumerate(link.points) if beside == lane)
            points = ((link.points[at][0] - _ARC, lane), *link.points[at:])
            high = max(high, points[0][0])
            yield Link("skip", points, (item, item), True, True)
        yield Link("feed", ((low, lane), (high, lane)), (ENTRY, EXIT), False, True)

    def _straight(self, edge: Edge, lane: float) -> bool:
        """Whether a skip runs straight on from its item, which stands beside the others."""
        start = self.places.get(edge[0])
        return start is not None and abs(lane - start.beside - start.part.exit) < 0.5


class Drawing:
    """A layout in pixels.

    boxes, frames: the rectangle of each item, (left, top, width, height); outer frames come first.
    blocks: of the contents of each open module, and of all. Its edges are found when asked for.
    """

    def __init__(self, plan: Layout, root: _Contents) -> None:
        self.downwards = plan.downwards
        self.size = (root.breadth, root.length) if plan.downwards else (root.length, root.breadth)
        self.boxes: dict[int, Rect] = {}
        self.frames: dict[int, Rect] = {}
        self.blocks: list[Rect] = []
        self._contents: list[tuple[_Contents, float, float]] = [(root, 0.0, 0.0)]
        self._links: dict[int, list[Link]] = {}
        self._total = root.breadth
        for contents, along, beside in self._contents:
            self.blocks.append(self._rect(along, beside, contents))
            for item, placed in contents.places.items():
                a, b, part = placed.along + along, placed.beside + beside, placed.part
                if part.inner is None:
                    self.boxes[item] = self._rect(a, b, part)
                else:
                    self.frames[item] = self._rect(a, b, part)
                    inner, further, aside = part.inner
                    # The loop comes to it later.
                    self._contents.append((inner, a + further, b + aside))

    def _rect(self, along: float, beside: float, part: _Part) -> Rect:
        if self.downwards:
            return beside, along, part.breadth, part.length
        return along, self._total - beside - part.breadth, part.length, part.breadth

    def links(self, block: int) -> list[Link]:
        """The edges of a block."""
        if block not in self._links:
            contents, along, beside = self._contents[block]
            self._links[block] = found = []
            for link in contents.links():
                if self.downwards:
                    points = [(b + beside, a + along) for a, b in link.points]
                else:
                    points = [(a + along, self._total - b - beside) for a, b in link.points]
                found.append(Link(link.kind, tuple(points), link.ends, link.many, link.past))
        return self._links[block]


class Nest:
    """Lays a graph out. What a layout has in common with those before it is kept.

    sizes: (width, height) of each item's box. titles: the width of each module's name.
    """

    def __init__(
        self, modules: Modules, sizes: Sequence[Size], titles: Mapping[int, float]
    ) -> None:
        self.modules, self.sizes, self.titles = modules, sizes, titles
        self._inside: dict[int, frozenset[int]] = {}
        for module in modules.deepest_first():
            inner = [item for item in modules.children[module] if item >= modules.nodes]
            self._inside[module] = frozenset(inner).union(*(self._inside[m] for m in inner))
        self._known: dict[object, _Contents] = {}

    def size(self, plan: Layout) -> Size:
        """(width, height) of a layout."""
        part = self._contents(self.modules.root, plan, plan.limit)
        pair = part.length, part.breadth
        return pair[::-1] if plan.downwards else pair

    def draw(self, plan: Layout) -> Drawing:
        """Lay it out."""
        return Drawing(plan, self._contents(self.modules.root, plan, plan.limit))

    def _part(self, item: int, plan: Layout, limit: float) -> _Part:
        """An item: a box, or an open module with its frame."""
        if item not in plan.opened:
            wide, high = self.sizes[item]
            long, broad = (high, wide) if plan.downwards else (wide, high)
            return _Part(item, long, broad, broad / 2, broad / 2)
        title = self.titles[item] + 2 * PAD
        if plan.downwards:
            inner = self._contents(item, plan, limit - TITLE)
            broad = max(inner.breadth + 2 * PAD, title)
            along, beside = TITLE, (broad - inner.breadth) / 2
        else:
            inner = self._contents(item, plan, limit, title)
            broad = PAD + inner.breadth + TITLE
            along, beside = 0.0, PAD
        entry, exit_ = beside + inner.entry, beside + inner.exit
        return _Part(item, along + inner.length, broad, entry, exit_, (inner, along, beside))

    def _contents(self, module: int, plan: Layout, limit: float, least: float = 0.0) -> _Contents:
        """What stands in a module. least: its least length."""
        opened = plan.opened & self._inside[module]
        if limit < math.inf:
            # Whatever is short enough in one column is the same for every limit.
            whole = self._contents(module, plan, math.inf, least)
            if whole.length <= limit:
                return whole
        key = module, opened, plan.downwards, limit, least, plan.anywhere and limit < math.inf
        if key not in self._known:
            self._known[key] = self._arranged(module, plan, limit, least)
        return self._known[key]

    def _arranged(self, module: int, plan: Layout, limit: float, least: float) -> _Contents:
        flow = self.modules.flows[module]
        room = limit - 2 * GAP
        parts = {item: self._part(item, plan, room) for layer in flow.layers for item in layer}
        lengths = [max(parts[item].length for item in layer) for layer in flow.layers]
        ranges = _columns(flow, lengths, room, plan.anywhere)
        framed = module != self.modules.root
        lead = GAP if framed or len(ranges) > 1 else 0.0
        longest = max(sum(lengths[i] + GAP for i in range_) - GAP for range_ in ranges)
        found = _Contents(module, max(lead + longest + lead, least), 0.0, 0.0, 0.0)
        found.flow, found.lead = flow, lead
        found.column_of = {
            item: n for n, range_ in enumerate(ranges) for i in range_ for item in flow.layers[i]
        }
        found.column_of |= {ENTRY: 0, EXIT: len(ranges) - 1}
        found.columns = [_Column() for _ in ranges]
        left = 0.0
        order = list(zip(found.columns, ranges, strict=True))
        # Rows begin at the top, which is the far side where the data run to the right.
        for column, range_ in order if plan.downwards else order[::-1]:
            here = _stack(found, column, range_, parts, lengths, plan.downwards)
            _lanes(found, column, range_, here)
            start = min((placed.beside for placed in here.values()), default=0.0)
            end = max([0.0, *column.rights.values(), *column.lanes.values()])
            end += _CORNER / 2 if column.lanes else 0.0
            column.spine = left - min(start, 0.0)
            for placed in here.values():
                placed.beside += column.spine
            column.extent = left, column.spine + end
            left = column.extent[1] + GUTTER
        found.breadth = left - GUTTER
        found.entry, found.exit = found.columns[0].spine, found.columns[-1].spine
        return found


def _stack(
    found: _Contents,
    column: _Column,
    layers: range,
    parts: Mapping[int, _Part],
    lengths: Sequence[float],
    downwards: bool,
) -> dict[int, _Placed]:
    """Place the layers of a column, with its spine at 0."""
    here: dict[int, _Placed] = {}
    along, flow = found.lead, found.flow
    for i in layers:
        middle = [item for item in flow.layers[i] if item not in flow.aside]
        if not downwards:
            # The first is at the top, which is the far side.
            middle.reverse()
        items = [*middle, *(item for item in flow.layers[i] if item in flow.aside)]
        broad = sum(parts[item].breadth for item in middle) + BESIDE * (len(middle) - 1)
        beside = -parts[middle[0]].entry if len(middle) == 1 else -broad / 2
        for item in items:
            part = parts[item]
            here[item] = _Placed(along + (lengths[i] - part.length) / 2, beside, part)
            beside += part.breadth + BESIDE
        here[items[-1]].outermost = True
        column.rights[i] = beside - BESIDE
        column.layers[i] = along, along + lengths[i]
        along += lengths[i] + GAP
    found.places.update(here)
    return here


def _lanes(found: _Contents, column: _Column, layers: range, here: Mapping[int, _Placed]) -> None:
    """Find where each skip of a column runs: longer ones farther from the boxes."""
    flow = found.flow
    if not flow.passing:
        return
    apart = min(_LANE, _BUNDLE / (1 + max(rank for *_, rank in flow.passing)))
    # The farthest right end from each layer to each later one.
    reach: dict[tuple[int, int], float] = {}
    for i in layers:
        farthest = 0.0
        for j in range(i, layers.stop):
            farthest = max(farthest, column.rights[j])
            reach[i, j] = farthest
    low, high = layers.start, layers.stop - 1
    together = len(flow.passing) > _TOGETHER
    for edge, first, last, rank in flow.passing:
        if first > high or last < low:
            continue
        first, last = max(first, low), min(last, high)
        lane = reach[low, high] + _AWAY if together else reach[first, last] + _AWAY + apart * rank
        if edge[0] in flow.aside:
            start = here[edge[0]]
            straight = start.beside + start.part.exit
            if straight > reach.get((first + 1, last), 0.0) + PAD:
                lane = straight
        column.lanes[edge] = lane


def _columns(flow: Flow, lengths: Sequence[float], limit: float, anywhere: bool) -> list[range]:
    """The layers in columns of about one length, broken where no skip passes."""
    count = len(lengths)
    total = sum(lengths) + GAP * (count - 1)
    if total <= limit or count < 2:
        return [range(count)]
    target = total / math.ceil(total / max(limit, 1.0))
    breaks, length = [0], 0.0
    for i, long in enumerate(lengths):
        over = length + long - target
        joined = i and (flow.passed[i - 1] or (flow.parallel[i - 1] and not anywhere))
        if i > breaks[-1] and not joined and over > 0 and over > target - length:
            breaks.append(i)
            length = 0.0
        length += long + GAP
    return [range(a, b) for a, b in pairwise([*breaks, count])]
