"""Whether a film is whole: by what is missing of its file, never by how many frames it tells."""

import pytest

from lab.errors import UserError
from lab.media.videos import Film
from tests.lab.media.films import encoded, matroska, noisy, smooth

STEADY = [40 * k for k in range(30)]
VARIABLE = [0, 5, 10, 400, 405, 410, 415, 1200, 1210, 1900]


def sounding(path):
    """The sound lasts four times as long as the picture."""
    path.write_bytes(matroska(smooth(30), STEADY, seconds=4.8))


def variable(path):
    path.write_bytes(matroska(smooth(10), VARIABLE))


def miscounted(path):
    """An AVI file whose header counts 60 frames; there are 12."""
    encoded(path.with_suffix(".avi"), "MJPG", smooth(12)).rename(path)
    data = path.read_bytes()
    for mark, ahead in ((b"avih", 8 + 16), (b"strh", 8 + 32)):
        at = data.index(mark) + ahead
        assert int.from_bytes(data[at : at + 4], "little") == 12
        data = data[:at] + (60).to_bytes(4, "little") + data[at + 4 :]
    path.write_bytes(data)


def trimmed(path):
    """An MP4 file whose edit list plays the first half."""
    encoded(path.with_suffix(".mp4"), "mp4v", smooth(12)).rename(path)
    data = path.read_bytes()
    at = data.index(b"elst") + 12
    whole = int.from_bytes(data[at : at + 4], "big")
    path.write_bytes(data[:at] + (whole // 2).to_bytes(4, "big") + data[at + 4 :])


@pytest.mark.parametrize(
    ("make", "frames"), [(sounding, 30), (variable, 10), (miscounted, 12), (trimmed, 6)]
)
def test_what_plays_to_its_end_is_whole_whatever_its_header_counts(make, frames, tmp_path):
    make(tmp_path / "film.mov")
    film = Film.open(tmp_path / "film.mov")
    assert abs(len(list(film.frames(64))) - frames) <= 1
    assert film.count != frames, "else this tests nothing"


def cut(data):
    return data[: len(data) * 3 // 5]


def streaming(data):
    """An MP4 file with its index in front, as it is for the web."""
    at = data.index(b"moov") - 4
    index, film = data[at:], data[:at]
    where = index.index(b"stco") + 8
    count = int.from_bytes(index[where : where + 4], "big")
    moved = bytearray(index)
    for k in range(count):
        place = slice(where + 4 + 4 * k, where + 8 + 4 * k)
        moved[place] = (int.from_bytes(index[place], "big") + len(index)).to_bytes(4, "big")
    start = film.index(b"ftyp") - 4 + int.from_bytes(film[:4], "big")
    return film[:start] + bytes(moved) + film[start:]


@pytest.mark.parametrize("kind", ["avi", "mkv", "mp4", "mov"])
def test_a_film_that_is_cut_short_gives_what_is_there_and_says_so(kind, tmp_path):
    path = tmp_path / f"film.{kind}"
    if kind == "mkv":
        data = matroska(noisy(24), [40 * k for k in range(24)])
    else:
        data = encoded(path, "MJPG" if kind == "avi" else "mp4v", noisy(24)).read_bytes()
        data = data if kind == "avi" else streaming(data)
    path.write_bytes(data)
    assert len(list(Film.open(path).frames(64))) == 24
    path.write_bytes(cut(data))
    read = []
    with pytest.raises(UserError, match="is cut short: ") as error:
        read.extend(Film.open(path).frames(64))
    assert "\n" not in str(error.value)
    assert 5 <= len(read) <= 16
    # Matroska tells a duration, of which the number of frames would be a guess.
    told = f"{len(read)} frames" if kind == "mkv" else f"{len(read)} of its 24 frames"
    assert told in str(error.value)
