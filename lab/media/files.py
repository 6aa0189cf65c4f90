"""Opening a file that somebody named: what can be wrong with it is said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lab.errors import UserError


@contextmanager
def opened(path: Path, what: str) -> Iterator[BinaryIO]:
    """The file at `path`, to be read as bytes.

    what: what it should have been ("an image file"). Raises UserError, naming the file, where it
    is none or cannot be read; an OSError inside the `with` is told in the same way.
    """
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder: give {what}")
        if not path.exists():
            raise UserError(f"no file {path}: check its name and its folder")
        if not path.is_file():
            raise UserError(f"{path} is not a file: give {what}")
        with path.open("rb") as file:
            yield file
    except PermissionError:
        raise UserError(f"{path} may not be read: allow it, or copy it elsewhere") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None
