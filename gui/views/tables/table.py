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
        # The payload in the cells, and the width that each column needs.
        self._filled: Table | None = None
        self._widths: list[int] = []
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
        table, before = self.table, self._filled
        table.blockSignals(True)
        if before is None or (before.columns, before.rows) != (payload.columns, payload.rows):
            self._fill(payload)
        elif before.highlight != payload.highlight:
            self._set_bold(before.highlight, theme.Weight.Normal)
            self._set_bold(payload.highlight, theme.Weight.Bold)
        if payload.highlight is not None and (
            before is None or before.highlight != payload.highlight
        ):
            if self.output.picks:
                self.selected = payload.highlight
                table.selectRow(payload.highlight)
            table.scrollTo(table.model().index(payload.highlight, 0))
        self._filled = payload
        table.setVisible(not self.is_empty())
        table.blockSignals(False)

    def _fill(self, payload: Table) -> None:
        table = self.table
        table.setColumnCount(len(payload.columns))
        table.setRowCount(len(payload.rows))
        sides = [self._side(payload, j) for j in range(len(payload.columns))]
        plain, bold = (theme.font(theme.BODY, w) for w in (theme.Weight.Normal, theme.Weight.Bold))
        for j, name in enumerate(payload.columns):
            head = QTableWidgetItem(name)
            head.setTextAlignment(sides[j])
            table.setHorizontalHeaderItem(j, head)
        for i, row in enumerate(payload.rows):
            font = bold if i == payload.highlight else plain
            for j, value in enumerate(row):
                words = value if isinstance(value, str) else text.number(value)
                item = QTableWidgetItem(words)
                item.setTextAlignment(sides[j])
                item.setFont(font)
                table.setItem(i, j, item)
        self._widths = []
        self._share_width()

    def _set_bold(self, row: int | None, weight: theme.Weight) -> None:
        if row is not None:
            for j in range(self.table.columnCount()):
                if item := self.table.item(row, j):
                    item.setFont(theme.font(theme.BODY, weight))

    def _share_width(self) -> None:
        """Columns as wide as what they hold; the first takes what is left, but is never cut."""
        header, mode = self.table.horizontalHeader(), QHeaderView.ResizeMode
        header.setSectionResizeMode(mode.ResizeToContents)
        wide = sum(self._needed())
        if self.table.columnCount() and wide <= self.width():
            header.setSectionResizeMode(0, mode.Stretch)

    def _needed(self) -> list[int]:
        """What each column needs, in pixels."""
        if len(self._widths) != self.table.columnCount():
            header = self.table.horizontalHeader()
            self._widths = [
                max(self.table.sizeHintForColumn(j), header.sectionSizeHint(j))
                for j in range(self.table.columnCount())
            ]
        return self._widths

    @staticmethod
    def _side(payload: Table, column: int) -> Qt.AlignmentFlag:
        numbers = payload.rows and all(not isinstance(row[column], str) for row in payload.rows)
        side = Qt.AlignmentFlag.AlignRight if numbers else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def fits(self, width: float, height: float) -> bool:
        """Whether the columns that have to be, and the first rows, are seen without scrolling."""
        if self.payload is None or self.is_empty():
            return super().fits(width, height)
        header = self.table.horizontalHeader()
        wide = sum(self._needed()[: self.payload.least])
        rows = min(len(self.payload.rows), LEAST_ROWS)
        return wide <= width and header.sizeHint().height() + rows * 4 * theme.GRID <= height

    def forget(self) -> None:
        self._filled = None
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
