"""What comes in from outside: dropped, pasted or opened, good and bad."""

import time

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QApplication

from gui.documents.session import Session
from lab.media import pictures
from lab.media.video_writer import Writer
from tests.gui.conftest import TIMEOUT
from tests.gui.inputs import count, drop, pasted, photograph


def test_a_dropped_picture_is_chosen_and_predict_follows(open_window, qtbot, tmp_path):
    window = open_window()
    panel = window.current
    before = count(window)
    drop(window, photograph(tmp_path / "red.png"))
    qtbot.waitUntil(lambda: count(window) == before + 1, timeout=TIMEOUT)
    assert window.light_table.in_hand[0].name == "red"
    qtbot.waitUntil(lambda: "red" in (panel.snapshot.status or ""), timeout=TIMEOUT)
    window.light_table.choose(window.light_table.index - 1)
    qtbot.waitUntil(lambda: "motorcycle" in (panel.snapshot.status or ""), timeout=TIMEOUT)


def test_a_pasted_picture_and_a_folder_of_pictures_come_in(open_window, qtbot, tmp_path):
    window = open_window()
    before = count(window)
    QApplication.clipboard().setMimeData(pasted(Qt.GlobalColor.green))
    window.importer.paste()
    qtbot.waitUntil(lambda: count(window) == before + 1, timeout=TIMEOUT)
    assert (window.light_table.pictures[-1].pixels == np.uint8([0, 255, 0])).all()
    folder = tmp_path / "holiday"
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        photograph(folder / name)
    (folder / "notes.txt").write_text("not a picture")
    drop(window, folder)
    qtbot.waitUntil(lambda: count(window) == before + 3, timeout=TIMEOUT)
    told = window.current.banner.reason
    qtbot.waitUntil(told.isVisible, timeout=TIMEOUT)
    assert told.text() == "1 of 3 files left out: notes.txt is not an image"
    assert window.tray.images.news.text() == "1 of 3 files left out"
    assert window.tray.images.news.toolTip() == told.text()


def test_a_picture_dragged_from_a_browser_comes_in(open_window, qtbot, tmp_path):
    window = open_window()
    before = count(window)
    mime = QMimeData()
    address = QUrl.fromLocalFile(str(photograph(tmp_path / "web.png"))).toString()
    mime.setHtml(f'<a href="http://127.0.0.1:9/page"><img alt="x" src="{address}"></a>')
    window.importer.take(mime)
    qtbot.waitUntil(lambda: count(window) == before + 1, timeout=TIMEOUT)


def test_a_bad_file_is_told_in_one_line_and_loses_nothing(open_window, qtbot, tmp_path):
    window = open_window()
    panel = window.current
    qtbot.waitUntil(lambda: "top1_label" in panel.snapshot.metrics, timeout=TIMEOUT)
    before, shown = count(window), panel.snapshot
    bad = tmp_path / "bad.png"
    bad.write_text("no picture at all")
    drop(window, bad)
    qtbot.waitUntil(panel.banner.isVisible, timeout=TIMEOUT)
    assert "bad.png" in panel.banner.reason.text()
    assert "\n" not in panel.banner.reason.text()
    assert count(window) == before
    assert panel.snapshot is shown


def test_a_folder_of_class_folders_becomes_the_trainers_data(open_window, qtbot, tmp_path):
    window = open_window(Session("", "better_training/trainer"))
    folder = tmp_path / "fruit"
    for name, colour in (("apple", (200, 20, 20)), ("lime", (20, 200, 20))):
        (folder / name).mkdir(parents=True)
        for i in range(5):
            photograph(folder / name / f"{i}.png", colour)
    drop(window, folder)
    qtbot.waitUntil(lambda: window.current.values.data != "photo_patches", timeout=TIMEOUT)
    assert window.workspace().data(window.current.values.data).classes == ("apple", "lime")


def test_a_dropped_video_lies_on_the_table_as_its_first_frame(open_window, qtbot, tmp_path):
    path = tmp_path / "film.mp4"
    with Writer(path, 12) as writer:
        for grey in (50, 200):
            writer.write(np.full((48, 64, 3), grey, np.uint8))
    home = tmp_path / "home"
    window = open_window(home=home)
    before = count(window)
    drop(window, path)
    qtbot.waitUntil(lambda: count(window) == before + 1, timeout=TIMEOUT)
    picture = window.light_table.in_hand[0]
    assert picture.video == path
    assert picture.size == (48, 64)
    assert abs(int(picture.pixels.mean()) - 50) < 5
    window.close()
    again = open_window(Session.read(home / "session.json"), home)
    assert path in [p.video for p in again.light_table.pictures]


def test_a_bad_video_is_told_in_one_line(open_window, qtbot, tmp_path):
    path = tmp_path / "words.mp4"
    path.write_text("hello " * 100)
    window = open_window()
    drop(window, path)
    qtbot.waitUntil(lambda: window.current.banner.isVisible(), timeout=TIMEOUT)
    assert "no video" in window.current.banner.reason.text()


def test_many_pictures_come_in_in_order_and_the_first_is_chosen(open_window, qtbot, tmp_path):
    window = open_window(Session("", "better_training/trainer"))
    before = count(window)
    paths = [photograph(tmp_path / f"{i}.png", (i, 0, 0)) for i in range(60)]
    chosen = []
    window.light_table.chosen.connect(lambda: chosen.append(window.light_table.index))
    drop(window, *paths)
    qtbot.waitUntil(lambda: not window.importer.reading, timeout=TIMEOUT)
    assert [picture.path for picture in window.light_table.pictures[before:]] == paths
    assert chosen == [before]
    assert window.tray.images.news.text() == ""


def test_one_bad_file_among_good_ones_is_told_and_the_others_are_there(
    open_window, qtbot, tmp_path
):
    window = open_window(Session("", "better_training/trainer"))
    before = count(window)
    good = [photograph(tmp_path / f"{i}.png") for i in range(3)]
    bad = tmp_path / "bad.png"
    bad.write_text("no picture at all")
    drop(window, good[0], bad, *good[1:])
    qtbot.waitUntil(window.current.banner.isVisible, timeout=TIMEOUT)
    assert count(window) == before + 3
    told = window.current.banner.reason.text()
    assert told.startswith("1 of 4 files left out: bad.png is not an image that can be read")


@pytest.mark.parametrize("text", ["", " \n", "x" * 300, "x" * 4095])
def test_text_that_names_nothing_is_told_and_takes_nothing_in(open_window, qtbot, text):
    window = open_window(Session("", "better_training/trainer"))
    before = count(window), window.current.values
    mime = QMimeData()
    mime.setText(text)
    window.importer.take(mime)
    assert "no image in that" in window.current.banner.reason.text()
    assert not window.importer.reading
    assert (count(window), window.current.values) == before


def test_closing_does_not_wait_for_all_that_was_dropped(open_window, qtbot, tmp_path, monkeypatch):
    window = open_window(Session("", "better_training/trainer"))
    read, seen = pictures.read, []

    def slow(path):
        seen.append(path)
        time.sleep(0.02)
        return read(path)

    monkeypatch.setattr(pictures, "read", slow)
    drop(window, *[photograph(tmp_path / f"{i}.png") for i in range(300)])
    qtbot.waitUntil(lambda: len(seen) > 1, timeout=TIMEOUT)
    window.close()
    assert len(seen) < 300
