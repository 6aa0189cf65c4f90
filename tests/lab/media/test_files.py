"""Files that cannot be opened are said in one line."""

import os

from tests.lab.media.samples import refused


def test_folder_missing_file_and_pipe(tmp_path):
    assert "is a folder" in refused(tmp_path)
    assert refused(tmp_path / "none.png").startswith("no file ")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        assert "is not a file" in refused(tmp_path / "pipe.png")


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
