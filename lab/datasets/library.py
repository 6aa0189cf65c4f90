"""All data sets at hand, by name."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from lab.datasets import digits, downloaded, photo_patches, picture_folder
from lab.datasets.dataset import Dataset
from lab.errors import UserError
from lab.parameters import advice
from lab.system import downloads

_EMBEDDED: dict[str, tuple[str, Callable[[], Dataset]]] = {
    "digits": (digits.TITLE, digits.load),
    "photo_patches": (photo_patches.TITLE, photo_patches.load),
}


def load(name: str | Path) -> Dataset:
    """The data set called `name`, on the CPU: an embedded or a downloaded one, or a folder's path.

    Raises UserError for a name that is none, Missing for one that is not downloaded yet.
    """
    if name in _EMBEDDED:
        return _EMBEDDED[str(name)][1]()
    if name in downloaded.SOURCES:
        return downloaded.load(str(name))
    if _is_path(name):
        return picture_folder.load(name)
    known = (*_EMBEDDED, *downloaded.SOURCES)
    raise UserError(f"no data set {name}: {advice(str(name), known)}, or give a folder's path")


def _is_path(name: str | Path) -> bool:
    text = os.fspath(name)
    if not text.strip():
        return False  # which Path takes for the current folder
    # os.path takes any text; Path.is_dir raises OSError for a name that is too long.
    return "/" in text or os.sep in text or os.path.isdir(os.path.expanduser(text))


class DatasetOptions(dict[str, str]):
    """Name -> title. `in` also accepts any possible path: loading it shows whether it is one."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and _is_path(name))

    def __missing__(self, name: str) -> str:
        """The title of a folder that is there but not read yet."""
        folder = Path(name).expanduser()
        if not (_is_path(name) and folder.is_dir()):
            raise KeyError(name)
        return f"{folder.resolve().name} (folder)"


class Library:
    """The data sets that can be named: embedded, downloaded, or from folders.

    Any thread may call any method, and no lock is held while data are loaded: a data set that two
    threads need at once is loaded twice, and one of them is kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: dict[str, Dataset] = {}

    def options(self) -> DatasetOptions:
        """Name -> title of all that can be chosen, folders last, with a note where to download."""
        offers = {name: title for name, (title, _) in _EMBEDDED.items()}
        for name in downloaded.SOURCES:
            item = downloads.item(name)
            offers[name] = item.title
            if not downloads.present(name):
                offers[name] += f" (download, {item.size / 1e6:.0f} MB)"
        with self._lock:
            loaded = {name: data.title for name, data in self._loaded.items()}
        folders = {name: f"{loaded[name]} (folder)" for name in loaded if name not in offers}
        return DatasetOptions(offers | folders)

    def get(self, name: str) -> Dataset:
        """The data set called `name`, as `load` returns it, loaded only once."""
        key = self.located(name)
        with self._lock:
            if key in self._loaded:
                return self._loaded[key]
        data = load(key)
        with self._lock:
            return self._loaded.setdefault(key, data)

    def located(self, name: str) -> str:
        """The name of a data set, valid in any directory: of a folder, its absolute path."""
        known = name in _EMBEDDED or name in downloaded.SOURCES
        if known or not _is_path(name):
            return name
        return str(Path(os.path.expanduser(name)).resolve())

    def adopt(self, path: str | Path) -> Dataset:
        """Add a folder of class folders. UserError for any other folder.

        Reads every image, which may take long.
        """
        return self.get(str(Path(os.path.expanduser(path)).absolute()))

    def left_out(self) -> list[str]:
        """What of folders did not become part of a data set, one line for each folder."""
        with self._lock:
            loaded = list(self._loaded.values())
        return [f"{data.title}: {data.left_out}" for data in loaded if data.left_out]
