"""A table of text and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from gui import theme
from gui.views import text
from gui.views.base import View
from lab.exhibit import Output
from lab.payloads import Table

# So many rows are to be seen at least.
LEAST_ROWS = 3
# Of so many of its longest texts a column's width is found; to measure all of 700 takes 60 ms.
_MEASURED = 32

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class Cells(QAbstractTableModel):
    """The payload as Qt asks for it, cell by cell: only what is seen is made ready.

    texts: the words of each row.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.columns: Sequence[str] = ()
        self.texts: list[list[str]] = []
        self._sides: list[Qt.AlignmentFlag] = []
        self._highlight: int | None = None

    def show_table(self, table: Table) -> None:
        """Take in a payload; what is selected stays where there are as many rows and columns."""
        same = len(table.rows) == len(self.texts) and table.columns == self.columns
        if not same:
            self.beginResetModel()
        self.columns, self._highlight = table.columns, table.highlight
        self.texts = [
            [cell if isinstance(cell, str) else text.number(cell) for cell in row]
            for row in table.rows
        ]
        self._sides = [_side(table, j) for j in range(len(table.columns))]
        if not same:
            self.endResetModel()
        elif self.texts:
            last = self.index(len(self.texts) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.texts)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self.columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if role == Role.DisplayRole:
            return self.texts[index.row()][index.column()]
        if role == Role.TextAlignmentRole:
            return self._sides[index.column()]
        if role == Role.FontRole:
            bold = index.row() == self._highlight
            return theme.font(theme.BODY, theme.Weight.Bold if bold else theme.Weight.Normal)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and section < len(self.columns):
            if role == Role.DisplayRole:
                return self.columns[section]
            if role == Role.TextAlignmentRole:
                return self._sides[section]
        return None

    def widest(self, column: int) -> list[int]:
        """The rows whose cell in a column may be the widest: by its text, and one in bold."""
        longest = sorted({row[column] for row in self.texts}, key=len)[-_MEASURED:]
        font = theme.font(theme.BODY)
        words = max(longest, key=lambda each: text.width(each, font), default="")
        rows = [i for i, row in enumerate(self.texts) if row[column] == words][:1]
        return rows if self._highlight is None else [*rows, self._highlight]


class TableView(View):
    """Numbers are right-aligned; a table larger than its card scrolls."""

    payload: Table

    def __init__(self, output: Output, parent: QWidget | None = None) -> None:
        super().__init__(output, parent)
        self.table = table = QTableView(self)
        self.cells = Cells(table)
        table.setModel(self.cells)
        self._needs: list[int] = []
        # The row in bold that was scrolled to: the reader may have scrolled elsewhere since.
        self._shown: int | None = None
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setWordWrap(False)
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
            table.selectionModel().currentRowChanged.connect(self._current)
        else:
            table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.table.setGeometry(self.rect())
        self._share_width()

    def accept(self, payload: Table) -> None:
        self.cells.show_table(payload)
        self._measure()
        self._share_width()
        self.table.setVisible(not self.is_empty())
        if payload.highlight != self._shown:
            self._shown = payload.highlight
            self._lead_to(payload.highlight)
        elif self.selected is not None and self.selected < len(payload.rows):
            self.select(self.selected)

    def _lead_to(self, row: int | None) -> None:
        """Bring a row into view, and select it where rows can be picked."""
        if row is None:
            return
        if self.output.picks:
            self.select(row)
        self.table.scrollTo(self.cells.index(row, 0))

    def _measure(self) -> None:
        """Find what each column needs, in pixels."""
        header = self.table.horizontalHeader()
        self._needs = []
        for j in range(len(self.cells.columns)):
            cells = [self.cells.index(i, j) for i in self.cells.widest(j)]
            hints = [self.table.sizeHintForIndex(cell).width() + 1 for cell in cells]
            self._needs.append(max([header.sectionSizeHint(j), *hints]))

    def _share_width(self) -> None:
        """Columns as wide as what they hold; the first takes what is left, but is never cut."""
        header, mode = self.table.horizontalHeader(), QHeaderView.ResizeMode
        high = header.sizeHint().height() + len(self.cells.texts) * 4 * theme.GRID
        bar = self.table.verticalScrollBar().sizeHint().width() if high > self.height() else 0
        fits = bool(self._needs) and sum(self._needs) <= self.width() - bar
        for j, need in enumerate(self._needs):
            stretched = fits and j == 0
            header.setSectionResizeMode(j, mode.Stretch if stretched else mode.Fixed)
            if not stretched:
                header.resizeSection(j, need)

    def fits(self, width: float, height: float) -> bool:
        """Whether the first two columns and the first rows are seen without scrolling."""
        if self.payload is None or self.is_empty():
            return super().fits(width, height)
        header = self.table.horizontalHeader()
        wide = sum(self._needs[:2])
        rows = min(len(self.payload.rows), LEAST_ROWS)
        return wide <= width and header.sizeHint().height() + rows * 4 * theme.GRID <= height

    def forget(self) -> None:
        self.cells.show_table(Table((), ()))
        self._shown = None
        self.table.hide()

    def is_empty(self) -> bool:
        return not self.payload or not self.payload.rows

    def count(self) -> int:
        return len(self.payload.rows) if self.payload else 0

    def select(self, index: int | None) -> None:
        super().select(index)
        if index is None:
            self.table.selectionModel().clear()
        elif self.table.currentIndex().row() != index:
            self.table.selectRow(index)

    def rect_of(self, index: int) -> QRectF:
        table = self.table
        model, last = self.cells, len(self.cells.columns) - 1
        row = table.visualRect(model.index(index, 0)).united(
            table.visualRect(model.index(index, last))
        )
        return QRectF(row.translated(table.viewport().mapTo(self, QPoint(0, 0))))

    def _current(self, current: QModelIndex) -> None:
        row = current.row()
        if row >= 0 and row != self.selected:
            self.selected = row
            self.picked.emit(row)


def _side(payload: Table, column: int) -> Qt.AlignmentFlag:
    numbers = payload.rows and all(not isinstance(row[column], str) for row in payload.rows)
    side = Qt.AlignmentFlag.AlignRight if numbers else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
