"""Every kind of file that is offered as a video, each a real one."""

import numpy as np
import pytest

from lab.media import pictures, videos
from lab.media.videos import Film
from tests.lab.media.films import encoded, jpeg, smooth


def timed(path):
    """A stream of M2TS: four bytes of time before each packet."""
    data = encoded(path.with_suffix(".ts"), "mp4v", smooth(12)).read_bytes()
    path.write_bytes(b"".join(b"\0\0\0\0" + data[at : at + 188] for at in range(0, len(data), 188)))


def bare(path):
    path.write_bytes(b"".join(jpeg(frame) for frame in smooth(12)))


def renamed(code, suffix=""):
    """A file that OpenCV writes under that name, or under another suffix."""

    def write(path):
        encoded(path.with_suffix(suffix or path.suffix), code, smooth(12), 25).rename(path)

    return write


KINDS = {
    ".mp4": renamed("mp4v"),
    ".m4v": renamed("mp4v", ".mp4"),
    ".mov": renamed("mp4v"),
    ".3gp": renamed("mp4v"),
    ".avi": renamed("MJPG"),
    ".mkv": renamed("mp4v"),
    ".webm": renamed("VP80"),
    ".mpg": renamed("PIM1"),
    ".mpeg": renamed("PIM1"),
    ".wmv": renamed("WMV2"),
    ".flv": renamed("FLV1"),
    ".ogv": renamed("VP80"),
    ".ts": renamed("mp4v"),
    ".mts": timed,
    ".m2ts": timed,
    ".mjpeg": bare,
}


@pytest.mark.parametrize("suffix", sorted(videos.SUFFIXES))
def test_a_file_of_every_kind_that_is_offered_is_read(suffix, tmp_path):
    path = tmp_path / f"film{suffix}"
    KINDS[suffix](path)
    read = list(Film.open(path).frames(64))
    assert len(read) in (11, 12, 13)  # streams without an index may hide the last
    assert read[0].shape == (48, 64, 3)
    picture = pictures.read(path)
    assert picture.video == path
    assert np.abs(picture.pixels.astype(int) - smooth(1)[0]).mean() < 12
