"""Writing videos: whole whenever the writing stops, and in time what cannot be written."""

import numpy as np
import pytest

from lab.errors import UserError
from lab.media.opencv import opencv
from lab.media.video_writer import Writer, try_out, writable_rate
from lab.media.videos import Film
from tests.lab.media.films import noisy


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
    free = iter([10**9] * 3 + [10**6] * 4)
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


# ---- in time, not after the work -----------------------------------------------------------------


@pytest.mark.parametrize(
    "rate",
    [211.222, 119.88, 239.76, 66.667, 960.0, 29.97, 23.976, 12.0, 1.001, 24000 / 1001, 90.9091],
)
def test_any_rate_is_written_as_one_that_the_format_takes(tmp_path, rate):
    with Writer(tmp_path / "out.mp4", rate) as writer:
        for pixels in grey(3):
            writer.write(pixels)
    film = Film.open(tmp_path / "out.mp4")
    assert film.rate == pytest.approx(rate, rel=1e-3)
    assert film.rate == pytest.approx(writer.rate, rel=1e-3)
    assert len(list(film.frames(48))) == 3


def test_a_rate_that_the_format_takes_is_left_as_it_is():
    assert [writable_rate(rate) for rate in (24.0, 23.976, 59.94)] == [24.0, 23.976, 59.94]


def test_trying_out_leaves_nothing(tmp_path):
    try_out(tmp_path / "made" / "out.mp4", 211.222, (64, 48))
    assert list((tmp_path / "made").iterdir()) == []


def taken(path):
    path.parent.touch()


def folder(path):
    path.mkdir(parents=True)


@pytest.mark.parametrize(
    ("make", "name", "reason"),
    [
        (taken, "out.mp4", "choose another folder"),
        (folder, "out.mp4", "it is a folder"),
        (lambda path: None, f"{'x' * 300}.mp4", "name too long"),
    ],
)
def test_where_no_file_can_be_is_said_before_the_work(tmp_path, make, name, reason):
    path = tmp_path / "made" / name
    make(path)
    with pytest.raises(UserError, match=rf"(?s)cannot be written.*{reason}"):
        try_out(path, 24, (64, 48))
    assert not list(tmp_path.rglob("*.part*"))


def test_what_opencv_cannot_write_is_said_with_its_cause(tmp_path, monkeypatch):
    monkeypatch.setattr(opencv().VideoWriter, "isOpened", lambda self: False, raising=False)
    with pytest.raises(UserError, match=r"MPEG-4 of 64 × 48 px at 211\.22 frames/s"):
        try_out(tmp_path / "out.mp4", 211.222, (64, 48))
    assert list(tmp_path.iterdir()) == []


def test_what_can_be_read_of_a_film_that_was_not_written_whole_is_kept(tmp_path, monkeypatch):
    writer = Writer(tmp_path / "out.mp4", 10)
    for pixels in grey(5):
        writer.write(pixels)
    writer.count += 2  # of which the system wrote nothing
    with pytest.raises(UserError, match="not be written whole, its first 5 frames are kept"):
        writer.close()
    assert len(list(Film.open(tmp_path / "out.mp4").frames(48))) == 5
