"""What is dropped, chosen or remembered lies in its picture slot, and the run begins again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from gui.documents.session import Session
from gui.panel.panel import Panel
from lab import catalog
from lab.exhibit import Exhibit, Frame, Output, PictureSlot
from lab.media.pictures import Picture
from lab.payloads import Note
from lab.runs import Run
from tests.gui.conftest import TIMEOUT

SLOTS = (PictureSlot("Content"), PictureSlot("Style", "grass", ("brick", "gravel")))


def names_of(knobs, workspace):
    yield Frame({"said": Note(" and ".join(p.name for p in workspace.pictures))})


@pytest.fixture
def window(open_window):
    """A window on another exhibit, with two images."""
    return open_window(Session("", "interpreting/predict", {}, ["coffee", "chelsea"]))


@pytest.fixture
def panel(window, qtbot):
    """A function that makes a panel with two slots in the window."""
    predict = catalog.load("interpreting/predict")
    exhibit = Exhibit(
        predict.parameters,
        names_of,
        (Output("said", Note, "What lies there", (0, 0, 1, 12)),),
        *("caption", "source"),
        pictures=2,
        slots=SLOTS,
        path="interpreting/predict",
    )
    made = []

    def make(saved=None, wait=True):
        panel = Panel(catalog.find("interpreting/predict"), window.host)
        made.append(panel)
        window.panels.middle.addWidget(panel)
        panel.install(exhibit, saved)
        if wait:
            qtbot.waitUntil(lambda: not window.importer.reading, timeout=TIMEOUT)
        return panel

    yield make
    for panel in made:
        panel.stop()


def said(panel, qtbot):
    panel.start()
    run = panel.run
    qtbot.waitUntil(lambda: run.state.ended, timeout=TIMEOUT)
    panel.pump()
    return panel.snapshot.outputs["said"].text


def drop(button, mime):
    place, drops = QPointF(5, 5), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    button.dragEnterEvent(QDragEnterEvent(QPoint(5, 5), drops, mime, buttons, keys))
    assert button.framed()
    button.dropEvent(QDropEvent(place, drops, mime, buttons, keys))
    assert not button.framed()


def file(tmp_path, name="mine"):
    path = tmp_path / f"{name}.png"
    Image.new("RGB", (40, 30), (10, 200, 30)).save(path)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return mime


def test_the_first_holds_the_chosen_picture_and_the_others_their_default(window, panel, qtbot):
    panel = panel()
    assert said(panel, qtbot) == "coffee and grass"
    window.light_table.choose(1)
    panel.follow()
    assert said(panel, qtbot) == "cat and grass"


def test_a_file_dropped_on_a_slot_lies_there_and_on_the_light_table(window, panel, qtbot, tmp_path):
    panel = panel()
    before = window.light_table.index
    drop(panel.slots.buttons[1], file(tmp_path))
    qtbot.waitUntil(lambda: panel.slots.buttons[1].picture.name == "mine", timeout=TIMEOUT)
    assert said(panel, qtbot) == "coffee and mine"
    assert window.light_table.pictures[-1].name == "mine"
    assert window.light_table.index == before, "the content is still the chosen picture"


def test_a_file_dropped_on_the_first_slot_is_the_chosen_picture(window, panel, qtbot, tmp_path):
    panel = panel()
    drop(panel.slots.buttons[0], file(tmp_path))
    table = window.light_table
    qtbot.waitUntil(lambda: table.in_hand[0].name == "mine", timeout=TIMEOUT)
    assert said(panel, qtbot) == "mine and grass"
    assert len(table.pictures) == 3


def test_a_bad_file_is_told_and_the_slot_keeps_its_picture(window, panel, qtbot, tmp_path):
    panel = panel()
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(bad))])
    drop(panel.slots.buttons[1], mime)
    qtbot.waitUntil(lambda: window.current.banner.isVisible(), timeout=TIMEOUT)
    assert "bad.png" in window.current.banner.reason.text()
    assert said(panel, qtbot) == "coffee and grass"


def test_the_menu_offers_the_embedded_ones_and_the_light_table(panel):
    menu = panel().slots.menu(1)
    words = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert words == ["brick", "gravel", "coffee", "cat", "Add image…"]
    menu.deleteLater()


def test_a_picture_of_the_menu_begins_the_run_again(panel, qtbot):
    panel = panel()
    panel.exhibit = replace(panel.exhibit, generate=resting)
    panel.start()
    run = panel.run
    qtbot.waitUntil(lambda: run.state.settled, timeout=TIMEOUT)
    menu = panel.slots.menu(1)
    menu.actions()[0].trigger()
    menu.deleteLater()
    assert panel.run is not run
    assert panel.run is not None


def resting(knobs, workspace):
    while True:
        yield Frame(rest=True)


def test_what_lies_there_is_remembered_and_laid_out_again(panel, qtbot):
    first = panel()
    assert first.remembered().pictures == ()
    menu = first.slots.menu(1)
    menu.actions()[1].trigger()
    menu.deleteLater()
    kept = first.remembered()
    assert kept == Run("interpreting/predict", pictures=("", "gravel"))
    again = panel(kept)
    assert said(again, qtbot) == "coffee and gravel"
    gone = panel(replace(kept, pictures=("", "/nowhere/at/all.png")))
    assert said(gone, qtbot) == "coffee and grass"


def test_what_lay_there_is_not_forgotten_before_it_is_laid_out(panel):
    saved = Run("interpreting/predict", pictures=("", "gravel"))
    assert panel(saved, wait=False).remembered() == saved


def test_the_command_names_both_pictures(panel, qtbot):
    QApplication.clipboard().clear()
    panel().copy_command()
    qtbot.waitUntil(lambda: bool(QApplication.clipboard().text()), timeout=TIMEOUT)
    assert "--image coffee --image grass --out" in QApplication.clipboard().text()


def test_a_dragged_picture_of_the_light_table_is_not_read_again(window, panel, qtbot):
    panel = panel()
    table = window.light_table
    panel.slots.buttons[1].given.emit(table.pictures[1])
    assert said(panel, qtbot) == "coffee and cat"
    assert len(table.pictures) == 2
    assert np.array_equal(panel.slots.pictures[1].pixels, table.pictures[1].pixels)


def test_a_picture_without_a_file_is_saved_once_however_often_it_is_asked_for(
    window, panel, monkeypatch
):
    kept = []

    def keep(picture):
        kept.append(picture)
        return picture.at(Path("/kept/a.png"))

    monkeypatch.setattr(window.host, "keep", keep)
    made = panel()
    made.slots.put(1, Picture("pasted", np.zeros((8, 8, 3), np.uint8)))
    assert [made.slots.names() for _ in range(3)] == [(str(Path("/kept/a.png")),)] * 3
    assert len(kept) == 1
