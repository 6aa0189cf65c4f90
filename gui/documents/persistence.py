"""Trained networks and pasted pictures as files in the user's folder, for the next start.

The methods that write are called in the file pool.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from lab.errors import UserError
from lab.media import pictures
from lab.media.pictures import Picture

if TYPE_CHECKING:  # it imports PyTorch, and it is there before that
    from lab.networks.shelf import Shelf


class Persistence:
    """Saves the shelf, and pictures that came without a file, in `home`; nothing if it is None.

    Other windows may save theirs there too: none overwrites or deletes what is another's.
    """

    def __init__(self, home: Path | None) -> None:
        self._networks = home / "shelf" if home else None
        self._pictures = home / "pictures" if home else None
        self._saved: dict[str, str] = {}
        self._files: dict[str, Path] = {}
        self._begun = time.time()
        self._kept: set[Path] = set()

    def restore(self, shelf: Shelf) -> None:
        """Put the saved networks on the shelf. Called in the torch thread."""
        for path in sorted(self._networks.glob("*.safetensors")) if self._networks else ():
            with contextlib.suppress(UserError):  # a damaged file must not stop the start
                # By the name that it had: the session calls it so.
                self._files[shelf.adopt(path, path.stem)] = path
        self._saved = _titles(shelf)

    def changes(self, shelf: Shelf) -> Callable[[], None] | None:
        """A function that saves what changed since the last call; None if nothing did."""
        folder, now = self._networks, _titles(shelf)
        changed = [name for name in now if now[name] != self._saved.get(name)]
        gone = [name for name in self._saved if name not in now]
        self._saved = now
        if folder is None or not (changed or gone):
            return None

        def save() -> None:
            folder.mkdir(parents=True, exist_ok=True)
            for name in changed:
                path = self._files.get(name) or _free(folder, name)
                self._files[name] = shelf.save(name, path)
            for name in gone:
                if name in self._files:
                    self._files.pop(name).unlink(missing_ok=True)

        return save

    def keep(self, picture: Picture) -> Picture:
        """Save a pasted picture, so that it is there at the next start; returned with its path."""
        if self._pictures is None:
            return picture
        # Where the disk is full the picture is on the light table all the same, without a path.
        with contextlib.suppress(UserError):
            path = pictures.kept(picture, self._pictures).absolute()
            self._kept.add(path)
            return picture.at(path)
        return picture

    def named(self, name: str) -> Picture:
        """The picture of that name or path; one saved here is called as it was, and "pasted"."""
        picture = pictures.named(name)
        if self._pictures is None or picture.path is None:
            return picture
        if picture.path.parent != self._pictures.absolute():
            return picture
        return picture.altered(name=pictures.title_in(picture.path), source="pasted")

    def keep_only(self, paths: Collection[Path]) -> None:
        """Delete the saved pictures whose paths are not among `paths`.

        Those that another window has saved since this one was opened stay.
        """
        for path in self._pictures.glob("*") if self._pictures else ():
            with contextlib.suppress(OSError):
                ours = path.absolute() in self._kept or path.stat().st_mtime < self._begun
                if ours and path.absolute() not in paths:
                    path.unlink()


def _titles(shelf: Shelf) -> dict[str, str]:
    return {name: shelf.card(name).title for name in shelf.names_trained_here()}


def _free(folder: Path, name: str) -> Path:
    """A file for a network of that name which is not there yet: that one is another window's."""
    paths = (folder / f"{name}{f'-{n}' if n else ''}.safetensors" for n in itertools.count())
    return next(path for path in paths if not path.exists())
