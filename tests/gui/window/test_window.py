"""The window: it opens as it was left, and exports what it shows."""

import gc
import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.documents.session import Session
from gui.runtime.worker import Worker
from gui.thumbnail import Thumbnail
from gui.window.window import Window
from lab.runs import Run
from lab.system import garbage
from tests.gui.conftest import TIMEOUT
from tests.gui.inputs import count, drop, pasted, photograph


def test_a_pasted_picture_has_a_file_and_is_there_at_the_next_start(open_window, qtbot, tmp_path):
    home = tmp_path / "home"
    window = open_window(home=home)
    qtbot.waitUntil(lambda: count(window) == 5, timeout=TIMEOUT)
    for colour in (Qt.GlobalColor.green, Qt.GlobalColor.blue):
        before = count(window)
        window.importer.take(pasted(colour))
        qtbot.waitUntil(lambda before=before: count(window) == before + 1, timeout=TIMEOUT)
    QTest.keyClick(window.light_table.findChildren(Thumbnail)[5], Qt.Key.Key_Delete)
    window.close()
    (kept,) = (home / "pictures").iterdir()
    again = open_window(Session.read(home / "session.json"), home)
    qtbot.waitUntil(lambda: count(again) == 6, timeout=TIMEOUT)
    assert again.light_table.pictures[-1].path == kept
    assert (again.light_table.pictures[-1].pixels == np.uint8([0, 0, 255])).all()


def test_a_window_closed_before_it_was_laid_out_forgets_nothing(qtbot, tmp_path):
    kept = tmp_path / "pictures" / "a.png"
    kept.parent.mkdir()
    photograph(kept)
    window = Window(Session("", "interpreting/predict", {}, [str(kept)], 0), "cpu", tmp_path)
    window.close()
    assert Session.read(tmp_path / "session.json").pictures == [str(kept)]
    assert kept.exists()
    window.deleteLater()


def test_the_window_comes_back_as_it_was_left(open_window, qtbot, tmp_path):
    home = tmp_path / "home"
    window = open_window(home=home)
    picture = photograph(tmp_path / "mine.png")
    drop(window, picture)
    qtbot.waitUntil(lambda: count(window) == 6, timeout=TIMEOUT)
    window.show_exhibit("better_training/trainer")
    qtbot.waitUntil(lambda: window.ready, timeout=TIMEOUT)
    window.current.set_value("lr", 0.01)
    window.current.set_value("network", "mlp")
    geometry = bytes(window.saveGeometry().toBase64().data()).decode()
    window.close()
    session = Session.read(home / "session.json")
    assert session.geometry == geometry
    assert session.exhibit == "better_training/trainer"
    assert session.runs["better_training/trainer"].params == {"lr": 0.01, "network": "mlp"}
    again = open_window(session, home)
    assert again.current.entry.path == "better_training/trainer"
    assert (again.current.values.lr, again.current.values.network) == (0.01, "mlp")
    qtbot.waitUntil(lambda: count(again) == 6, timeout=TIMEOUT)
    assert again.light_table.in_hand[0].path == picture


def test_what_is_shown_can_be_exported(open_window, qtbot, tmp_path):
    window = open_window()
    panel = window.current
    qtbot.waitUntil(lambda: "top1_label" in panel.snapshot.metrics, timeout=TIMEOUT)
    window.host.export_to(tmp_path / "export")
    qtbot.waitUntil((tmp_path / "export" / "result.json").exists, timeout=TIMEOUT)
    result = json.loads((tmp_path / "export" / "result.json").read_text())
    assert result["metrics"]["top1_label"] == panel.snapshot.metrics["top1_label"]
    assert (tmp_path / "export" / "top.png").stat().st_size > 1000


@pytest.fixture
def held(monkeypatch):
    """Garbage is held back, as it is while the program begins; freezing nothing of the tests'."""
    monkeypatch.setattr(gc, "freeze", lambda: None)
    garbage.hold()
    yield
    gc.enable()


def test_a_training_from_the_first_moment_on_does_not_keep_garbage_held(
    held, open_window, qtbot, monkeypatch
):
    monkeypatch.setattr("gui.window.window.HELD_MS", 50)
    # What waits for an idle moment waits for the end of the training.
    monkeypatch.setattr(Worker, "when_idle", lambda *_: None)
    window = open_window(Session("", "better_training/trainer"))
    window.current.start()
    qtbot.waitUntil(gc.isenabled, timeout=TIMEOUT)
    window.current.stop()


def test_where_the_lab_cannot_be_opened_garbage_is_let_go(held, qtbot):
    window = Window(Session("", "interpreting/predict"), "tpu")
    window.show()
    qtbot.waitUntil(lambda: window.current.failure is not None, timeout=TIMEOUT)
    window.close()
    window.deleteLater()
    assert gc.isenabled()


@pytest.mark.parametrize("there", [True, False])
def test_a_session_that_names_a_folder_not_read_yet_or_gone_opens_all_the_same(
    open_window, tmp_path, there
):
    path, pets = "better_training/trainer", tmp_path / "pets"
    if there:
        pets.mkdir()
    run = Run(path, {"data": str(pets), "epochs": 3, "network": "mlp"}, 5)
    panel = open_window(Session("", path, {path: run})).current
    box = panel.side.controls["data"].box
    box.showPopup()
    box.hidePopup()
    assert (panel.values.epochs, panel.values.network, panel.seed) == (3, "mlp", 5)
    assert (
        box.currentData()
        == panel.values.data
        == (str(pets) if there else type(panel.values)().data)
    )
    if there:
        assert box.currentText() == "pets (folder)"
        assert not panel.banner.isVisible()
    else:
        told = "Dataset: pets is no longer there; the default is used"
        assert panel.banner.reason.text() == told
    panel.reset()
    assert panel.values == type(panel.values)()
    assert panel.seed == 0
