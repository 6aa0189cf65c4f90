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


@pytest.fixture(scope="module")
def astronaut():
    return pictures.embedded("astronaut")


def encoded(path, code, frames, rate=12.0, size=(64, 48)):
    """A file that OpenCV wrote, for what Writer does not write."""
    cv2 = opencv()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), rate, size)
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[:, :, ::-1]))
    writer.release()
    return path


def noisy(count, size=(64, 48)):
    """Frames that do not compress, so that a file can be cut in the middle of them."""
    random = np.random.default_rng(0)
    return [random.integers(0, 256, (size[1], size[0], 3), np.uint8) for _ in range(count)]


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
    path = encoded(tmp_path / "wide.avi", "MJPG", noisy(2, (320, 180)), size=(320, 180))
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
    path = encoded(tmp_path / "slit.avi", "MJPG", noisy(2, (8, 64)), size=(8, 64))
    refused(path, "8 × 64 px, too small: give one of 16 px or more")


# ---- writing -------------------------------------------------------------------------------------


def write(path, frames):
    with Writer(path, 10) as writer:
        for pixels in frames:
            writer.write(pixels)


def grey(count):
    return [np.full((32, 48, 3), 100, np.uint8)] * count


def test_what_was_written_before_an_error_is_kept_and_plays(tmp_path):
    def broken():
        yield from grey(5)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(tmp_path / "out.mp4", broken())
    assert len(list(Film.open(tmp_path / "out.mp4").frames(48))) == 5


def test_an_older_video_stays_until_the_new_one_is_finished(tmp_path):
    path = tmp_path / "out.mp4"
    for count in (2, 3):
        with Writer(path, 10) as writer:
            for pixels in grey(count):
                writer.write(pixels)
                assert path.exists() == (count == 3)
    assert Film.open(path).count == 3


def test_nothing_written_leaves_nothing(tmp_path):
    with Writer(tmp_path / "out.mp4", 10):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(UserError, match=r"cannot be written.*choose another folder"):
        Writer(tmp_path / "taken" / "out.mp4", 10)


def test_no_room_on_the_disk_keeps_what_is_there(tmp_path, monkeypatch):
    free = iter([10**9] * 4 + [10**6] * 4)
    usage = type("Usage", (), {"free": property(lambda _: next(free))})()
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(UserError, match=r"no room on the disk.*first 3 frames are kept"):
        write(tmp_path / "out.mp4", grey(5))
    assert len(list(Film.open(tmp_path / "out.mp4").frames(48))) == 3


def test_a_system_that_does_not_take_all_of_it(tmp_path):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(UserError, match="could not be written whole"):
            write(tmp_path / "out.mp4", noisy(30))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
