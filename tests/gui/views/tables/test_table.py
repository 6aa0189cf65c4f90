"""A table writes its numbers."""

from PySide6.QtCore import QRectF, Qt

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


def long_table(highlight, **changes):
    rows = [[f"layer {i}", "Conv2d", i] for i in range(200)]
    return payloads.Table(["layer", "kind", "parameters"], rows, highlight, **changes)


def bold_rows(made):
    return [i for i in range(200) if made.table.item(i, 0).font().bold()]


def test_another_row_in_bold_is_scrolled_to_and_the_cells_stay(view):
    made = view(payloads.Table, long_table(0), (400, 200))
    cell = made.table.item(3, 0)
    made.show_payload(long_table(150))

    assert bold_rows(made) == [150]
    assert not made.table.selectedItems()
    assert made.table.item(3, 0) is cell
    assert QRectF(made.rect()).contains(made.rect_of(150))
    # The reader scrolls elsewhere: the same row in bold does not bring the table back.
    made.table.scrollToTop()
    made.show_payload(long_table(150))
    assert not QRectF(made.rect()).contains(made.rect_of(150))
    made.show_payload(payloads.Table(["layer"], [["one"]]))
    assert made.table.item(0, 0).text() == "one"
    assert (made.table.rowCount(), made.table.columnCount()) == (1, 1)


def test_a_table_fits_where_the_columns_that_must_be_are_seen(view):
    two, three = (view(payloads.Table, long_table(0, least=n)) for n in (2, 3))
    needed = [three.table.columnWidth(j) for j in range(3)]
    narrow = sum(needed[1:]) + three.table.sizeHintForColumn(0) - 10
    assert two.fits(narrow, 300)
    assert not three.fits(narrow, 300)
    assert three.fits(narrow + 20, 300)


def test_where_a_row_is_picked_the_one_in_bold_is_selected(view):
    made = view(payloads.Table, long_table(0), picks="layer")
    told = []
    made.picked.connect(told.append)
    made.show_payload(long_table(150))
    assert {item.row() for item in made.table.selectedItems()} == {150}
    assert not told
    made.table.setCurrentCell(20, 0)
    assert told == [20]
