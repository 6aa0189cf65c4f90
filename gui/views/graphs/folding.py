"""A graph of modules that fold: each is one box, or a frame around its contents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu

from gui import theme
from gui.views import text
from gui.views.graphs import painting
from gui.views.graphs.choosing import MARGIN, READABLE, Choosing, fitting
from gui.views.graphs.graph import PAD, GraphView, colours_of, fonts
from gui.views.graphs.keys import KEYS
from gui.views.graphs.modules import Modules
from gui.views.graphs.nested import TITLE, Drawing, Link, Size
from gui.views.graphs.painting import ARROW
from gui.views.plots import menu, saving
from gui.views.plots.saving import Copy, Form
from lab.payloads import Graph

FORMS: tuple[Form, ...] = ("PNG", "SVG")
# Pixels, (width, height), below which a graph of modules is not readable, folded as it may be.
LEAST = (40.0 * theme.GRID, 25.0 * theme.GRID)
# The closest zoom; its step for a notch of the wheel, and for a key.
_CLOSEST, _NOTCH = 3.0, 1.15
# Pixels that the pointer may move in a click.
_CLICK = 5.0
# A scroll bar.
_BAR = 3.0
# Between the triangle and the name; the sign of a skip.
_CHEVRON, _SIGN = 14.0, 15.0
# Before that sign; the height of the legend.
_APART, _LEGEND = 10.0, 3.0 * theme.GRID


class FoldingGraphView(GraphView):
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
        self._structure: object = None
        self._choosing: Choosing | None = None
        self._boxes: list[list[str]] = []
        self._drawn: Drawing | None = None
        self._paths: dict[Link, tuple[QPainterPath, QPolygonF]] = {}
        self._scale, self._offset = 1.0, QPointF()
        self._zoomed = False
        self._cursor: int | None = None
        self._hovered: int | None = None
        self._pressed: tuple[QPointF, int | None] | None = None
        self._toggled: int | None = None
        self._dragged: QPointF | None = None

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
            self.modules = Modules(self._names, payload.edges, payload.modules)
            self._structure, self.touched, self._zoomed = structure, False, False
            self._cursor, self._hovered, self._toggled = None, None, None
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if self._measure() or new:
            self._lay_out(None if new else self._anchor())
        if payload.selected in self._names:
            chosen = self._names.index(payload.selected)
            if chosen != self.selected:
                self.select(chosen)

    def _measure(self) -> bool:
        """Measure all boxes; whether one has another size than before."""
        assert self.modules is not None
        modules = self.modules
        strong, font = fonts()
        boxes = [words.split("\n") for words in self.payload.nodes.values()]
        titles = {}
        for module in modules.children:
            last = boxes[max(modules.within(module))]
            count = modules.sizes[module]
            lines = [modules.label(module), f"{count} operation{'s' if count > 1 else ''}"]
            boxes.append([*lines, *last[1:][-1:]])
            titles[module] = text.width(modules.label(module), strong) + _CHEVRON
        sizes = []
        for item, (first, *rest) in enumerate(boxes):
            widths = [text.width(first, strong), *(text.width(line, font) for line in rest)]
            high = text.line_height(strong) + len(rest) * text.line_height(font)
            if item >= modules.nodes:
                widths[0] += _CHEVRON
                if words := self._skips_in(item):
                    widths[1] += text.width(words, font) + _SIGN + _APART
            sizes.append((max(widths) + 2 * PAD, high + PAD))
        self._boxes = boxes
        known = self._choosing
        if known and known.modules is modules and known.sizes == sizes:
            return False
        self._choosing = Choosing(modules, sizes, titles)
        return True

    def _skips_in(self, module: int) -> str:
        """How many skips there are in a module; the legend says what the sign before it means."""
        assert self.modules is not None
        return str(self.modules.skips[module] or "")

    def _lay_out(self, anchor: tuple[int, QPointF] | None = None) -> None:
        """Lay it out anew. anchor: an item, and the place on the screen at which it stays."""
        assert self._choosing is not None
        room = self._room()
        if not self.touched:
            self.opened = self._choosing.first(room)
        find = self._choosing.whole if self._shows_all() else self._choosing.largest
        self._drawn, scale = find(self.opened, room)
        self._paths = {}
        if not self._zoomed:
            self._scale = scale
        self._scale = max(self._scale, self._least_scale())
        if anchor is not None and (rect := self._rect(anchor[0])) is not None:
            self._offset = anchor[1] - rect.topLeft() * self._scale
        else:
            wide = self.drawing.size[0] * self._scale
            self._offset = QPointF((self.width() - wide) / 2, self._top() + MARGIN)
        self._keep_inside()
        self.update()

    @property
    def drawing(self) -> Drawing:
        """The layout as it is now."""
        assert self._drawn is not None, "there is no layout before there is a graph of modules"
        return self._drawn

    def _top(self) -> float:
        """The height of the legend: none where there are no skips."""
        return _LEGEND if self.modules and self.modules.skips[self.modules.root] else 0.0

    def _room(self) -> Size:
        return max(float(self.width()), 1.0), max(self.height() - self._top(), 1.0)

    def _shows_all(self) -> bool:
        """A card that is drawn for a file shows everything."""
        return self.window().testAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.modules is None:
            super().resizeEvent(event)
        else:
            self._lay_out(self._anchor() if self.touched else None)

    def restyle(self) -> None:
        self._paths = {}

    def forget(self) -> None:
        super().forget()
        self.modules, self._structure, self._choosing = None, None, None

    def scale(self) -> float:
        return super().scale() if self.modules is None else self._scale

    def fits(self, width: float, height: float) -> bool:
        if self.modules is None or self.is_empty():
            return super().fits(width, height)
        assert self._choosing is not None
        room = width, height - self._top()
        return width >= LEAST[0] and height >= LEAST[1] and self._choosing.suits(room)

    @property
    def scrolls(self) -> bool:
        if self.modules is None:
            return super().scrolls
        return any(over > 0 for over in self._beyond())

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
        rect = self._rect(item)
        assert rect is not None
        if item in self.drawing.frames:
            rect = _title(rect)
        top = self._offset + rect.topLeft() * self._scale
        return QRectF(top, rect.size() * self._scale)

    def module_named(self, path: str) -> int:
        """The module of that dotted path."""
        assert self.modules is not None
        return self.modules.nodes + self.modules.paths.index(path)

    def _rect(self, item: int) -> QRectF | None:
        found = self.drawing.boxes.get(item) or self.drawing.frames.get(item)
        return QRectF(*found) if found else None

    def item_at(self, position: QPointF) -> int | None:
        """The node, folded module or title of an open one at a point of this widget."""
        at = (position - self._offset) / self._scale
        x, y = at.x(), at.y()
        if position.y() < self._top():
            return None
        for item, (left, top, wide, high) in self.drawing.boxes.items():
            if left <= x <= left + wide and top <= y <= top + high:
                return item
        for item, (left, top, wide, _) in self.drawing.frames.items():
            if left <= x <= left + wide and top <= y <= top + TITLE:
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
            self._reveal(self.item_of(index))

    def readout(self, position: QPointF) -> str:
        if self.modules is None:
            return super().readout(position)
        item = self.item_at(position)
        if item is None:
            return ""
        if item < self.modules.nodes:
            return f"{self._names[item]}\n{self.payload.nodes[self._names[item]]}"
        skips = self.modules.skips[item]
        lines = [self.modules.path(item), f"{self.modules.sizes[item]} operations"]
        if skips:
            lines.append(f"{skips} skip connection{'s' if skips > 1 else ''}")
        lines.append("Click to fold it" if item in self.opened else "Click to open it")
        return "\n".join(lines)

    # Opening and folding.

    def open_all(self) -> None:
        """Open all modules."""
        if self.modules is not None:
            self._open(frozenset(self.modules.children) - {self.modules.root}, None)

    def fold_all(self) -> None:
        """Fold all modules."""
        self._open(frozenset(), None)

    def as_at_first(self) -> None:
        """Open as much as can be read, and show all of that."""
        if self.modules is not None:
            self.touched, self._zoomed = False, False
            self._lay_out()

    def toggle(self, module: int) -> None:
        """Open a folded module, or fold an open one; it stays where it is on the screen."""
        self._toggled = module
        self._open(self.opened ^ {module}, module)

    def toggle_within(self, module: int, opened: bool) -> None:
        """Open a module and all in it, or fold them."""
        assert self.modules is not None
        inner = {m for m in self.modules.children if module in self.modules.around(m)} | {module}
        self._open(self.opened | inner if opened else self.opened - inner, module)

    def _open(self, opened: frozenset[int], module: int | None) -> None:
        if self.modules is None or opened == self.opened:
            return
        anchor = self._anchor() if module is None else (module, self.rect_of_item(module).topLeft())
        self.opened, self.touched = opened, True
        self._lay_out(anchor)
        if module is not None:
            self._reveal(module, whole=True)
        if self._cursor is not None and self._rect(self._cursor) is None:
            self._cursor = module

    def _anchor(self) -> tuple[int, QPointF] | None:
        """The item that is nearest to the middle of the view, and where it is."""
        middle = QPointF(self.rect().center())
        best: tuple[float, int, QPointF] | None = None
        for item in (*self.drawing.boxes, *self.drawing.frames):
            rect = self.rect_of_item(item)
            away = (rect.center() - middle).manhattanLength()
            if best is None or away < best[0]:
                best = away, item, rect.topLeft()
        return best[1:] if best else None

    # Scrolling and zooming.

    def _beyond(self) -> tuple[float, float]:
        wide, high = (side * self._scale + 2 * MARGIN for side in self.drawing.size)
        room = self._room()
        over = wide - room[0], high - room[1]
        # What fits exactly is at times too large by a rounding error.
        return over[0] if over[0] > 0.5 else 0.0, over[1] if over[1] > 0.5 else 0.0

    def _least_scale(self) -> float:
        """All of it, or the smallest text that can be read."""
        all_ = fitting(self.drawing.size, self._room())
        return all_ if self._shows_all() else max(min(all_, READABLE), READABLE * 0.999)

    def _keep_inside(self) -> None:
        """Centre what is smaller than the view, and leave no gap beside what is larger."""
        beyond = self._beyond()
        at = [self._offset.x(), self._offset.y()]
        sides = zip(self.drawing.size, self._room(), (0.0, self._top()), strict=True)
        for axis, (side, room, first) in enumerate(sides):
            if beyond[axis]:
                at[axis] = min(max(at[axis], first + MARGIN - beyond[axis]), first + MARGIN)
            else:
                at[axis] = first + (room - side * self._scale) / 2
        self._offset = QPointF(*at)

    def scroll_by(self, across: float, down: float) -> None:
        """Move the contents by pixels."""
        self._offset += QPointF(across, down)
        self._keep_inside()
        self.update()

    def zoom(self, factor: float, about: QPointF) -> None:
        """Scale about a point of this widget; never so small that it cannot be read."""
        scale = min(max(self._scale * factor, self._least_scale()), _CLOSEST)
        self._offset = about - (about - self._offset) * (scale / self._scale)
        self._scale, self._zoomed = scale, True
        self._keep_inside()
        self.update()

    def _reveal(self, item: int, whole: bool = False) -> None:
        """Scroll until an item is seen. whole: with all of an open module, if there is room."""
        rect = self._rect(item)
        if rect is None or not self.scrolls:
            return
        if item in self.drawing.frames and not whole:
            rect = _title(rect)
        top = self._offset + rect.topLeft() * self._scale
        place = QRectF(top, rect.size() * self._scale)
        edge = 2.0 * theme.GRID

        def move(low: float, high: float, first: float, last: float) -> float:
            if high - low > last - first - 2 * edge or low < first + edge:
                return first + edge - low
            return min(last - edge - high, 0.0)

        self.scroll_by(
            move(place.left(), place.right(), 0.0, self.width()),
            move(place.top(), place.bottom(), self._top(), self.height()),
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.modules is None:
            super().wheelEvent(event)
            return
        turned, pixels = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(_NOTCH ** (turned.y() / 120), event.position())
        elif self.scrolls:
            across, down = pixels.x() or turned.x(), pixels.y() or turned.y()
            if not self._beyond()[1]:
                across, down = across or down, 0
            self.scroll_by(across, down)
        else:
            super().wheelEvent(event)
            return
        event.accept()

    # The mouse.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.modules is None:
            super().mousePressEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position(), self.item_at(event.position())
            self._dragged = event.position()
            self._toggled = None
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.modules is None:
            super().mouseMoveEvent(event)
            return
        if self._dragged is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if self._pressed and _far(event.position(), self._pressed[0]):
                self._pressed = None
            if self._pressed is None:
                moved = event.position() - self._dragged
                self._dragged = event.position()
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self.scroll_by(moved.x(), moved.y())
            return
        super().mouseMoveEvent(event)
        item = self.item_at(event.position())
        clicks = item is not None and (item >= self.modules.nodes or bool(self.output.picks))
        shapes = Qt.CursorShape.PointingHandCursor, Qt.CursorShape.ArrowCursor
        self.setCursor(shapes[0] if clicks else shapes[1])
        if item != self._hovered:
            self._hovered = item
            self.update()

    def leaveEvent(self, event: Any) -> None:
        self._hovered = None
        self.update()
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.modules is None:
            super().mouseReleaseEvent(event)
            return
        pressed, self._pressed, self._dragged = self._pressed, None, None
        if pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if pressed[1] is not None and pressed[1] == self.item_at(event.position()):
            self._cursor = pressed[1]
            self._activate(pressed[1])

    def _activate(self, item: int) -> None:
        """What a click on an item does."""
        assert self.modules is not None
        if item >= self.modules.nodes:
            self.toggle(item)
        elif self.output.picks and item != self.selected:
            self._pick(item)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.modules is None:
            super().mouseDoubleClickEvent(event)
            return
        # The first click has opened or folded the module already.
        if self._toggled is not None:
            self.toggle_within(self._toggled, self._toggled in self.opened)
        elif self.item_at(event.position()) is None:
            if len(self.opened) == len(self.modules.children) - 1:
                self.fold_all()
            else:
                self.open_all()
        self._toggled = None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.modules is None or self.is_empty():
            super().contextMenuEvent(event)
        else:
            self.menu().popup(event.globalPos())

    # The keyboard.

    def _in_order(self) -> list[int]:
        """All that is seen, each frame before its contents."""
        assert self.modules is not None

        def under(module: int) -> Iterator[int]:
            for item in self.modules.children[module] if self.modules else ():
                yield item
                if item in self.opened:
                    yield from under(item)

        return list(under(self.modules.root))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.modules is None or self.is_empty():
            super().keyPressEvent(event)
            return
        Key = Qt.Key
        for key in KEYS:
            if event.text().upper() == key.key:
                getattr(self, key.method)()
                return
        middle = QPointF(self.rect().center())
        acts: dict[Qt.Key, Callable[[], object]] = {
            Key.Key_Plus: lambda: self.zoom(_NOTCH, middle),
            Key.Key_Equal: lambda: self.zoom(_NOTCH, middle),
            Key.Key_Minus: lambda: self.zoom(1 / _NOTCH, middle),
        }
        order = self._in_order()
        now = order.index(self._cursor) if self._cursor in order else -1
        steps = {
            **dict.fromkeys((Key.Key_Right, Key.Key_Down), now + 1),
            **dict.fromkeys((Key.Key_Left, Key.Key_Up), now - 1),
            Key.Key_Home: 0,
            Key.Key_End: len(order) - 1,
        }
        pressed = Key(event.key())
        if pressed in acts:
            acts[pressed]()
        elif pressed in steps:
            if 0 <= steps[pressed] < len(order):
                self._go_to(order[steps[pressed]])
        elif pressed in (Key.Key_Return, Key.Key_Enter) and now >= 0:
            self._activate(order[now])
        else:
            super().keyPressEvent(event)

    def _go_to(self, item: int) -> None:
        assert self.modules is not None
        self._cursor = item
        self._reveal(item)
        if item < self.modules.nodes and self.output.picks:
            self._pick(item)
        self.update()

    # Copying and saving.

    def menu(self) -> QMenu:
        """The context menu."""
        own = [menu.Entry(key.text, getattr(self, key.method), key.key) for key in KEYS]
        copies = [menu.Entry(f"Copy as {form}", partial(self.copy, form)) for form in FORMS]
        files = [menu.Entry(f"Save as {form}…", partial(self.save, form)) for form in FORMS]
        return menu.make(self, (own, copies, files))

    def snapshot(self) -> Copy:
        """The graph as it is on the screen: open and folded, scrolled and zoomed."""
        return Copy(self.payload.title or self.output.title, self.size(), self._paint_at)

    def _paint_at(self, painter: QPainter, place: QRectF) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(place)
        painter.translate(place.topLeft())
        self._paint_graph(painter)
        painter.restore()

    def copy(self, form: Form) -> None:
        """Put what is seen on the clipboard."""
        saving.copy(self, self.snapshot(), form)

    def save(self, form: Form) -> None:
        """Ask for a file and write what is seen into it."""
        saving.save(self, self.snapshot(), form, "the graph")

    # Painting.

    def paint(self, painter: QPainter) -> None:
        if self.modules is None:
            super().paint(painter)
            return
        self._paint_graph(painter)
        self._paint_bars(painter)

    def _paint_graph(self, painter: QPainter) -> None:
        assert self.modules is not None
        scale = self._scale
        seen = QRectF(-self._offset / scale, self.size().toSizeF() / scale)
        painter.save()
        painter.translate(self._offset)
        painter.scale(scale, scale)
        for item, rect in self.drawing.frames.items():
            if seen.intersects(QRectF(*rect)):
                self._paint_frame(painter, item, QRectF(*rect))
        chosen = self.item_of(self.selected) if self.selected is not None else None
        links = []
        for number, block in enumerate(self.drawing.blocks):
            if seen.intersects(QRectF(*block)):
                links += [e for e in self.drawing.links(number) if _crosses(e, seen)]
        for link in sorted(links, key=lambda e: (e.past, chosen in e.ends)):
            path, head = self._path(link)
            shown = head if self._pointed(link) else None
            painting.paint_link(painter, path, shown, link, chosen in link.ends)
        for item, rect in self.drawing.boxes.items():
            if seen.intersects(QRectF(*rect)):
                self._paint_box(painter, item, QRectF(*rect), item == chosen)
        painter.restore()
        if top := self._top():
            self._paint_legend(painter, QRectF(0, 0, self.width(), top))

    def _pointed(self, link: Link) -> bool:
        """Whether it ends in an arrow: into a frame it goes on."""
        return link.kind == "skip" or (link.kind != "feed" and link.ends[1] in self.drawing.boxes)

    def _path(self, link: Link) -> tuple[QPainterPath, QPolygonF]:
        """An edge as it is painted."""
        if link not in self._paths:
            pointed = self._pointed(link)
            self._paths[link] = painting.path_of(link, self.drawing.downwards, pointed)
        return self._paths[link]

    def _paint_frame(self, painter: QPainter, module: int, rect: QRectF) -> None:
        assert self.modules is not None
        look = theme.current()
        deep = sum(1 for _ in self.modules.around(module))
        lit = module in (self._hovered, self._cursor if self.hasFocus() else None)
        painter.setPen(QPen(look.accent if lit else look.border, 1.5))
        painter.setBrush(look.window if deep % 2 else look.card)
        painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
        strong, _ = fonts()
        title = _title(rect)
        ink = look.accent if lit else look.muted
        painting.chevron(painter, QPointF(title.left() + PAD, title.center().y()), True, ink)
        words = title.adjusted(PAD + _CHEVRON - 4, 0, 0, 0)
        text.draw(painter, words, self.modules.label(module), strong, ink)

    def _paint_box(self, painter: QPainter, item: int, rect: QRectF, chosen: bool) -> None:
        assert self.modules is not None
        look = theme.current()
        folded = item >= self.modules.nodes
        lit = (item == self._cursor and self.hasFocus()) or (folded and item == self._hovered)
        group = None if folded else colours_of(self.payload, self._names[item])
        edge, fill = group or (look.muted, look.selection if chosen else look.field)
        painter.setPen(QPen(look.accent if chosen or lit else edge, 3 if chosen else 1.5))
        painter.setBrush(fill)
        if folded:
            # A second edge behind it: there is more inside.
            painter.drawRoundedRect(rect.translated(4, 4), 6, 6)
        painter.drawRoundedRect(rect, 6, 6)
        strong, font = fonts()
        first, *rest = self._boxes[item]
        y = rect.top() + 0.5 * PAD
        skips = self._skips_in(item) if folded else ""
        for number, line in enumerate((first, *rest)):
            type_ = font if number else strong
            place = QRectF(rect.left(), y, rect.width(), text.line_height(type_))
            if folded and number == 0:
                left = rect.center().x() - (text.width(line, strong) + _CHEVRON) / 2
                at = QPointF(left + 5, place.center().y())
                painting.chevron(painter, at, False, look.accent if lit else look.text)
                place.translate(_CHEVRON / 2, 0)
            if skips and number == 1:
                wide = text.width(line, font)
                left = rect.center().x() - (wide + _APART + _SIGN + text.width(skips, font)) / 2
                place.setLeft(left)
                text.draw(painter, place, line, font, look.text)
                left += wide + _APART
                painting.arc_sign(painter, QRectF(left, y, _SIGN - 4, place.height()))
                place.setLeft(left + _SIGN)
                text.draw(painter, place, skips, font, look.text)
            else:
                text.draw(painter, place, line, type_, look.text, text.CENTRE)
            y += place.height()

    def _paint_legend(self, painter: QPainter, place: QRectF) -> None:
        look, (_, font) = theme.current(), fonts()
        painter.fillRect(place, look.card)
        left, high = place.left() + MARGIN, text.line_height(font)
        painting.arc_sign(painter, QRectF(left, place.top(), _SIGN - 4, high))
        words = QRectF(left + _SIGN + 4, place.top(), place.width(), high)
        text.draw(painter, words, "skip connection", font, look.text)

    def _paint_bars(self, painter: QPainter) -> None:
        """Where one is in what is scrolled."""
        look, beyond = theme.current(), self._beyond()
        for axis, room in enumerate(self._room()):
            if not beyond[axis]:
                continue
            first = MARGIN + (self._top() if axis else 0.0)
            share = (first - (self._offset.x(), self._offset.y())[axis]) / beyond[axis]
            groove = room - 2 * MARGIN
            knob = groove * room / (room + beyond[axis])
            low = first + (groove - knob) * share
            if axis == 0:
                bars = QRectF(first, 0, groove, _BAR), QRectF(low, 0, knob, _BAR)
                down = QPointF(0, self.height() - _BAR - 1)
            else:
                bars = QRectF(0, first, _BAR, groove), QRectF(0, low, _BAR, knob)
                down = QPointF(self.width() - _BAR - 1, 0)
            painter.fillRect(bars[0].translated(down), look.groove)
            painter.fillRect(bars[1].translated(down), look.muted)


def _title(rect: QRectF) -> QRectF:
    """The title of a frame."""
    return QRectF(rect.left(), rect.top(), rect.width(), TITLE)


def _crosses(link: Link, seen: QRectF) -> bool:
    """Whether some of an edge may be in a rectangle."""
    x, y = zip(*link.points, strict=True)
    low, high = QPointF(min(x), min(y)), QPointF(max(x), max(y))
    return QRectF(low, high).adjusted(-ARROW, -ARROW, ARROW, ARROW).intersects(seen)


def _far(a: QPointF, b: QPointF) -> bool:
    return (a - b).manhattanLength() > _CLICK
