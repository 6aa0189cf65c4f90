"""The models in hand: used, saved, renamed, removed, and there at the next start."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QListWidget

from gui.documents.persistence import Persistence
from gui.documents.session import Session
from gui.runtime.worker import Worker
from gui.window.shelf_strip import ShelfStrip
from lab.networks import weights
from lab.networks.card import Card
from lab.networks.models import build_style_network
from lab.networks.shelf import Shelf
from tests.gui.conftest import TIMEOUT

WAVES = Card("waves", "Paints waves", "feed_forward", kind="painter", arguments={"width": 4})


@pytest.fixture
def strip(qtbot):
    """The strip of a shelf with one network that was trained here, `strip.name`."""
    worker, shelf = Worker(), Shelf()
    worker.begin()
    made = ShelfStrip(worker, Persistence(None))
    qtbot.addWidget(made)
    made.shelf = shelf
    made.name = shelf.put(build_style_network(WAVES), "Paints waves")
    made.show_shelf(shelf)
    yield made
    made.let_go()
    worker.close()


def choose(strip, text):
    menu = strip.menu(strip.name)
    (action,) = [action for action in menu.actions() if action.text() == text]
    action.trigger()
    menu.deleteLater()


def titles(strip):
    shown = strip.findChild(QListWidget)
    return [shown.item(i).text() for i in range(shown.count())]


def test_it_shows_the_networks_trained_here_and_the_embedded_ones(strip):
    assert titles(strip) == list(strip.shelf.in_hand().values())
    assert "Paints waves" in titles(strip)
    offered = [action.text() for action in strip.menu("efficientnet_lite0").actions()]
    assert offered == ["Use in this exhibit", "Save as…"]


def test_a_network_can_be_used_renamed_and_removed(strip, qtbot, monkeypatch):
    with qtbot.waitSignal(strip.used) as used:
        choose(strip, "Use in this exhibit")
    assert used.args == [strip.name]
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, text: (f"{text} wildly ", True))
    with qtbot.waitSignal(strip.changed):
        choose(strip, "Rename…")
    assert "Paints waves wildly" in titles(strip)
    with qtbot.waitSignal(strip.changed):
        choose(strip, "Remove")
    assert strip.shelf.names_trained_here() == []
    assert titles(strip) == list(strip.shelf.in_hand().values())


def test_a_network_is_saved_and_where_it_cannot_be_that_is_told(
    strip, qtbot, monkeypatch, tmp_path
):
    path = tmp_path / "waves"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(strip.noted) as noted:
        choose(strip, "Save as…")
    assert noted.args == ["Saved waves.safetensors"]
    assert weights.read(tmp_path / "waves.safetensors").card.title == "Paints waves"
    path = tmp_path / "nowhere" / "waves"
    with qtbot.waitSignal(strip.failed) as failed:
        choose(strip, "Save as…")
    assert "cannot be written" in failed.args[0]
    assert "\n" not in failed.args[0]


def test_a_painter_on_the_shelf_is_not_put_to_use_as_a_classifier(open_window, qtbot, tmp_path):
    home = tmp_path / "home"
    window = open_window(home=home)
    shelf = window.workspace().shelf
    name = shelf.put(build_style_network(WAVES), "Paints waves")
    before = window.current.values
    window.host.use(name)
    assert window.current.values == before
    assert not window.current.banner.isVisible()
    qtbot.waitUntil(lambda: (home / "shelf" / f"{name}.safetensors").exists(), timeout=TIMEOUT)
    window.close()
    again = open_window(home=home)
    assert again.workspace().shelf.style_networks() == {name: "Paints waves"}


def test_a_trained_network_is_on_the_shelf_at_the_next_start(open_window, qtbot, tmp_path):
    home = tmp_path / "home"
    window = open_window(Session("", "better_training/trainer"), home)
    panel = window.current
    panel.set_values({"data": "digits", "network": "mlp", "epochs": 1, "batch_size": 256})
    panel.start()
    qtbot.waitUntil(lambda: bool(list((home / "shelf").glob("*.safetensors"))), timeout=TIMEOUT)
    (name,) = window.workspace().shelf.names_trained_here()
    window.close()
    again = open_window(Session("", "interpreting/filters"), home)
    assert again.workspace().shelf.names_trained_here() == [name]
    assert again.workspace().shelf.get(name).classes == tuple("0123456789")


def rows(strip):
    shown = strip.findChild(QListWidget)
    return shown, [shown.item(i) for i in range(shown.count())]


def click(strip, row, twice=False):
    shown, items = rows(strip)
    shown.scrollToItem(items[row])
    at = shown.visualItemRect(items[row]).center()
    QTest.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=at)
    if twice:
        QTest.mouseDClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=at)


@pytest.mark.parametrize("twice", [False, True])
def test_a_click_uses_a_network_and_a_double_click_uses_it_once(strip, twice):
    strip.show()
    told = []
    strip.used.connect(told.append)
    click(strip, 1, twice)
    assert told == [list(strip.shelf.in_hand())[1]]
    shown, _ = rows(strip)
    shown.setCurrentRow(2)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        QTest.keyClick(shown, key)
    assert told[1:] == [list(strip.shelf.in_hand())[2]] * 2


def test_those_in_use_are_highlighted_and_no_others(strip):
    strip.mark({strip.name})
    assert [i.text() for i in rows(strip)[1] if i.isSelected()] == ["Paints waves"]
    strip.refresh()
    assert [i.text() for i in rows(strip)[1] if i.isSelected()] == ["Paints waves"]
    strip.mark(set())
    assert not any(item.isSelected() for item in rows(strip)[1])


def test_names_that_differ_at_their_end_or_in_the_middle_do_not_look_the_same(strip, dark):
    long = "Convolutional network of two layers on photographs, {} by {}, 97.1%"
    for ends in (("four", "four"), ("four", "five"), ("nine", "five")):
        strip.shelf.put(build_style_network(WAVES), long.format(*ends))
    strip.refresh()
    strip.resize(260, 80)
    strip.show()
    shown, items = rows(strip)
    looks = []
    for item in items[:3]:
        shown.scrollToItem(item, QListWidget.ScrollHint.PositionAtTop)
        looks.append(shown.viewport().grab(shown.visualItemRect(item)).toImage())
    assert looks[0] != looks[1] != looks[2] != looks[0]
    for item in items[:3]:
        assert shown.visualItemRect(item).height() > 2 * shown.fontMetrics().height()


def test_the_window_highlights_what_its_exhibit_uses(open_window):
    window = open_window()
    shelf, use = window.tray.shelf, window.current.values.model
    name = next(name for name in window.workspace().shelf.in_hand() if name != use)
    row = list(window.workspace().shelf.in_hand()).index(name)
    click(shelf, row)
    assert window.current.values.model == name
    assert [rows(shelf)[1].index(i) for i in rows(shelf)[1] if i.isSelected()] == [row]
    window.show_exhibit("adversarial/robustness")
