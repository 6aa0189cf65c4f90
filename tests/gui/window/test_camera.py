"""The camera: one image that is always of now, for the cards and for the runs."""

import re
import threading
import time

import numpy as np
import pytest

from gui.documents.session import Session
from lab.errors import UserError
from lab.media import camera, pictures
from lab.media.opencv import opencv
from lab.media.pictures import Picture
from lab.runs import Run
from tests.gui.conftest import TIMEOUT
from tests.gui.inputs import copied, count


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
    window.tray.toggle_camera()
    qtbot.waitUntil(lambda: not window.camera.on, timeout=TIMEOUT)
    assert count(window) == before + 1
    assert len(window.session().pictures) == before


def test_what_the_camera_saw_is_what_is_repeated(open_window, qtbot, film, tmp_path):
    """Not the embedded cameraman, which is called camera too."""
    home = tmp_path / "home"
    path = "interpreting/gram"
    window = open_window(Session("", path), home)
    window.camera.start(film)
    qtbot.waitUntil(lambda: window.light_table.in_hand[0].name == "camera", timeout=TIMEOUT)
    window.tray.toggle_camera()
    qtbot.waitUntil(lambda: not window.camera.on, timeout=TIMEOUT)
    seen = window.light_table.in_hand[0]
    panel = window.current
    panel.slots.put(1, seen)
    for button in ("Copy command", "Copy Python"):
        words = copied(panel, button, qtbot)
        (file,) = {word for word in re.split(r"[ '(),]+", words) if word.endswith(".png")}
        assert (pictures.read(file).pixels == seen.pixels).all()
    table = [p.reference for p in window.light_table.pictures if p is not seen]
    window.light_table.choose(2)
    chosen = window.light_table.in_hand[0]
    window.close()
    session = Session.read(home / "session.json")
    assert session.pictures == table
    again = open_window(session, home)
    qtbot.waitUntil(lambda: bool(again.current.slots.pictures), timeout=TIMEOUT)
    assert again.light_table.in_hand[0].name == chosen.name
    assert (again.current.slots.pictures[1].pixels == seen.pixels).all()
    assert again.current.slots.pictures[1].source != "file"
    again.current.slots.put(1, chosen)
    again.close()
    assert not list((home / "pictures").iterdir()), "what no slot holds any more is gone"
    assert (pictures.read(file).pixels == seen.pixels).all(), "a copied command still works"


def test_every_card_shows_what_the_camera_sees(open_window, qtbot, film):
    path = "interpreting/feature_maps"
    window = open_window(Session("", path, {path: Run(path, {"model": "alexnet-stem"})}))
    drawn = {name: [] for name in window.current.board.cards}
    for name, card in window.current.board.cards.items():
        show = card.view.show_payload
        card.view.show_payload = lambda p, n=name, s=show: (drawn[n].append(p), s(p))
    window.camera.start(film)
    qtbot.waitUntil(lambda: len(drawn["enlarged"]) >= 4, timeout=TIMEOUT)
    window.tray.toggle_camera()
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
            yield Picture(camera.NAME, np.full((48, 64, 3), value, np.uint8), source="camera")
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
