"""Images are told by their names or first bytes, also those that cannot be read."""

import pytest

from lab.media import formats
from tests.lab.media.samples import refused


def test_names_of_pictures():
    assert all(map(formats.is_picture_name, ["a.JPG", "b/c.png", "d.tif", "e.webp"]))
    assert not any(map(formats.is_picture_name, ["a.txt", "png", ".hidden.png", "Thumbs.db"]))
    assert all(map(formats.is_foreign_name, ["a.HEIC", "b/c.cr2", "d.svg", "e.jxl"]))
    assert not any(map(formats.is_foreign_name, ["a.jpg", "heic", ".hidden.heic", "b.txt"]))


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("IMG_1.HEIC", b"\0\0\0\x24ftypheic\0\0\0\0mif1heic", "is HEIC, which"),
        ("really_heic.jpg", b"\0\0\0\x24ftypmif1\0\0\0\0mif1heic", "is HEIC, which"),
        ("drawing.svg", b'<?xml version="1.0"?>\n<svg xmlns="x"/>', "is SVG, which"),
        ("page.png", b"\n<!DOCTYPE html><title>x</title>", "is a web page, not an image"),
        ("DSC.NEF", b"unknown bytes", "is a raw photo, which"),
        ("photo.jxl", b"\xff\x0a123", "is JPEG XL, which"),
        ("notes.jpg", b"just words", "is not an image that can be read"),
    ],
)
def test_what_cannot_be_read_is_called_by_its_name(tmp_path, name, data, told):
    (tmp_path / name).write_bytes(data)
    assert told in refused(tmp_path / name)
