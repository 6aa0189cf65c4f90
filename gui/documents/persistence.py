"""What outlives the window: the networks trained here and the pictures pasted, as files.

The methods that write are for the file pool.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from lab.errors import UserError
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
        digest = hashlib.sha256(picture.pixels.tobytes()).hexdigest()[:12]
        path = self._pictures / f"{digest}.png"
        # A full disk must not keep a picture off the light table.
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            Image.fromarray(picture.pixels).save(part, "PNG")
            os.replace(part, path)
            return replace(picture, path=path)
        return picture

    def keep_only(self, paths: Collection[Path]) -> None:
        """Remove the files of pasted pictures that are no longer on the light table."""
        for path in self._pictures.glob("*") if self._pictures else ():
            if path not in paths:
                with contextlib.suppress(OSError):
                    path.unlink()


def _titles(shelf: Shelf) -> dict[str, str]:
    return {name: shelf.card(name).title for name in shelf.names_trained_here()}
