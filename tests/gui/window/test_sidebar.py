"""The list of exhibits, with a mark where one is running."""

import pytest
from PySide6.QtWidgets import QListWidget

from gui.window.sidebar import MARKS, Sidebar
from lab import catalog


@pytest.fixture
def sidebar(qtbot):
    made = Sidebar()
    qtbot.addWidget(made)
    yield made
    made.close_down()


def rows(sidebar):
    shown = sidebar.findChild(QListWidget)
    return [shown.item(i).text() for i in range(shown.count())]


@pytest.mark.parametrize("activity", MARKS)
@pytest.mark.parametrize("path", ["better_training/trainer", "interpreting/occlusion"])
def test_an_exhibit_is_marked_by_what_its_run_does(sidebar, path, activity):
    before = rows(sidebar)
    sidebar.mark(path, activity)
    title = catalog.find(path).title
    assert f"{MARKS[activity]}{title}" in rows(sidebar)
    sidebar.mark(path, "")
    assert rows(sidebar) == before
    assert len(set(MARKS.values())) == len(MARKS)
