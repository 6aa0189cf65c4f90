"""A table of text and numbers."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gui import theme
from gui.views import text
from gui.views.base import View
from lab.exhibit import Output
from lab.payloads import Table

# So many rows are to be seen at least.
LEAST_ROWS = 3


class TableView(View):
    """Numbers are right-aligned; a table larger than its card scrolls."""

    payload: Table

    def __init__(self, output: Output, parent: QWidget | None = None) -> None:
        super().__init__(output, parent)
        self.table = table = QTableWidget(self)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(4 * theme.GRID)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setSectionsClickable(False)
        mode = QAbstractItemView.SelectionMode
        table.setSelectionMode(mode.SingleSelection if output.picks else mode.NoSelection)
        if output.picks:
            self.setFocusProxy(table)
            table.currentCellChanged.connect(self._current)
        else:
            table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.table.setGeometry(self.rect())
        self._share_width()

    def accept(self, payload: Table) -> None:
        table = self.table
        table.blockSignals(True)
        table.setColumnCount(len(payload.columns))
        table.setRowCount(len(payload.rows))
        for j, name in enumerate(payload.columns):
            head = QTableWidgetItem(name)
            head.setTextAlignment(self._side(payload, j))
            table.setHorizontalHeaderItem(j, head)
        for i, row in enumerate(payload.rows):
            weight = theme.Weight.Bold if i == payload.highlight else theme.Weight.Normal
            for j, value in enumerate(row):
                words = value if isinstance(value, str) else text.number(value)
                item = QTableWidgetItem(words)
                item.setTextAlignment(self._side(payload, j))
                item.setFont(theme.font(theme.BODY, weight))
                table.setItem(i, j, item)
        self._share_width()
        table.setVisible(not self.is_empty())
        table.blockSignals(False)

    def _share_width(self) -> None:
        """Columns as wide as what they hold; the first takes what is left, but is never cut."""
        header, mode = self.table.horizontalHeader(), QHeaderView.ResizeMode
        header.setSectionResizeMode(mode.ResizeToContents)
        wide = sum(self._width(j) for j in range(self.table.columnCount()))
        if self.table.columnCount() and wide <= self.width():
            header.setSectionResizeMode(0, mode.Stretch)

    def _width(self, column: int) -> int:
        """What a column needs, in pixels."""
        header = self.table.horizontalHeader()
        return max(self.table.sizeHintForColumn(column), header.sectionSizeHint(column))

    @staticmethod
    def _side(payload: Table, column: int) -> Qt.AlignmentFlag:
        numbers = payload.rows and all(not isinstance(row[column], str) for row in payload.rows)
        side = Qt.AlignmentFlag.AlignRight if numbers else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def fits(self, width: float, height: float) -> bool:
        """Whether the first two columns and the first rows are seen without scrolling."""
        if self.payload is None or self.is_empty():
            return super().fits(width, height)
        header = self.table.horizontalHeader()
        wide = sum(self._width(j) for j in range(min(self.table.columnCount(), 2)))
        rows = min(len(self.payload.rows), LEAST_ROWS)
        return wide <= width and header.sizeHint().height() + rows * 4 * theme.GRID <= height

    def forget(self) -> None:
        self.table.setRowCount(0)
        self.table.hide()

    def is_empty(self) -> bool:
        return not self.payload or not self.payload.rows

    def count(self) -> int:
        return len(self.payload.rows) if self.payload else 0

    def select(self, index: int | None) -> None:
        super().select(index)
        self.table.blockSignals(True)
        if index is None:
            self.table.clearSelection()
        else:
            self.table.selectRow(index)
        self.table.blockSignals(False)

    def rect_of(self, index: int) -> QRectF:
        table = self.table
        model, last = table.model(), table.columnCount() - 1
        row = table.visualRect(model.index(index, 0)).united(
            table.visualRect(model.index(index, last))
        )
        return QRectF(row.translated(table.viewport().mapTo(self, QPoint(0, 0))))

    def _current(self, row: int) -> None:
        if row >= 0 and row != self.selected:
            self.selected = row
            self.picked.emit(row)
