"""What outlives the window: the networks trained here and the pictures pasted, as files.

The methods that write are for the file pool.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lab.errors import UserError
from lab.media import pictures
from lab.media.pictures import Picture

if TYPE_CHECKING:  # it imports PyTorch, and it is there before that
    from lab.networks.shelf import Shelf


class Persistence:
    """Keeps the shelf and the pictures without a file in `home`; None keeps nothing."""

    def __init__(self, home: Path | None) -> None:
        self._networks = home / "shelf" if home else None
        self._pictures = home / "pictures" if home else None
        self._saved: dict[str, str] = {}

    def restore(self, shelf: Shelf) -> None:
        """Put the networks of earlier times on the shelf. In the torch thread."""
        for path in sorted(self._networks.glob("*.safetensors")) if self._networks else ():
            with contextlib.suppress(UserError):  # a damaged one must not keep the lab shut
                shelf.adopt(path)
        self._saved = _titles(shelf)

    def changes(self, shelf: Shelf) -> Callable[[], None] | None:
        """What has to be written since the last time, for the file pool; None if nothing has."""
        folder, now = self._networks, _titles(shelf)
        changed = [name for name in now if now[name] != self._saved.get(name)]
        gone = [name for name in self._saved if name not in now]
        self._saved = now
        if folder is None or not (changed or gone):
            return None

        def save() -> None:
            folder.mkdir(parents=True, exist_ok=True)
            for name in changed:
                shelf.save(name, folder / name)
            for name in gone:
                (folder / f"{name}.safetensors").unlink(missing_ok=True)

        return save

    def keep(self, picture: Picture) -> Picture:
        """A pasted picture with a file of its own, so that it is there at the next start."""
        if self._pictures is None:
            return picture
        # A full disk must not keep a picture off the light table.
        with contextlib.suppress(UserError):
            return replace(picture, path=pictures.kept(picture, self._pictures).absolute())
        return picture

    def named(self, name: str) -> Picture:
        """The picture of that name or path. One that is kept here is a pasted one as before."""
        picture = pictures.named(name)
        if self._pictures is None or picture.path is None:
            return picture
        if picture.path.parent != self._pictures.absolute():
            return picture
        words = picture.name.rpartition("-")[0].replace("-", " ")
        return replace(picture, name=words or picture.name, source="pasted")

    def keep_only(self, paths: Collection[Path]) -> None:
        """Remove the files of pictures kept here that are not among `paths`."""
        for path in self._pictures.glob("*") if self._pictures else ():
            if path.absolute() not in paths:
                with contextlib.suppress(OSError):
                    path.unlink()


def _titles(shelf: Shelf) -> dict[str, str]:
    return {name: shelf.card(name).title for name in shelf.names_trained_here()}
