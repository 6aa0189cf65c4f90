"""Videos with pixels that are not square."""

import pytest

from lab.media import pictures
from lab.media.videos import Film
from tests.lab.media.films import encoded, matroska, smooth

STEADY = [40 * k for k in range(5)]


def wide(path):
    path.write_bytes(matroska(smooth(5), STEADY, shown=(96, 48)))


def narrow(path):
    path.write_bytes(matroska(smooth(5), STEADY, shown=(32, 48)))


def broadcast(path):
    """MPEG-1 with the pixels of television in Europe, 1.0950 times as wide as high."""
    encoded(path.with_suffix(".mpg"), "PIM1", smooth(12), 25).rename(path)
    data, begin = bytearray(path.read_bytes()), 0
    while (begin := data.find(b"\0\0\1\xb3", begin)) >= 0:
        data[begin + 7] = data[begin + 7] & 0x0F | 8 << 4
        begin += 4
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("make", "size"), [(wide, (96, 48)), (narrow, (64, 96)), (broadcast, (70, 48))]
)
def test_frames_are_shown_as_they_are_meant_to_be_seen(make, size, tmp_path):
    path = tmp_path / "film.mkv"
    make(path)
    film = Film.open(path)
    assert film.size == size
    assert pictures.read(path).size == size[::-1]
    shape = next(film.frames(256)).shape
    assert shape[1] / shape[0] == pytest.approx(size[0] / size[1], rel=0.03)
    assert max(shape) == 256


def test_an_impossible_shape_of_pixels_is_ignored(tmp_path):
    (tmp_path / "film.mkv").write_bytes(matroska(smooth(2), [0, 40], shown=(6400, 48)))
    assert Film.open(tmp_path / "film.mkv").size == (64, 48)
