"""Opening a file that the user named, with one-line errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lab.errors import UserError


@contextmanager
def opened(path: Path, what: str) -> Iterator[BinaryIO]:
    """The file at `path`, opened for reading bytes.

    what: the expected kind of file, for errors ("an image file"). Raises UserError, naming the
    file, where it does not exist or cannot be read, also for an OSError inside the `with`.
    """
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder: give {what}")
        if not path.exists():
            raise _missing(path)
        if not path.is_file():
            raise UserError(f"{path} is not a file: give {what}")
        with path.open("rb") as file:
            yield file
    except PermissionError:
        raise UserError(f"{path} may not be read: allow it, or copy it elsewhere") from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise UserError(f"no file {path}: no name is so long") from None
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None


def _missing(path: Path) -> UserError:
    if path.is_symlink():
        return UserError(f"{path} is a link to a file that is gone: copy the file itself")
    return UserError(f"no file {path}: check its name and its folder")
