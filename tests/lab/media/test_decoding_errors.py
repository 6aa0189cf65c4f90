"""Damaged, hostile and huge files: an image or one line."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from lab.errors import UserError
from lab.media import pictures
from tests.lab.media.samples import refused


def saved(suffix):
    """A picture of noise, which no format makes small, as the bytes of a file."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).save(data, suffix)
    return data.getvalue()


def png(width, height, pixels=b"", bits=8, colour=2):
    """A PNG with a header of any size; `pixels` is what stands, compressed, in its data."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("fraction", [0.001, 0.05, 0.5, 0.9])
@pytest.mark.parametrize("suffix", ["png", "jpeg", "gif", "webp", "bmp", "tiff"])
def test_cut_short_at_any_place(tmp_path, suffix, fraction):
    data = saved(suffix)
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(data[: max(1, int(len(data) * fraction))])
    assert "give a JPEG, PNG" in refused(path) or "cut short" in refused(path)


def test_flipped_bytes_are_a_picture_or_one_line():
    generator = np.random.default_rng(0)
    for suffix in ("png", "jpeg", "gif", "tiff", "webp", "bmp"):
        original = np.frombuffer(saved(suffix), dtype=np.uint8)
        for _ in range(25):
            data = original.copy()
            data[generator.integers(0, len(data), 4)] = generator.integers(0, 256, 4)
            with contextlib.suppress(UserError):
                assert pictures.decode(data.tobytes(), "x").pixels.shape[2] == 3


def test_text_named_png(tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("not a picture at all\n" * 50)
    assert "is not an image" in refused(path)


def test_empty_file(tmp_path):
    path = tmp_path / "empty.jpg"
    path.touch()
    assert "is empty" in refused(path)


@pytest.mark.parametrize(
    ("width", "height", "told"),
    [(20_000, 15_000, "300"), (12_000, 10_000, "120"), (60_000, 50_000, "3,000")],
)
def test_too_many_pixels_are_refused_by_the_header(tmp_path, monkeypatch, width, height, told):
    def decodes(*args, **kwargs):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decodes)
    path = tmp_path / "huge.png"
    path.write_bytes(png(width, height))
    assert f"huge.png has {told} megapixels; Glassbox opens up to 100" in refused(path)


def test_header_that_promises_more_than_there_is(tmp_path):
    path = tmp_path / "promise.png"
    path.write_bytes(png(5000, 5000, pixels=b"\0" * 100))
    assert "damaged or cut short" in refused(path)


def test_postscript_is_never_run(tmp_path):
    path = tmp_path / "page.eps"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    assert "is EPS, which cannot be read" in refused(path)


def test_bytes_name_what_they_are_called():
    with pytest.raises(UserError, match="clipboard is empty"):
        pictures.decode(b"", "clipboard")
    with pytest.raises(UserError, match="clipboard is a web page, not an image"):
        pictures.decode(b"<html>", "clipboard")
