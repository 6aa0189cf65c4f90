"""The head of a panel keeps both its status and its figures readable, however narrow it is."""

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.panel.header import Header
from lab.catalog import Entry
from lab.exhibit import Frame, Metric

METRICS = tuple(Metric(name, f"Figure {name}") for name in "abcd")


@pytest.fixture
def header(dark, qtbot):
    made = Header(Entry("chapter", "name", "Title", "A summary that is longer than its room is."))
    made.install(METRICS)
    qtbot.addWidget(made)
    made.show()
    made.show_frame(Frame(metrics=dict.fromkeys("abcd", 0.5), status="epoch 2 of 6   93 steps"))
    return made


@pytest.mark.parametrize(("width", "lines"), [(1256, 1), (700, 2)])
def test_figures_get_a_line_of_their_own_where_it_is_tight(header, qtbot, width, lines):
    header.resize(width, 120)
    qtbot.wait(1)
    figures = list(header.figures.values())
    assert len({shown.y() for shown in figures}) == 1
    beside = abs(figures[0].geometry().center().y() - header.status.geometry().center().y()) < 8
    assert beside == (lines == 1)
    assert all(shown.geometry().right() <= width for shown in figures)
    assert header.status.width() > 200


@pytest.mark.parametrize(("width", "rows"), [(900, 2), (700, 3)])
def test_many_figures_with_long_names_stand_in_several_rows_uncut(dark, qtbot, width, rows):
    names = [f"a rather long name {i}" for i in range(6)]
    header = Header(Entry("chapter", "name", "Title", "A summary."))
    header.install([Metric(name, name) for name in names])
    around = QWidget()
    qtbot.addWidget(around)
    QVBoxLayout(around).addWidget(header)
    around.layout().setContentsMargins(0, 0, 0, 0)
    around.resize(width, 200)
    around.show()
    header.show_frame(Frame(metrics=dict.fromkeys(names, -123.456), status="epoch 2 of 6"))
    qtbot.wait(1)
    shown = list(header.figures.values())
    for figure in shown:
        assert figure.geometry().right() <= width
        for part in (figure.name, figure.value):
            assert part.width() >= part.sizeHint().width()
    lines = sorted({part.y() for part in shown})
    assert len(lines) == rows
    assert lines[0] > header.status.geometry().bottom()


# ---- how much is left ----------------------------------------------------------------------------


def progressed(header, held_clock, begin, end, of=40):
    for step in range(begin + 1, end + 1):
        held_clock.seconds += 1
        header.show_frame(Frame(status=f"step {step}", progress=step / of))


def test_it_says_how_much_is_left_of_a_long_run_while_it_goes_on(header, held_clock, qtbot):
    header.clear()
    header.show_state(True, "running", False, False, False)
    progressed(header, held_clock, 0, 10)
    assert (header.status.text(), header.left.text()) == ("step 10", "about 30 s left")
    qtbot.wait(1)
    assert header.left.width() >= header.left.sizeHint().width()
    header.show_state(True, "paused", False, False, False)
    held_clock.seconds += 1000
    header.show_state(True, "running", False, False, False)
    progressed(header, held_clock, 10, 20)
    assert header.left.text() == "about 20 s left"
    header.show_state(True, "", False, False, False)
    assert header.left.text() == ""


def test_a_new_run_is_judged_by_itself(header, held_clock):
    header.clear()
    header.show_state(True, "running", False, False, False)
    progressed(header, held_clock, 0, 30)
    header.clear()
    header.show_frame(Frame(status="loading", progress=0.0))
    assert header.left.text() == ""
    progressed(header, held_clock, 0, 10, of=100)
    assert header.left.text() == "about 1 min 30 s left"


def test_figures_are_whole_as_soon_as_their_values_come(header):
    header.resize(1200, 130)
    header.show_frame(Frame(metrics=dict.fromkeys("abcd", "a class of a long name")))
    for figure in header.figures.values():
        for words in (figure.name, figure.value):
            assert words.width() >= words.sizeHint().width(), words.text()
