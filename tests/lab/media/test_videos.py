"""Video files in and out: frame for frame, and each way in which a file can be bad."""

import itertools
import wave

import numpy as np
import pytest

from lab.errors import UserError
from lab.media import pictures
from lab.media.clips import Pan
from lab.media.opencv import opencv
from lab.media.video_writer import Writer
from lab.media.videos import Film
from tests.lab.media.films import encoded, noisy


@pytest.fixture(scope="module")
def astronaut():
    return pictures.embedded("astronaut")


@pytest.fixture
def film(tmp_path):
    return encoded(tmp_path / "film.mp4", "mp4v", noisy(48))


def test_what_was_written_is_read(tmp_path, astronaut):
    sent = list(Pan(astronaut, 12).frames(128))
    with Writer(tmp_path / "out.mp4", 12.0) as writer:
        for frame in sent:
            writer.write(frame)
    film = Film.open(tmp_path / "out.mp4")
    assert (film.name, film.size, film.rate, film.count) == ("out", (128, 128), 12.0, 12)
    read = list(film.frames(128))
    assert len(read) == 12
    for before, after in zip(sent, read, strict=True):
        assert after.shape == before.shape
        assert np.abs(before.astype(int) - after).mean() < 6  # it is compressed
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_frames_are_scaled_in_proportion_to_multiples_of_four(tmp_path):
    path = encoded(tmp_path / "wide.avi", "MJPG", noisy(2, (320, 180)))
    assert next(Film.open(path).frames(100)).shape == (56, 100, 3)
    assert next(Film.open(path).frames(640)).shape == (360, 640, 3)


def test_frames_are_streamed_and_the_file_is_let_go(film, monkeypatch):
    cv2, released, read = opencv(), [], []
    real = cv2.VideoCapture

    class Capture:
        def __init__(self, *given):
            self._real = real(*given)

        def __getattr__(self, name):
            return getattr(self._real, name)

        def read(self):
            read.append(1)
            return self._real.read()

        def release(self):
            released.append(1)
            self._real.release()

    opened = Film.open(film)
    monkeypatch.setattr(cv2, "VideoCapture", Capture)
    frames = opened.frames(64)
    list(itertools.islice(frames, 3))
    assert len(read) == 3
    frames.close()
    assert released == [1]


def test_the_first_frame_is_a_picture_that_knows_its_video(film):
    picture = pictures.named(str(film))
    assert (picture.name, picture.path, picture.video) == ("film", film, film)
    assert picture.size == (48, 64)
    assert pictures.embedded("coffee").video is None


def test_a_picture_file_knows_no_video(tmp_path, astronaut):
    from PIL import Image

    Image.fromarray(astronaut.pixels).save(tmp_path / "still.png")
    assert pictures.read(tmp_path / "still.png").video is None


# ---- bad files -----------------------------------------------------------------------------------


def refused(path, match):
    with pytest.raises(UserError, match=match) as error:
        list(Film.open(path).frames(64))
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_what_is_no_video(tmp_path):
    (tmp_path / "words.mp4").write_text("hello world " * 100)
    refused(tmp_path / "words.mp4", "no video")
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    refused(tmp_path / "noise.mp4", "no video")
    (tmp_path / "empty.mp4").touch()
    refused(tmp_path / "empty.mp4", "is empty")
    refused(tmp_path / "none.mp4", "no file")
    refused(tmp_path, "is a folder")


def test_a_video_without_frames(tmp_path):
    refused(encoded(tmp_path / "none.avi", "MJPG", []), "holds no frames")
    refused(encoded(tmp_path / "none.mp4", "mp4v", []), "holds no video")
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    refused(tmp_path / "sound.wav", "holds no video")


def test_an_unknown_codec(tmp_path):
    path = encoded(tmp_path / "film.avi", "mp4v", noisy(4))
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZZZ").replace(b"mp4v", b"ZZZZ"))
    refused(path, "unknown codec.*convert it to MP4")


def test_a_codec_that_decodes_nothing(tmp_path):
    path = encoded(tmp_path / "film.avi", "MJPG", noisy(4))
    data = path.read_bytes()
    start = data.index(b"\xff\xd8")
    path.write_bytes(data[:start] + bytes(len(data) - start))
    refused(path, "no frame of .* can be decoded \\(codec MJPG\\)|holds no frames")


def test_cut_short_before_its_index(film):
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    refused(film, "cut short, its index is missing")


def test_cut_short_in_the_middle_gives_what_is_there_and_says_so(tmp_path):
    path = encoded(tmp_path / "film.avi", "MJPG", noisy(48))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    read = []
    with pytest.raises(UserError, match=r"cut short: \d+ of its 48 frames can be read"):
        read.extend(Film.open(path).frames(64))
    assert 15 < len(read) < 30


def test_too_small(tmp_path):
    path = encoded(tmp_path / "slit.avi", "MJPG", noisy(2, (8, 64)))
    refused(path, "8 × 64 px, too small: give one of 16 px or more")
