"""What comes in from outside: dropped, pasted or opened, good and bad."""

import numpy as np
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QApplication

from gui.documents.session import Session
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
