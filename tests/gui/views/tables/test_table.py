"""A table writes its numbers."""

from PySide6.QtCore import Qt

from lab import payloads


def test_table_writes_numbers_out_and_at_the_right(view):
    rows = [["VGG-16", 138357544, 0.7159], ["none", 0, float("nan")]]
    made = view(payloads.Table, payloads.Table(["net", "weights", "top-1"], rows))
    words = [[made.table.item(i, j).text() for j in range(3)] for i in range(2)]
    assert words == [["VGG-16", "138,357,544", "0.7159"], ["none", "0", "–"]]
    assert made.table.item(0, 1).textAlignment() & Qt.AlignmentFlag.AlignRight
    assert made.table.item(0, 0).textAlignment() & Qt.AlignmentFlag.AlignLeft


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
