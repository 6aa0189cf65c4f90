"""Files are written whole or not at all, never over others, and what went wrong is one line."""

import errno
import os

import pytest

from lab.errors import UserError
from lab.system import saving


def test_a_file_of_the_longest_name_is_written(tmp_path):
    path = tmp_path / ("n" * 251 + ".png")
    saving.place(b"first", path)
    saving.place(b"second", path)
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == [path.name]


def test_another_file_of_that_name_stays(tmp_path):
    folder = tmp_path / "new"
    places = [saving.place_beside(content, folder, "a b", ".png") for content in (b"1", b"2", b"3")]
    assert [place.name for place in places] == ["a b.png", "a b 2.png", "a b 3.png"]
    assert [place.read_bytes() for place in places] == [b"1", b"2", b"3"]
    assert saving.place_beside(b"2", folder, "a b", ".png") == places[1], "it is there already"
    (folder / "c.png").mkdir()
    assert saving.place_beside(b"1", folder, "c", ".png").name == "c 2.png"
    assert len(os.listdir(folder)) == 5


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "No space left on device; free some space, or choose another folder"),
        (errno.EACCES, "Permission denied; choose another folder"),
        (errno.ENAMETOOLONG, "File name too long; choose a shorter name"),
        (errno.EROFS, "choose another folder"),
    ],
)
def test_what_went_wrong_is_told_with_what_to_do(code, advice, tmp_path, monkeypatch):
    path = tmp_path / "old.bin"
    path.write_bytes(b"old")

    def fails(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("pathlib.Path.replace", fails)
    with pytest.raises(UserError) as told:
        saving.place(b"new", path)
    assert str(told.value).startswith(f"{path} cannot be written: ")
    assert str(told.value).endswith(advice)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["old.bin"], "nothing half written is left"


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be written: .*; choose another folder"):
        saving.place_beside(b"", tmp_path / "file" / "folder", "a", ".png")
