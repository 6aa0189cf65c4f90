"""A graph of modules that are opened and folded by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QMenu

from gui.views.graphs.keys import KEYS
from gui.views.graphs.modules_view import ModulesView
from gui.views.plots import menu, saving
from gui.views.plots.saving import Copy, Form

FORMS: tuple[Form, ...] = ("PNG", "SVG")
# The zoom for a notch of the wheel, and for a key.
_NOTCH = 1.15
# Pixels that the pointer may move in a click.
_CLICK = 5.0


class FoldingGraphView(ModulesView):
    """A click opens a folded module, or folds an open one by its name; a node is picked."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Where the button was pressed, and on what; the module that this click has opened.
        self._pressed: tuple[QPointF, int | None] | None = None
        self._toggled: int | None = None
        self._dragged: QPointF | None = None

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
            self.touched, self.port.zoomed = False, False
            self.lay_out()

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
        anchor = self.anchor() if module is None else (module, self.rect_of_item(module).topLeft())
        self.opened, self.touched = opened, True
        self.lay_out(anchor)
        if module is not None:
            self.reveal(module, whole=True)
        if self.focused is not None and self.rect_in_drawing(self.focused) is None:
            self.focused = module

    # Scrolling and zooming.

    def scroll_by(self, across: float, down: float) -> None:
        """Move the contents by pixels."""
        self.port.move(across, down)
        self.update()

    def zoom(self, factor: float, about: QPointF) -> None:
        """Scale about a point of this widget; never so small that it cannot be read."""
        self.port.zoom(factor, about)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.modules is None:
            super().wheelEvent(event)
            return
        turned, pixels = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(_NOTCH ** (turned.y() / 120), event.position())
        elif self.scrolls:
            across, down = pixels.x() or turned.x(), pixels.y() or turned.y()
            if not self.port.beyond()[1]:
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
        if item != self.hovered:
            self.hovered = item
            self.update()

    def leaveEvent(self, event: Any) -> None:
        self.hovered = None
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
            self.focused = pressed[1]
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
        now = order.index(self.focused) if self.focused in order else -1
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
        self.focused = item
        self.reveal(item)
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
        self.paint_graph(painter)
        painter.restore()

    def copy(self, form: Form) -> None:
        """Put what is seen on the clipboard."""
        saving.copy(self, self.snapshot(), form)

    def save(self, form: Form) -> None:
        """Ask for a file and write what is seen into it."""
        saving.save(self, self.snapshot(), form, "the graph")


def _far(a: QPointF, b: QPointF) -> bool:
    return (a - b).manhattanLength() > _CLICK
