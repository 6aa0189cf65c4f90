"""What the bytes of a container tell: that it is a video, and whether its end is missing."""

import io

import pytest

from lab.media.containers import HEAD, has_index, is_video, missing_bytes


def packets(size, before, count=8, cut=0):
    """A transport stream of packets of `size` bytes, `before` of them in front of the sync byte."""
    one = bytes(before) + b"\x47" + bytes(range(1, size - before))
    return (one * count)[cut:]


def box(kind, content=b"", size=None):
    return (8 + len(content) if size is None else size).to_bytes(4, "big") + kind + content


def riff(content, size=None):
    return b"RIFF" + (len(content) if size is None else size).to_bytes(4, "little") + content


def vint(value, width):
    return (value | 1 << 7 * width).to_bytes(width, "big")


def matroska(content, width=8, size=None):
    segment = vint(len(content) if size is None else size, width)
    return b"\x1aE\xdf\xa3" + vint(5, 1) + b"head!" + b"\x18\x53\x80\x67" + segment + content


def asf(length, flags=2):
    properties = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365") + (104).to_bytes(8, "little")
    properties += bytes(16) + length.to_bytes(8, "little") + bytes(40)
    properties += flags.to_bytes(4, "little") + bytes(12)
    head = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(14) + properties
    return head + bytes(400 - len(head))


@pytest.mark.parametrize(
    "start",
    [
        box(b"ftyp", b"isom"),
        box(b"wide") + box(b"mdat"),
        box(b"styp") + box(b"moof"),
        riff(b"AVI LIST"),
        matroska(b"film"),
        b"OggS\0\2",
        b"FLV\1",
        asf(400),
        b"\0\0\1\xba",
        b"\0\0\1\xb3",
        packets(188, 0),
        packets(188, 0, cut=100),
        packets(192, 4),
        packets(204, 0),
    ],
)
def test_a_video_is_known_by_its_start(start):
    assert is_video(start[:HEAD], ".any")


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"G",
        b"Good morning. " * 100,
        b"\x89PNG\r\n\x1a\n" + bytes(2000),
        b"\xff\xd8\xff\xe0" + bytes(2000),
        packets(190, 0),
    ],
)
def test_what_is_none(start):
    assert not is_video(start[:HEAD], ".mp4")


def test_images_one_after_another_are_a_video_under_that_name_alone():
    jpeg = b"\xff\xd8\xff\xe0" + bytes(100)
    assert [is_video(jpeg, suffix) for suffix in (".mjpeg", ".mjpg", ".ts")] == [True, True, False]


FILM = bytes(3000)
CONTAINERS = {
    "mp4": box(b"ftyp", b"isom") + box(b"moov", bytes(80)) + box(b"mdat", FILM),
    "large mp4": box(b"ftyp") + box(b"mdat", (3016).to_bytes(8, "big") + FILM, size=1),
    "fragments": box(b"ftyp") + box(b"moov") + 3 * (box(b"moof", bytes(60)) + box(b"mdat", FILM)),
    "avi": riff(b"AVI " + FILM),
    "long avi": riff(b"AVI " + FILM) + riff(b"AVIX" + FILM),
    "mkv": matroska(FILM),
    "webm": matroska(FILM, width=2),
    "wmv": asf(400),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_whole_file_misses_nothing_and_a_cut_one_what_was_cut(name):
    whole = CONTAINERS[name]
    assert missing_bytes(io.BytesIO(whole)) == 0
    assert missing_bytes(io.BytesIO(whole + b"more, of another program")) == 0
    for cut in (1, len(whole) // 5):
        assert missing_bytes(io.BytesIO(whole[:-cut])) == cut


@pytest.mark.parametrize(
    "start",
    [
        riff(b"AVI " + FILM, size=0),
        riff(b"AVI " + FILM, size=0xFFFFFFFF),
        matroska(FILM, size=(1 << 56) - 1),
        matroska(FILM, width=1, size=127),
        asf(10_000, flags=1),
        box(b"ftyp") + box(b"moov") + box(b"mdat", FILM, size=0),
        box(b"ftyp") + box(b"moov") + box(b"free", FILM, size=9000),
        packets(188, 0) + b"half a packet",
        b"OggS" + FILM,
        b"FLV" + FILM,
        b"RIFF",
        b"\x1aE\xdf\xa3",
        b"",
    ],
)
def test_where_the_container_says_nothing_nothing_is_missing(start):
    assert missing_bytes(io.BytesIO(start)) == 0


def test_the_index_of_an_mp4_is_looked_for():
    film = box(b"ftyp", b"isom") + box(b"mdat", FILM)
    assert not has_index(io.BytesIO(film))
    assert has_index(io.BytesIO(film + box(b"moov")))
    assert has_index(io.BytesIO(riff(b"AVI " + FILM)))
