"""The camera, with a film in its place; and what importing OpenCV must not leave behind."""

import os
import subprocess
import sys

import numpy as np
import pytest

from lab.errors import UserError
from lab.media.camera import NAME, Live, frames
from lab.media.opencv import opencv
from lab.media.pictures import Picture


@pytest.fixture
def film(tmp_path):
    """Three pictures, red at the left and blue at the right."""
    cv2 = opencv()
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32, 2] = 255
    pixels[:, 32:, 0] = 255
    for _ in range(3):
        writer.write(pixels)
    writer.release()
    return path


def test_pictures_come_in_rgb_and_mirrored(film):
    taken = list(frames(str(film)))
    assert len(taken) == 3
    red, blue = taken[0].pixels[24, 50], taken[0].pixels[24, 10]
    assert red[0] > 200 > 60 > red[2]
    assert blue[2] > 200 > 60 > blue[0]
    assert taken[0].size == (48, 64)


def test_it_lets_go_of_the_camera_when_it_is_closed(film, monkeypatch):
    cv2, released = opencv(), []
    real = cv2.VideoCapture

    class Capture:
        def __init__(self, source):
            self._real = real(source)

        def __getattr__(self, name):
            return getattr(self._real, name)

        def release(self):
            released.append(True)
            self._real.release()

    monkeypatch.setattr(cv2, "VideoCapture", Capture)
    running = frames(str(film))
    next(running)
    running.close()
    assert released == [True]


def test_no_camera_is_told_in_one_line(tmp_path):
    with pytest.raises(UserError, match="plug one in"):
        next(frames(str(tmp_path / "none.avi")))


def test_the_environment_is_as_it_was(monkeypatch):
    monkeypatch.setenv("QT_QPA_FONTDIR", "/mine")
    monkeypatch.delenv("QT_QPA_PLATFORM_PLUGIN_PATH", raising=False)
    opencv()
    assert os.environ["QT_QPA_FONTDIR"] == "/mine"
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ


@pytest.mark.parametrize("order", ["camera first", "window first"])
def test_the_window_starts_whichever_is_imported_first(order):
    camera = "from lab.media.opencv import opencv; opencv()"
    window = "from PySide6.QtWidgets import QApplication; app = QApplication([])"
    lines = [camera, window] if order == "camera first" else [window, camera]
    lines.append("from PySide6.QtWidgets import QLabel; QLabel('x').grab(); print('drawn')")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.stdout.strip() == "drawn", done.stderr


def test_a_camera_that_goes_away_is_told_and_a_film_that_ends_is_not(film, monkeypatch):
    cv2 = opencv()
    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda source: real(str(film)))
    running = frames(0)
    for _ in range(3):
        next(running)
    with pytest.raises(UserError, match="the camera is gone: plug it in"):
        next(running)


def test_live_it_is_a_clip_of_what_is_seen_by_now():
    seen = iter([Picture(NAME, np.full((48, 64, 3), value, np.uint8)) for value in (1, 2)])
    clip = Live(lambda: next(seen, None))
    assert clip.count is None
    frames = list(clip.frames(32))
    assert [frame.shape for frame in frames] == [(24, 32, 3)] * 2
    assert [int(frame.max()) for frame in frames] == [1, 2]
