"""The window: what comes in, what is remembered, what is said when something is wrong."""

import gc
import json
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.documents.session import Session
from gui.runtime.worker import Worker
from gui.window.keys import COMMANDS
from gui.window.window import Window
from lab.errors import UserError
from lab.exhibit import Frame
from lab.media import camera
from lab.media.opencv import opencv
from lab.media.pictures import Picture
from lab.media.video_writer import Writer
from lab.networks.card import Card
from lab.networks.models import build_painter
from lab.system import garbage
from tests.gui.conftest import TIMEOUT


def photograph(path, colour=(200, 30, 30)):
    Image.new("RGB", (80, 60), colour).save(path)
    return path


def drop(window, *paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window._take_mime(mime)


def count(window):
    return len(window.light_table.pictures)


def test_a_dropped_picture_is_chosen_and_predict_follows(open_window, qtbot, tmp_path):
    window = open_window()
    panel = window.current
    before = count(window)
    drop(window, photograph(tmp_path / "red.png"))
    qtbot.waitUntil(lambda: count(window) == before + 1, timeout=TIMEOUT)
    assert window.light_table.in_hand[0].name == "red"
    qtbot.waitUntil(lambda: "red" in (panel.snapshot.status or ""), timeout=TIMEOUT)
    window.previous_picture()
    qtbot.waitUntil(lambda: "motorcycle" in (panel.snapshot.status or ""), timeout=TIMEOUT)


def test_a_pasted_picture_and_a_folder_of_pictures_come_in(open_window, qtbot, tmp_path):
    window = open_window()
    before = count(window)
    mime = QMimeData()
    image = QImage(20, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.green)
    mime.setImageData(image)
    window._take_mime(mime)
    qtbot.waitUntil(lambda: count(window) == before + 1, timeout=TIMEOUT)
    assert (window.light_table.pictures[-1].pixels == np.uint8([0, 255, 0])).all()
    folder = tmp_path / "holiday"
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        photograph(folder / name)
    (folder / "notes.txt").write_text("not a picture")
    drop(window, folder)
    qtbot.waitUntil(lambda: count(window) == before + 3, timeout=TIMEOUT)


def test_a_pasted_picture_has_a_file_and_is_there_at_the_next_start(open_window, qtbot, tmp_path):
    home = tmp_path / "home"
    window = open_window(home=home)
    qtbot.waitUntil(lambda: count(window) == 5, timeout=TIMEOUT)
    for colour in (Qt.GlobalColor.green, Qt.GlobalColor.blue):
        mime = QMimeData()
        image = QImage(20, 30, QImage.Format.Format_RGB32)
        image.fill(colour)
        mime.setImageData(image)
        before = count(window)
        window._take_mime(mime)
        qtbot.waitUntil(lambda before=before: count(window) == before + 1, timeout=TIMEOUT)
    window.light_table._thumbnails[5].removed.emit()
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


def test_a_restart_forgets_what_the_run_before_had_yet_to_draw(open_window, qtbot):
    window = open_window()
    panel = window.current
    qtbot.waitUntil(lambda: "top1_label" in panel.snapshot.metrics, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    panel.start()
    panel.board.mark(panel.snapshot.outputs)
    panel.exhibit = replace(panel.exhibit, generate=lambda knobs, workspace: iter([Frame()]))
    panel.start()
    # A card drawn from a snapshot that is gone would raise in the timer, which fails the test.
    qtbot.waitUntil(lambda: panel.run is None, timeout=TIMEOUT)
    assert not panel.board.stale


def test_a_picture_dragged_from_a_browser_comes_in(open_window, qtbot, tmp_path):
    window = open_window()
    before = count(window)
    mime = QMimeData()
    address = QUrl.fromLocalFile(str(photograph(tmp_path / "web.png"))).toString()
    mime.setHtml(f'<a href="http://127.0.0.1:9/page"><img alt="x" src="{address}"></a>')
    window._take_mime(mime)
    qtbot.waitUntil(lambda: count(window) == before + 1, timeout=TIMEOUT)


@pytest.mark.parametrize(
    ("exhibit", "values", "message"),
    [
        ("occlusion", {"patch": 41}, "a patch of 41 px does not fit a picture of 40 × 40 px"),
        ("occlusion", {"stride": 0}, "stride=0: choose from 1 to 256 px"),
        ("occlusion", {"target": "unicorn"}, "target=unicorn: "),
        ("saliency", {"layer": "conv9"}, "layer=conv9: did you mean conv"),
        ("feature_maps", {"layer": "conv9"}, "layer=conv9: did you mean conv"),
    ],
)
def test_what_cannot_be_looked_into_is_told_above_the_cards(
    exhibit, values, message, open_window, qtbot
):
    path = f"interpreting/{exhibit}"
    window = open_window(Session("", path, {path: {"model": "alexnet-stem", "patch": 8}}))
    panel = window.current
    panel.set_values(values)
    qtbot.waitUntil(panel.banner.isVisible, timeout=TIMEOUT)
    assert message in panel.banner.reason.text()
    assert "\n" not in panel.banner.reason.text()


@pytest.fixture
def film(tmp_path, monkeypatch):
    """The path of a film, which the camera plays at the pace of a film, again and again."""
    real = camera.frames

    def paced(source):
        while True:  # or a slow machine would see the end of it first
            for picture in real(source):
                time.sleep(0.02)
                yield picture

    monkeypatch.setattr(camera, "frames", paced)
    cv2 = opencv()
    film = str(tmp_path / "film.avi")
    writer = cv2.VideoWriter(film, cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for i in range(200):
        writer.write(np.full((48, 64, 3), i, np.uint8))
    writer.release()
    return film


def test_the_camera_is_one_picture_that_is_always_of_now(open_window, qtbot, film):
    window = open_window()
    before = count(window)
    qtbot.waitUntil(lambda: not window.current.active, timeout=TIMEOUT)
    window.camera.start(film)
    qtbot.waitUntil(lambda: count(window) == before + 1, timeout=TIMEOUT)
    first = window.light_table.in_hand[0]
    assert first.name == "camera"
    qtbot.waitUntil(lambda: window.light_table.in_hand[0] is not first, timeout=TIMEOUT)
    assert count(window) == before + 1
    window.toggle_camera()
    qtbot.waitUntil(lambda: not window.camera.on, timeout=TIMEOUT)
    assert count(window) == before + 1
    assert len(window.session().pictures) == before


def test_every_card_shows_what_the_camera_sees(open_window, qtbot, film):
    path = "interpreting/feature_maps"
    window = open_window(Session("", path, {path: {"model": "alexnet-stem"}}))
    drawn = {name: [] for name in window.current.board.cards}
    for name, card in window.current.board.cards.items():
        show = card.view.show_payload
        card.view.show_payload = lambda p, n=name, s=show: (drawn[n].append(p), s(p))
    window.camera.start(film)
    qtbot.waitUntil(lambda: len(drawn["enlarged"]) >= 4, timeout=TIMEOUT)
    window.toggle_camera()
    qtbot.waitUntil(lambda: not window.camera.on, timeout=TIMEOUT)
    times = [len(payloads) for payloads in drawn.values()]
    assert max(times) - min(times) <= 2, "some cards are drawn more often than others"


def test_a_run_sees_what_the_camera_sees_by_now(open_window, qtbot, tmp_path, monkeypatch):
    window = open_window()
    assert window.workspace().camera() is None
    on, gone = threading.Event(), threading.Event()

    def frames(source):
        on.wait(10)
        for value in range(255):
            yield Picture(camera.NAME, np.full((48, 64, 3), value, np.uint8))
            time.sleep(0.005)
            if gone.is_set():
                raise UserError("the camera is gone: plug it in and start it again")

    monkeypatch.setattr(camera, "frames", frames)
    look = window.workspace().camera
    window.camera.start(0)
    on.set()
    qtbot.waitUntil(lambda: look() is not None, timeout=TIMEOUT)
    first = look()
    qtbot.waitUntil(lambda: look() is not first, timeout=TIMEOUT)
    gone.set()
    qtbot.waitUntil(lambda: not window.camera.on, timeout=TIMEOUT)
    assert "the camera is gone" in window.current.banner.reason.text()
    with pytest.raises(UserError, match="camera is gone"):
        look()


def test_no_camera_is_told_in_the_window(open_window, qtbot, tmp_path):
    window = open_window()
    window.camera.start(str(tmp_path / "none.avi"))
    qtbot.waitUntil(window.current.banner.isVisible, timeout=TIMEOUT)
    assert "no camera" in window.current.banner.reason.text()
    assert not window.camera.on


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
    qtbot.waitUntil(lambda: window.current.values.data != "digits", timeout=TIMEOUT)
    assert window.workspace().data(window.current.values.data).classes == ("apple", "lime")


def test_what_is_missing_offers_its_download(open_window, qtbot, monkeypatch):
    monkeypatch.setenv("GLASSBOX_MIRROR", "http://127.0.0.1:9")
    window = open_window()
    panel = window.current
    panel.set_value("model", "resnet18")
    qtbot.waitUntil(panel.banner.download.isVisible, timeout=TIMEOUT)
    assert "resnet18" in panel.banner.reason.text()
    QTest.mouseClick(panel.banner.download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "could not download" in panel.banner.reason.text(), timeout=TIMEOUT)
    assert not window.downloads.isVisible()


def test_a_wrong_value_is_told_and_the_old_one_stays(open_window):
    window = open_window(Session("", "better_training/trainer"))
    panel = window.current
    text = panel.side.controls._controls["epochs"]._text
    text.setText("0")
    text.editingFinished.emit()
    assert "from 1 to 200" in panel.banner.reason.text()
    assert panel.values.epochs == 6
    assert text.text() == "6"


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
    assert session.parameters["better_training/trainer"] == {"lr": 0.01, "network": "mlp"}
    again = open_window(session, home)
    assert again.current.entry.path == "better_training/trainer"
    assert (again.current.values.lr, again.current.values.network) == (0.01, "mlp")
    qtbot.waitUntil(lambda: count(again) == 6, timeout=TIMEOUT)
    assert again.light_table.in_hand[0].path == picture


def test_a_trained_network_is_on_the_shelf_at_the_next_start(open_window, qtbot, tmp_path):
    home = tmp_path / "home"
    window = open_window(Session("", "better_training/trainer"), home)
    panel = window.current
    for name, value in {"network": "mlp", "epochs": 1, "batch_size": 256}.items():
        panel.set_value(name, value)
    panel.start()
    qtbot.waitUntil(lambda: bool(list((home / "shelf").glob("*.safetensors"))), timeout=TIMEOUT)
    (name,) = window.workspace().shelf.names_trained_here()
    window.close()
    again = open_window(Session("", "interpreting/filters"), home)
    assert again.workspace().shelf.names_trained_here() == [name]
    assert again.workspace().shelf.get(name).classes == tuple("0123456789")


def test_a_session_that_cannot_be_read_is_a_fresh_one(tmp_path):
    path = tmp_path / "session.json"
    fresh = Session()
    for text in ("", "{", "[]", '{"exhibit": 3, "parameters": {"a": 1}, "pictures": [1]}'):
        path.write_text(text)
        session = Session.read(path)
        assert session.exhibit == fresh.exhibit
        assert session.parameters == {}
    session.write(path)
    assert json.loads(path.read_text())["scheme"] == "system"


def test_the_command_that_is_copied_is_this_run(open_window, qtbot):
    window = open_window(Session("", "better_training/trainer", {}, ["coffee"]))
    panel = window.current
    panel.set_value("epochs", 3)
    panel.seed = 7
    command = "python main.py run better_training/trainer --set epochs=3 --seed 7 --out out"
    window.copy_command()
    assert QApplication.clipboard().text() == command


def test_every_command_has_its_method_and_keys_of_its_own(open_window):
    window = open_window()
    assert all(callable(getattr(window, command.method)) for command in COMMANDS)
    assert len({command.keys for command in COMMANDS}) == len(COMMANDS)
    window.show_keys()
    window.toggle_sides()
    assert not window.chapters.isVisible()
    window.toggle_full_screen()
    assert window.isFullScreen()
    window.toggle_full_screen()
    for _ in range(3):
        window.next_scheme()


def test_what_is_shown_can_be_exported(open_window, qtbot, tmp_path):
    window = open_window()
    panel = window.current
    qtbot.waitUntil(lambda: "top1_label" in panel.snapshot.metrics, timeout=TIMEOUT)
    window.export_to(tmp_path / "export")
    result = json.loads((tmp_path / "export" / "result.json").read_text())
    assert result["metrics"]["top1_label"] == panel.snapshot.metrics["top1_label"]
    assert (tmp_path / "export" / "top.png").stat().st_size > 1000


def test_what_runs_by_itself_leaves_what_takes_its_time_to_the_run_button(open_window, qtbot):
    began = []

    def generate(knobs, workspace):
        began.append(knobs.by_itself)
        yield Frame(rest=True)

    window = open_window()
    panel = window.current
    panel.exhibit = replace(panel.exhibit, generate=generate)

    def then(action, *expected):
        action()
        qtbot.waitUntil(lambda: tuple(began) == expected, timeout=TIMEOUT)
        began.clear()

    then(panel.follow, True)
    then(lambda: panel.set_seed(1), True)
    then(panel.start, False)
    # What it was pressed for, it goes on to do: a parameter that is not live begins it again.
    then(lambda: panel.set_seed(2), False)
    then(lambda: panel.set_values({"model": "alexnet-stem"}), False)
    then(panel.follow, True)


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


def test_a_painter_on_the_shelf_is_not_put_to_use_as_a_classifier(open_window, qtbot, tmp_path):
    card = Card("waves", "Paints waves", "feed_forward", kind="painter", arguments={"width": 4})
    home = tmp_path / "home"
    window = open_window(home=home)
    shelf = window.workspace().shelf
    name = shelf.put(build_painter(card), "Paints waves")
    before = window.current.values
    window.use(name)
    assert window.current.values == before
    assert not window.current.banner.isVisible()
    qtbot.waitUntil(lambda: (home / "shelf" / f"{name}.safetensors").exists(), timeout=TIMEOUT)
    window.close()
    again = open_window(home=home)
    assert again.workspace().shelf.painters() == {name: "Paints waves"}


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
