"""Files written whole or not at all, and one line that says what to do where that cannot be."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import threading
from pathlib import Path

from lab.errors import UserError

LONGEST = 80
"""Characters of a name that is made of what users call things: a file system takes 255 bytes."""

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def not_written(path: Path, error: OSError) -> UserError:
    """The error for a file or a folder that cannot be written, with what to do about it."""
    advice = "choose another folder"
    if error.errno in _FULL:
        advice = "free some space, or choose another folder"
    elif error.errno == errno.ENAMETOOLONG:
        advice = "choose a shorter name"
    return UserError(f"{path} cannot be written: {error.strerror or error}; {advice}")


def place(content: bytes, path: Path) -> None:
    """Write a file: a reader sees the old one or the new one, never part of it.

    Raises UserError where it cannot be written; the old one then stays.
    """
    # Not named after the file, whose name may be as long as a name can be.
    part = path.with_name(f".part-{os.getpid()}-{threading.get_ident()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise not_written(path, error) from None


def place_beside(content: bytes, folder: Path, name: str, suffix: str) -> Path:
    """Write a file into `folder`, made where it is missing; returns its path.

    A file of that name that holds something else stays: the new one then gets a number from 2 on.
    Raises UserError where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            path = folder / f"{name}{f' {number}' if number > 1 else ''}{suffix}"
            if not path.exists():
                break
            if path.is_file() and path.read_bytes() == content:
                return path
    except OSError as error:
        raise not_written(folder, error) from None
    place(content, path)
    return path
