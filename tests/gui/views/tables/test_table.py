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
