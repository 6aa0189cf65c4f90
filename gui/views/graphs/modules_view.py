"""A graph of modules, each of which is one box or a frame around its contents: what is shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF, QResizeEvent

from gui import theme
from gui.views.graphs import painting
from gui.views.graphs.choosing import Choosing
from gui.views.graphs.graph import GraphView, colours_of
from gui.views.graphs.modules import Modules
from gui.views.graphs.nested import Drawing, Link
from gui.views.graphs.painting import ARROW, Box, title_of
from gui.views.graphs.viewport import Viewport
from lab.payloads import Graph

# Pixels, (width, height), below which a graph of modules is not readable, folded as it may be.
LEAST = (40.0 * theme.GRID, 25.0 * theme.GRID)


class ModulesView(GraphView):
    """A graph with modules is folded until it can be read, and scrolls where it cannot.

    What is open stays as it is while the payloads are of the same nodes, edges and modules. Without
    modules it is a GraphView.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.modules: Modules | None = None
        self.opened: frozenset[int] = frozenset()
        # Whether the user opened or folded something since the network came.
        self.touched = False
        self.port = Viewport()
        self._structure: object = None
        self._choosing: Choosing | None = None
        self._left: tuple[object, Modules | None] | None = None
        self._boxes: list[Box] = []
        self._drawn: Drawing | None = None
        self._paths: dict[Link, tuple[QPainterPath, QPolygonF]] = {}
        # The item that has the keys, and the one under the pointer.
        self.focused: int | None = None
        self.hovered: int | None = None

    # The contract of a view.

    def accept(self, payload: Graph) -> None:
        if not payload.modules:
            self.modules, self._structure = None, None
            super().accept(payload)
            return
        self._names = list(payload.nodes)
        structure = tuple(payload.nodes), payload.edges, tuple(payload.modules.items())
        new = structure != self._structure
        if new:
            self.modules = self._again(structure) or Modules(
                self._names, payload.edges, payload.modules
            )
            self._structure, self.touched, self.port.zoomed = structure, False, False
            self.focused, self.hovered = None, None
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if self._measure() or new:
            self.lay_out(None if new else self.anchor())
        if payload.selected in self._names:
            chosen = self._names.index(payload.selected)
            if chosen != self.selected:
                self.select(chosen)

    def _measure(self) -> bool:
        """Measure all boxes; whether one has another size than before."""
        assert self.modules is not None
        modules = self.modules
        boxes = [Box(words.split("\n")) for words in self.payload.nodes.values()]
        for module in modules.children:
            last, count = boxes[max(modules.within(module))], modules.sizes[module]
            lines = [modules.label(module), f"{count} operation{'s' if count > 1 else ''}"]
            lines += last.lines[1:][-1:]
            boxes.append(Box(lines, True, modules.skips[module]))
        self._boxes, sizes = boxes, [box.size() for box in boxes]
        known = self._choosing
        if known and known.modules is modules and known.sizes == sizes:
            return False
        titles = {m: painting.title_width(modules.label(m)) for m in modules.children}
        self._choosing = Choosing(modules, sizes, titles)
        return True

    def lay_out(self, anchor: tuple[int, QPointF] | None = None) -> None:
        """Lay it out anew. anchor: an item, and the point of the screen at which it stays."""
        assert self._choosing is not None
        port, top = self.port, self._top()
        port.room = max(float(self.width()), 1.0), max(self.height() - top, 1.0)
        port.top = top
        # A card that is drawn for a file shows everything.
        port.whole = self.window().testAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        if not self.touched:
            self.opened = self._choosing.first(port.room)
        find = self._choosing.whole if port.whole else self._choosing.largest
        self._drawn, scale = find(self.opened, port.room)
        self._paths = {}
        port.show(self._drawn.size, scale)
        if anchor is not None and (rect := self.rect_in_drawing(anchor[0])) is not None:
            port.put(rect.topLeft(), anchor[1])
        else:
            port.to_head()
        self.update()

    @property
    def drawing(self) -> Drawing:
        """The layout as it is now."""
        assert self._drawn is not None, "there is no layout before there is a graph of modules"
        return self._drawn

    def _top(self) -> float:
        """The height of the legend: none where there are no skips."""
        return painting.LEGEND if self.modules and self.modules.skips[self.modules.root] else 0.0

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.modules is None:
            super().resizeEvent(event)
        else:
            self.lay_out(self.anchor() if self.touched else None)

    def restyle(self) -> None:
        self._paths = {}

    def forget(self) -> None:
        super().forget()
        if self._structure is not None:
            # A run that begins again mostly shows the same network: its layouts are known.
            self._left = self._structure, self.modules
        self.modules, self._structure = None, None

    def _again(self, structure: object) -> Modules | None:
        """The modules of that structure, if it was the last one shown."""
        known = self._left
        return known[1] if known is not None and known[0] == structure else None

    def scale(self) -> float:
        return super().scale() if self.modules is None else self.port.scale

    def fits(self, width: float, height: float) -> bool:
        if self.modules is None or self.is_empty():
            return super().fits(width, height)
        assert self._choosing is not None
        room = width, height - self._top()
        return width >= LEAST[0] and height >= LEAST[1] and self._choosing.suits(room)

    @property
    def scrolls(self) -> bool:
        return super().scrolls if self.modules is None else any(self.port.beyond())

    def item_of(self, index: int) -> int:
        """The item that shows a node: itself, or the folded module around it."""
        assert self.modules is not None
        return self.modules.shown(index, self.opened)

    def rect_of(self, index: int) -> QRectF:
        if self.modules is None:
            return super().rect_of(index)
        return self.rect_of_item(self.item_of(index))

    def rect_of_item(self, item: int) -> QRectF:
        """The rectangle of a box, or of the title of an open module, in pixels of this widget."""
        rect = self.rect_in_drawing(item)
        assert rect is not None, "it is in a folded module"
        return self.port.on_screen(title_of(rect) if item in self.drawing.frames else rect)

    def rect_in_drawing(self, item: int) -> QRectF | None:
        """The rectangle of a box or a frame in the drawing; None for what a module hides."""
        found = self.drawing.boxes.get(item) or self.drawing.frames.get(item)
        return QRectF(*found) if found else None

    def module_named(self, path: str) -> int:
        """The module of that dotted path."""
        assert self.modules is not None
        return self.modules.nodes + self.modules.paths.index(path)

    def item_at(self, position: QPointF) -> int | None:
        """The node, folded module or title of an open one at a point of this widget."""
        if position.y() < self._top():
            return None
        at = self.port.in_drawing(position)
        x, y = at.x(), at.y()
        for item, (left, top, wide, high) in self.drawing.boxes.items():
            if left <= x <= left + wide and top <= y <= top + high:
                return item
        for item, rect in self.drawing.frames.items():
            if title_of(QRectF(*rect)).contains(at):
                return item
        return None

    def index_at(self, position: QPointF) -> int | None:
        if self.modules is None:
            return super().index_at(position)
        item = self.item_at(position)
        return item if item is not None and item < self.modules.nodes else None

    def select(self, index: int | None) -> None:
        super().select(index)
        if self.modules is not None and index is not None and index < len(self._names):
            self.reveal(self.item_of(index))

    def reveal(self, item: int, whole: bool = False) -> None:
        """Scroll until an item is seen. whole: with all of an open module, if there is room."""
        rect = self.rect_in_drawing(item)
        if rect is not None and self.scrolls:
            self.port.reveal(title_of(rect) if item in self.drawing.frames and not whole else rect)
            self.update()

    def anchor(self) -> tuple[int, QPointF] | None:
        """The item that is nearest to the middle of the view, and where it is."""
        middle = QPointF(self.rect().center())
        best: tuple[float, int, QPointF] | None = None
        for item in (*self.drawing.boxes, *self.drawing.frames):
            rect = self.rect_of_item(item)
            away = (rect.center() - middle).manhattanLength()
            if best is None or away < best[0]:
                best = away, item, rect.topLeft()
        return best[1:] if best else None

    def readout(self, position: QPointF) -> str:
        if self.modules is None:
            return super().readout(position)
        item = self.item_at(position)
        if item is None:
            return ""
        if item < self.modules.nodes:
            return f"{self._names[item]}\n{self.payload.nodes[self._names[item]]}"
        lines = [self.modules.path(item), f"{self.modules.sizes[item]} operations"]
        if skips := self.modules.skips[item]:
            lines.append(f"{skips} skip connection{'s' if skips > 1 else ''}")
        lines.append("Click to fold it" if item in self.opened else "Click to open it")
        return "\n".join(lines)

    # Painting.

    def paint(self, painter: QPainter) -> None:
        if self.modules is None:
            super().paint(painter)
            return
        self.paint_graph(painter)
        look = theme.current()
        for groove, knob in self.port.bars():
            painter.fillRect(groove, look.groove)
            painter.fillRect(knob, look.muted)

    def paint_graph(self, painter: QPainter) -> None:
        """Draw what is seen of the graph, without scroll bars."""
        assert self.modules is not None
        seen, drawing, look = self.port.seen(), self.drawing, theme.current()
        chosen = self.item_of(self.selected) if self.selected is not None else None
        lit = {self.hovered, self.focused if self.hasFocus() else None}
        painter.save()
        painter.translate(self.port.offset)
        painter.scale(self.port.scale, self.port.scale)
        for module, place in drawing.frames.items():
            if seen.intersects(rect := QRectF(*place)):
                deep = sum(1 for _ in self.modules.around(module))
                name = self.modules.label(module)
                painting.paint_frame(painter, rect, name, deep, module in lit)
        links: list[Link] = []
        for number, block in enumerate(drawing.blocks):
            if seen.intersects(QRectF(*block)):
                links += [link for link in drawing.links(number) if _crosses(link, seen)]
        for link in sorted(links, key=lambda each: (each.past, chosen in each.ends)):
            path, head = self._path(link)
            shown = head if self._pointed(link) else None
            painting.paint_link(painter, path, shown, link, chosen in link.ends)
        for item, place in drawing.boxes.items():
            if seen.intersects(rect := QRectF(*place)):
                node = item < self.modules.nodes
                colours = colours_of(self.payload, self._names[item]) if node else None
                # A node is lit by the keys alone, for not every one can be clicked.
                bright = item in lit and (not node or item != self.hovered)
                self._boxes[item].paint(painter, rect, colours, item == chosen, bright)
        painter.restore()
        if top := self._top():
            painter.fillRect(QRectF(0, 0, self.width(), top), look.card)
            painting.paint_legend(painter, QRectF(0, 0, self.width(), top))

    def _pointed(self, link: Link) -> bool:
        """Whether it ends in an arrow: into a frame it goes on."""
        if link.kind in ("skip", "feed"):
            return link.kind == "skip"
        return link.ends[1] in self.drawing.boxes

    def _path(self, link: Link) -> tuple[QPainterPath, QPolygonF]:
        """An edge as it is painted."""
        if link not in self._paths:
            pointed = self._pointed(link)
            self._paths[link] = painting.path_of(link, self.drawing.downwards, pointed)
        return self._paths[link]


def _crosses(link: Link, seen: QRectF) -> bool:
    """Whether some of an edge may be in a rectangle."""
    x, y = zip(*link.points, strict=True)
    low, high = QPointF(min(x), min(y)), QPointF(max(x), max(y))
    return QRectF(low, high).adjusted(-ARROW, -ARROW, ARROW, ARROW).intersects(seen)
