"""How much of a graph is open at first, and the layout in which it is drawn largest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from gui import theme
from gui.views.graphs.modules import Modules
from gui.views.graphs.nested import GAP, TITLE, Drawing, Layout, Nest, Size

# The least scale at which all text is as large as the smallest of the type scale; the largest, with
# text no larger than a title; that of a graph that scrolls.
READABLE, LARGEST, SCROLLED = theme.SMALL / theme.CAPTION, 1.6, 1.0
# No layout fills the room closer than this.
_SPARSE = 1.15
# So many modules of a level are tried one by one.
_TRIED = 6
# Pixels around a graph.
MARGIN = 4.0
# Columns are tried that fill the card at these scales.
_SCALES = (READABLE, 1.0, 1.1, 1.2, 1.3, 1.4, LARGEST, 1.9)


class Choosing:
    """Tries layouts of one graph.

    sizes: (width, height) of each item's box, nodes before modules. titles: the width of each
    module's name.
    """

    def __init__(
        self, modules: Modules, sizes: Sequence[Size], titles: Mapping[int, float]
    ) -> None:
        self.modules, self.sizes, self.titles = modules, sizes, titles
        self._nest = Nest(modules, sizes, titles)
        # What was chosen for a room: the same network is shown there again at the next run.
        self._firsts: dict[Size, frozenset[int]] = {}

    def largest(self, opened: frozenset[int], room: Size) -> tuple[Drawing, float]:
        """The layout in which a graph is drawn largest, and its scale.

        Where it cannot be read it is laid out to be scrolled down, at SCROLLED.
        """
        plan, scale = self._best(opened, room) if self._may_fit(opened, room) else (None, 0.0)
        if plan is None or scale < READABLE:
            plan, scale = self._scrolled(opened, room), SCROLLED
        return self._nest.draw(plan), scale

    def whole(self, opened: frozenset[int], room: Size) -> tuple[Drawing, float]:
        """The same with all of it in the room, however small."""
        plan, scale = self._best(opened, room)
        return self._nest.draw(plan), scale

    def _best(self, opened: frozenset[int], room: Size) -> tuple[Layout, float]:
        best: tuple[Layout, float] = Layout(opened, True), 0.0
        # To break where branches part or join is worth it only where it has to be.
        for anywhere in (False, True):
            for plan in self._plans(opened, room, anywhere):
                scale = fitting(self._nest.size(plan), room)
                if scale > best[1] * 1.02:
                    best = plan, scale
            if best[1] >= READABLE:
                break
        return best

    def _plans(self, opened: frozenset[int], room: Size, anywhere: bool) -> Iterator[Layout]:
        flows = (self.modules.flows[module] for module in (self.modules.root, *opened))
        if anywhere and not any(any(flow.parallel) for flow in flows):
            return
        for direction in (True, False):
            for limit in self._limits(room, direction):
                yield Layout(opened, direction, limit, anywhere)

    def _limits(self, room: Size, downwards: bool) -> Iterator[float]:
        yield math.inf
        for scale in _SCALES:
            yield room[1 if downwards else 0] / scale

    def _scrolled(self, opened: frozenset[int], room: Size) -> Layout:
        """As many columns as have room beside each other."""
        whole = Layout(opened, True)
        broad, long = self._nest.size(whole)
        for columns in range(int((room[0] - 2 * MARGIN) / max(broad, 1.0)), 1, -1):
            tried = Layout(opened, True, max(1.05 * long / columns, room[1]))
            if self._nest.size(tried)[0] + 2 * MARGIN <= room[0]:
                return tried
        return whole

    def suits(self, room: Size) -> bool:
        """Whether so much room will do: for all modules folded."""
        return self._readable(frozenset(), room)

    def first(self, room: Size) -> frozenset[int]:
        """The modules that are open at first: as much as can be read at once.

        First the way to a skip, so that one is seen; then all of a level; where that is too much
        those of its modules that fit, the ones with branches first.
        """
        if room not in self._firsts:
            self._firsts[room] = self._first(room)
        return self._firsts[room]

    def _first(self, room: Size) -> frozenset[int]:
        way = self.way_to_a_skip()
        opened: frozenset[int] = way if self._readable(way, room) else frozenset()
        for level in self.modules.levels():
            more = opened | frozenset(level)
            if self._readable(more, room):
                opened = more
                continue
            for module in sorted(level, key=self._plain)[:_TRIED]:
                more = opened | {module}
                if opened.issuperset(self._above(module)) and self._readable(more, room):
                    opened = more
            break
        return opened

    def _plain(self, module: int) -> bool:
        """Whether a module is a mere chain; others are more telling when they are open."""
        flow = self.modules.flows[module]
        return not (flow.skips or any(flow.parallel))

    def way_to_a_skip(self) -> frozenset[int]:
        """The first module in which a skip passes, and those around it."""
        for module in range(self.modules.root, self.modules.root + len(self.modules.paths)):
            if self.modules.flows[module].skips:
                return frozenset({module, *self.modules.around(module)}) - {self.modules.root}
        return frozenset()

    def _readable(self, opened: frozenset[int], room: Size) -> bool:
        """Whether it can be read with these open."""
        return self._may_fit(opened, room) and any(
            fitting(self._nest.size(plan), room) >= READABLE
            for anywhere in (False, True)
            for plan in self._plans(opened, room, anywhere)
        )

    def _may_fit(self, opened: frozenset[int], room: Size) -> bool:
        """False where the boxes take more than the room, or a column that cannot be broken does."""
        taken = 0.0
        for module in (self.modules.root, *opened):
            if module == self.modules.root or opened.issuperset(self._above(module)):
                for item in self.modules.children[module]:
                    if item in opened:
                        taken += TITLE * self.titles[item]
                    else:
                        wide, high = self.sizes[item]
                        taken += (wide + GAP) * (high + GAP)
        if _SPARSE * taken * READABLE**2 > room[0] * room[1]:
            return False
        for axis in (1, 0):
            shortest = Layout(opened, axis == 1, room[axis] / _SCALES[-1], True)
            if self._nest.size(shortest)[axis] * READABLE <= room[axis]:
                return True
        return False

    def _above(self, module: int) -> set[int]:
        return {*self.modules.around(module)} - {self.modules.root}


def fitting(size: Size, room: Size) -> float:
    """The scale at which it fits, at most LARGEST."""
    wide, high = max(size[0], 1.0), max(size[1], 1.0)
    return min((room[0] - 2 * MARGIN) / wide, (room[1] - 2 * MARGIN) / high, LARGEST)
