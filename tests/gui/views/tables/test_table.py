"""A table writes its numbers."""

import pytest
from PySide6.QtCore import QRectF, Qt

from lab import payloads
from tests.speed import units


def test_table_writes_numbers_out_and_at_the_right(view):
    rows = [["VGG-16", 138357544, 0.7159], ["none", 0, float("nan")]]
    made = view(payloads.Table, payloads.Table(["net", "weights", "top-1"], rows))
    model = made.table.model()
    words = [[model.index(i, j).data() for j in range(3)] for i in range(2)]
    assert words == [["VGG-16", "138,357,544", "0.7159"], ["none", "0", "–"]]
    side = Qt.ItemDataRole.TextAlignmentRole
    assert model.index(0, 1).data(side) & Qt.AlignmentFlag.AlignRight
    assert model.index(0, 0).data(side) & Qt.AlignmentFlag.AlignLeft


def test_the_first_column_takes_what_is_left_and_is_never_cut(view):
    rows = [["Dropout of the hidden units", "91.2% ± 0.3", "91.2% ± 0.3", "12"]]
    made = view(payloads.Table, payloads.Table(["way of training", "test", "training", "n"], rows))

    def widths(width):
        made.resize(width, 200)
        table = made.table
        return [table.columnWidth(j) for j in range(4)], table.sizeHintForColumn(0)

    wide, needed = widths(900)
    assert wide[0] > needed
    assert sum(wide) <= 900
    narrow, needed = widths(260)
    assert narrow[0] >= needed
    assert narrow[1:] == wide[1:]


def long_table(highlight):
    rows = [[f"layer {i}", "Conv2d", i] for i in range(200)]
    return payloads.Table(["layer", "kind", "parameters"], rows, highlight)


def bold_rows(made):
    font = Qt.ItemDataRole.FontRole
    return [i for i in range(200) if made.cells.index(i, 0).data(font).bold()]


def selected_rows(made):
    return [index.row() for index in made.table.selectionModel().selectedRows()]


def test_another_row_in_bold_is_scrolled_to(view):
    made = view(payloads.Table, long_table(0), (400, 200))
    made.show_payload(long_table(150))
    assert bold_rows(made) == [150]
    assert not selected_rows(made)
    assert QRectF(made.rect()).contains(made.rect_of(150))
    # The reader scrolls elsewhere: the same row in bold does not bring the table back.
    made.table.scrollToTop()
    made.show_payload(long_table(150))
    assert not QRectF(made.rect()).contains(made.rect_of(150))


def test_where_a_row_is_picked_the_one_in_bold_is_selected(view):
    made = view(payloads.Table, long_table(0), picks="layer")
    told = []
    made.picked.connect(told.append)
    made.show_payload(long_table(150))
    assert selected_rows(made) == [150]
    assert not told
    made.table.selectRow(20)
    assert told == [20]


def layers(count):
    """The layer table of a deep network: 9 columns."""
    columns = ("layer", "kind", "kernel", "stride", "padding", "output", "parameters")
    columns += ("multiply-adds", "receptive field")
    rows = [
        [f"features.{i}.conv", "Conv2d", "3 × 3", 1, 1, f"{i} × 56 × 56", 9 * i, 1e5 * i, i]
        for i in range(count)
    ]
    return payloads.Table(columns, rows)


def test_700_rows_are_shown_and_scrolled_at_once(view):
    made = view(payloads.Table, layers(700), (900, 500), picks="layer")
    slow = {}

    def measured(name, act):
        slow[name] = units(lambda: (act(), made.table.viewport().repaint()))

    measured("another", lambda: made.show_payload(layers(701)))
    measured("the same", lambda: made.show_payload(layers(701)))
    measured("select", lambda: made.select(600))
    bar = made.table.verticalScrollBar()
    measured("scroll", lambda: bar.setValue(bar.maximum() // 2))
    measured("resize", lambda: made.resize(700, 400))
    # Measured: 3 (30 ms), with a QTableWidget 50.
    assert max(slow.values()) < 15, slow


@pytest.mark.parametrize("count", [20, 31])
def test_what_is_selected_is_not_picked_again_and_stays(view, qtbot, count):
    made = view(payloads.Table, layers(20), picks="layer")
    with qtbot.assertNotEmitted(made.picked):
        made.select(7)
        made.show_payload(layers(count))
    assert made.selected == 7
    assert [index.row() for index in made.table.selectionModel().selectedRows()] == [7]
    with qtbot.waitSignal(made.picked) as found:
        qtbot.keyClick(made.table, Qt.Key.Key_Down)
    assert found.args == [8]
    made.select(None)
    assert not made.table.selectionModel().hasSelection()


def test_no_cell_is_cut(view):
    rows = [["a", i, "x" * (i % 40)] for i in range(300)]
    made = view(payloads.Table, payloads.Table(["name", "n", "words"], rows, highlight=39))
    model = made.table.model()
    for j in range(3):
        wide = max(made.table.sizeHintForIndex(model.index(i, j)).width() for i in range(300))
        assert wide <= made.table.columnWidth(j)


def test_the_first_column_is_not_cut_beside_a_scroll_bar(view):
    made = view(payloads.Table, long_table(None))
    needed = sum(made._needs)
    made.resize(needed + 2, 200)
    assert made.table.columnWidth(0) >= made._needs[0]
    assert made.table.verticalScrollBar().maximum() > 0
