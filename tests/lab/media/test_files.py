"""Files that cannot be opened are said in one line."""

import os

import pytest

from lab.errors import UserError
from lab.media import pictures
from tests.lab.media.samples import refused


def test_folder_missing_file_and_pipe(tmp_path):
    assert "is a folder" in refused(tmp_path)
    assert refused(tmp_path / "none.png").startswith("no file ")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        assert "is not a file" in refused(tmp_path / "pipe.png")


def test_a_dead_link_is_told_as_one(tmp_path):
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert "is a link to a file that is gone: copy the file itself" in refused(
        tmp_path / "gone.png"
    )


@pytest.mark.parametrize("length", [256, 300, 4095, 5000])
def test_any_text_as_a_path_is_one_short_line(length):
    with pytest.raises(UserError, match=r"no file x.*x: no name is so long") as caught:
        pictures.named("x" * length)
    assert len(str(caught.value)) < 300


def test_no_permission(tmp_path, monkeypatch):
    path = tmp_path / "locked.png"
    path.write_bytes(b"x")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    # chmod would not stop root, whom the tests may run as.
    monkeypatch.setattr(type(path), "open", refuse)
    assert "may not be read" in refused(path)


def test_failing_disk(tmp_path, monkeypatch):
    path = tmp_path / "far.png"
    path.write_bytes(b"x")

    def fail(*args, **kwargs):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(type(path), "open", fail)
    assert "Input/output error" in refused(path)
