"""A card: a title above the view of an output."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.views import text
from gui.views.base import View
from gui.views.graphs.folding import FoldingGraphView
from gui.views.pictures.filters import FiltersView
from gui.views.pictures.overlay import OverlayView
from gui.views.pictures.pictures import PicturesView
from gui.views.tables.bars import BarsView
from gui.views.tables.matrix import MatrixView
from gui.views.tables.note import NoteView
from gui.views.tables.table import TableView
from lab import payloads
from lab.exhibit import Output
from lab.payloads import Payload

_PAINTED: dict[type[Payload], type[View]] = {
    payloads.Pictures: PicturesView,
    payloads.Overlay: OverlayView,
    payloads.Bars: BarsView,
    payloads.Filters: FiltersView,
    payloads.Matrix: MatrixView,
    payloads.Table: TableView,
    payloads.Graph: FoldingGraphView,
    payloads.Note: NoteView,
}

LINES = 2


@cache
def views() -> dict[type[Payload], type[View]]:
    """The view of each kind. The first call imports pyqtgraph, which takes half a second.

    The window lets another thread do that, behind its first paint.
    """
    from gui.views.plots.curve import CurveView
    from gui.views.plots.histogram import HistogramView
    from gui.views.plots.scatter import ScatterView
    from gui.views.plots.surface import SurfaceView

    plots: dict[type[Payload], type[View]] = {
        payloads.Curve: CurveView,
        payloads.Histogram: HistogramView,
        payloads.Surface: SurfaceView,
        payloads.Scatter: ScatterView,
    }
    return _PAINTED | plots


def view_of(kind: type[Payload]) -> type[View]:
    """The view of a kind; only a plot's asks for pyqtgraph."""
    return _PAINTED.get(kind) or views()[kind]


class Title(QWidget):
    """The title in one line or two; the tooltip has all of it where that is too little."""

    double_clicked = Signal()

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(words)

    def text(self) -> str:
        """The whole title."""
        return self._words

    def set_text(self, words: str) -> None:
        """Set the title."""
        if words != self._words:
            self._words = words
            self.setAccessibleName(words)
            self._measure()
            self.updateGeometry()
            self.update()

    def lines(self) -> tuple[str, ...]:
        """The title's lines at this width."""
        return text.wrapped(self._words, self._font(), max(self.width(), 1), LINES)

    def _font(self) -> QFont:
        return theme.font(theme.CARD, theme.Weight.DemiBold)

    def _measure(self) -> None:
        self.setToolTip(self._words if self.cut_at(self.width()) else "")

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = text.wrapped(self._words, self._font(), max(width, 1), LINES)
        return int(text.line_height(self._font()) * len(rows))

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(max(self.width(), 240)))

    def minimumSizeHint(self) -> QSize:
        return QSize(64, int(text.line_height(self._font())))

    def cut_at(self, width: int) -> bool:
        """Whether two lines of this width are too little for it."""
        rows = text.wrapped(self._words, self._font(), max(width, 1), LINES)
        # A line may end at a hyphen, where there is no space.
        return "".join("".join(rows).split()) != "".join(self._words.split())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            colour = theme.current().text
            room = QRectF(self.rect())
            text.draw(painter, room, self._words, self._font(), colour, text.TOP_LEFT, LINES)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.update()
        super().changeEvent(event)


class EnlargeButton(QAbstractButton):
    """Two arrows: apart to enlarge the card, together to show the others again."""

    EDGE = 3 * theme.GRID

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.enlarged = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(self.EDGE, self.EDGE)
        self.show_enlarged(False)

    def show_enlarged(self, enlarged: bool) -> None:
        """Whether the card is enlarged now."""
        self.enlarged = enlarged
        words = "Show all cards" if enlarged else "Enlarge this card"
        self.setToolTip(f"{words} (double click on the title)")
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.EDGE, self.EDGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        lit = self.underMouse() or self.hasFocus()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(look.accent if lit else look.muted, 2))
            middle = QPointF(self.EDGE / 2, self.EDGE / 2)
            for sign in (1, -1):
                corner, inner = QPointF(7, -7) * sign, QPointF(2, -2) * sign
                tip, tail = (inner, corner) if self.enlarged else (corner, inner)
                side = QPointF(5, 0) * (sign if self.enlarged else -sign)
                down = QPointF(0, 5) * (-sign if self.enlarged else sign)
                painter.drawLine(middle + tip, middle + tail)
                painter.drawPolyline(
                    QPolygonF([middle + tip + side, middle + tip, middle + tip + down])
                )


class Card(QFrame):
    """The view of an output under its title."""

    def __init__(self, output: Output, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        # The board sets the size, whatever a view prefers.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.view = view = view_of(output.kind)(output)
        self.title = Title(output.title)
        self._column = layout = QVBoxLayout(self)
        grid = theme.GRID
        layout.setContentsMargins(2 * grid, grid + grid // 2, 2 * grid, 2 * grid)
        layout.setSpacing(grid + grid // 2)
        self._head = QHBoxLayout()
        self._head.setSpacing(grid)
        self._head.addWidget(self.title, 1)
        self._enlarge: EnlargeButton | None = None
        layout.addLayout(self._head)
        layout.addWidget(view, 1)

    def offer_to_enlarge(self, asked: Callable[[], None]) -> None:
        """Add a button, and let a double click on the title do the same."""
        self._enlarge = EnlargeButton(self)
        self._enlarge.clicked.connect(lambda: asked())
        self.title.double_clicked.connect(asked)
        self._head.addWidget(self._enlarge, 0, Qt.AlignmentFlag.AlignTop)

    def show_enlarged(self, enlarged: bool) -> None:
        """Whether it is shown alone now."""
        if self._enlarge is not None and self._enlarge.enlarged != enlarged:
            self._enlarge.show_enlarged(enlarged)

    def fits(self, size: QSize) -> bool:
        """Whether all of what it shows can be read at a size."""
        around = self._column.contentsMargins()
        wide = size.width() - around.left() - around.right()
        beside = EnlargeButton.EDGE + self._head.spacing() if self._enlarge is not None else 0
        above = self.title.heightForWidth(wide - beside) + self._column.spacing()
        high = size.height() - around.top() - around.bottom() - above
        return not self.title.cut_at(wide - beside) and self.view.fits(wide, high)

    def show_payload(self, payload: Payload) -> None:
        """Show a payload, and its own title if it has one."""
        self.title.set_text(payload.title or self.view.output.title)
        self.view.show_payload(payload)

    def clear(self) -> None:
        """Show the hint and the output's title again."""
        self.title.set_text(self.view.output.title)
        self.view.clear()
