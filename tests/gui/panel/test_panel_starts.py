"""Whatever happens in the window begins one run, with the right pictures."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QUrl

from gui.documents.session import Session
from lab import catalog
from lab.exhibit import Frame
from lab.media import pictures
from lab.runs import Run
from tests.gui.conftest import TIMEOUT

TABLE = ["coffee", "chelsea", "rocket"]
ALL = {e.path: catalog.load(e.path) for e in catalog.entries()}
FOLLOWING = [path for path, exhibit in ALL.items() if exhibit.follows and exhibit.pictures]
BY_THEMSELVES = [path for path, exhibit in ALL.items() if exhibit.follows and not exhibit.pictures]
SLOTTED = [e.path for e in catalog.entries() if catalog.load(e.path).slots]


@pytest.fixture
def began(monkeypatch):
    """The pictures that each run was begun with, by name, in order; no exhibit does anything."""
    began, load = [], catalog.load

    def quick(path):
        exhibit = load(path)

        def generate(knobs, workspace):
            began.append(tuple(p.name for p in workspace.pictures[: exhibit.pictures]))
            while True:
                yield Frame(rest=True)

        return replace(exhibit, generate=generate)

    monkeypatch.setattr(catalog, "load", quick)
    return began


@pytest.fixture
def begins(began, qtbot):
    """Checks what has begun since the last time, when all that was to come has come."""

    def check(window, *expected):
        def calm():
            return window.ready and window.importer.laid_out and window.current.caught_up

        qtbot.waitUntil(lambda: calm() and len(began) >= len(expected), timeout=TIMEOUT)
        told = []
        window.worker.call(lambda: None, told.append)  # after every run that is to begin
        qtbot.waitUntil(lambda: bool(told) and calm(), timeout=TIMEOUT)
        assert began == list(expected)
        began.clear()

    return check


def first(path, name):
    """The pictures of an exhibit whose first is that, and whose others lie there from the start."""
    slots = catalog.load(path).slots[1:]
    return (name, *(pictures.EMBEDDED[slot.default] for slot in slots))


@pytest.mark.parametrize("chosen", [0, 2])
@pytest.mark.parametrize("path", FOLLOWING)
def test_a_window_that_opens_on_it_begins_it_once(path, chosen, open_window, begins):
    window = open_window(Session("", path, {}, TABLE, chosen))
    begins(window, first(path, ["coffee", "cat", "rocket"][chosen]))


@pytest.mark.parametrize("path", FOLLOWING)
def test_each_picture_that_is_chosen_begins_it_once(path, open_window, begins, tmp_path):
    window = open_window(Session("", path, {}, TABLE, 0))
    begins(window, first(path, "coffee"))
    window.light_table.choose(window.light_table.index + 1)
    begins(window, first(path, "cat"))
    window.light_table.choose_picture(window.light_table.pictures[2])
    begins(window, first(path, "rocket"))
    window.light_table.choose(2)  # which it is already
    begins(window)
    file = pictures.written(pictures.embedded("moon").pixels, tmp_path, "mine")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    window.importer.take(mime)
    begins(window, first(path, "mine"))


@pytest.mark.parametrize("path", FOLLOWING)
def test_what_changed_while_it_was_out_of_sight_begins_it_once_when_it_is_shown(
    path, open_window, begins
):
    other = "adversarial/defences"
    window = open_window(Session("", path, {}, TABLE, 0))
    begins(window, first(path, "coffee"))
    window.show_exhibit(other)
    window.show_exhibit(path)
    begins(window)
    window.show_exhibit(other)
    window.light_table.choose(window.light_table.index + 1)
    window.light_table.choose(window.light_table.index + 1)
    begins(window)
    window.show_exhibit(path)
    begins(window, first(path, "rocket"))


@pytest.mark.parametrize("path", BY_THEMSELVES)
def test_one_that_takes_no_picture_begins_once_whatever_is_chosen(path, open_window, begins):
    window = open_window(Session("", path, {}, TABLE, 0))
    begins(window, ())
    window.light_table.choose(window.light_table.index + 1)
    begins(window)


@pytest.mark.parametrize("path", SLOTTED)
def test_each_picture_that_is_laid_into_a_slot_begins_it_once(path, open_window, begins):
    exhibit = catalog.load(path)
    window = open_window(Session("", path, {}, TABLE, 0))
    panel, expected = window.current, list(first(path, "coffee"))
    if not exhibit.follows:
        begins(window)
        panel.start()
    begins(window, tuple(expected))
    for place in range(len(exhibit.slots)):
        expected[place] = "cat"
        panel.slots.put(place, window.light_table.pictures[1])
        begins(window, tuple(expected))
    panel.slots.put(0, window.light_table.pictures[1])  # which lies there already
    begins(window)


@pytest.mark.parametrize("path", SLOTTED)
def test_what_lay_in_the_slots_at_an_earlier_time_is_what_it_begins_with(path, open_window, begins):
    exhibit = catalog.load(path)
    saved = ["gravel"] * (len(exhibit.slots) - 1)
    window = open_window(Session("", path, {path: Run(path, pictures=("", *saved))}, TABLE, 0))
    if not exhibit.follows:
        begins(window)
        window.current.start()
    begins(window, ("coffee", *saved))


@pytest.mark.parametrize("path", SLOTTED)
def test_run_before_the_slots_are_laid_takes_what_would_lie_there(path, open_window, begins):
    window = open_window(Session("", path, {}, TABLE, 0))
    begins(window, *([first(path, "coffee")] if catalog.load(path).follows else []))
    window.current.stop()
    for button in window.current.slots.buttons:
        button.picture = None
    window.current.start()
    begins(window, first(path, "coffee"))


def pictured(path):
    """The name on the screen of the picture on which an exhibit is seen first."""
    return pictures.EMBEDDED[catalog.load(path).picture]


@pytest.mark.parametrize("path", FOLLOWING)
def test_it_is_first_seen_on_its_own_picture_and_begun_once(path, open_window, begins):
    window = open_window(Session("", path))
    begins(window, first(path, pictured(path)))
    assert window.light_table.in_hand[0].name == pictured(path)
    assert window.session().chosen == -1


def test_each_exhibit_keeps_its_own_picture_until_somebody_chooses_one(open_window, begins):
    one, two = "interpreting/predict", "interpreting/occlusion"
    assert pictured(one) != pictured(two)
    window = open_window(Session("", one))
    begins(window, first(one, pictured(one)))
    window.show_exhibit(two)
    begins(window, first(two, pictured(two)))
    assert window.light_table.in_hand[0].name == pictured(two)
    window.show_exhibit(one)
    begins(window)
    assert window.light_table.in_hand[0].name == pictured(one)
    window.light_table.choose(4)
    begins(window, ("motorcycle",))
    window.show_exhibit(two)
    begins(window, ("motorcycle",))
    assert window.session().chosen == 4


def test_a_picture_of_its_own_that_is_not_on_the_table_is_not_forced_upon_it(open_window, begins):
    window = open_window(Session("", "interpreting/occlusion", {}, ["coffee", "chelsea"]))
    begins(window, ("coffee",))
    window.show_exhibit("interpreting/predict")
    begins(window, ("coffee",))
