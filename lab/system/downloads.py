"""Downloads of data sets and weights, on request, into the user's folder.

Addresses and checksums are torchvision's. Environment: GLASSBOX_HOME replaces the system's folder.
GLASSBOX_MIRROR, an address such as http://mirror.example.org/glassbox, replaces the publishers:
a file is looked for at MIRROR/NAME/FILE, then at MIRROR/FILE, where NAME is the item's (the files
of MNIST and Fashion-MNIST have the same names).
"""

from __future__ import annotations

import functools
import gzip
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lab.errors import UserError
from lab.parameters import advice
from lab.system.home import home as home
from lab.system.transfer import RemoteFile, receive

Kind = Literal["data", "weights"]


@dataclass(frozen=True)
class Item:
    """Something to download. size: bytes to transfer."""

    name: str
    title: str
    size: int
    kind: Kind


@dataclass(frozen=True)
class Progress:
    """Bytes received, and bytes expected in all."""

    done_bytes: int
    total_bytes: int


# Without importing torchvision, so that the window can list them at once.
_DATA = {
    item.name: item
    for item in (
        Item("mnist", "MNIST", 11_594_722, "data"),
        Item("fashion_mnist", "Fashion-MNIST", 30_878_645, "data"),
        Item("cifar10", "CIFAR-10", 170_498_071, "data"),
    )
}
# The folders where torchvision expects them.
_FOLDERS = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "cifar10": "cifar-10-batches-py"}


@functools.cache
def items() -> Mapping[str, Item]:
    """Items by name: three data sets, then torchvision's classifiers. Imports torchvision."""
    from torchvision import models

    result = dict(_DATA)
    for name in models.list_models(module=models):
        weights = models.get_model_weights(name).DEFAULT
        title = type(weights).__name__.removesuffix("_Weights").replace("_", "-")
        # torchvision gives sizes in units of 2 ** 20 bytes, to three digits.
        result[name] = Item(name, title, round(weights.meta["_file_size"] * 2**20), "weights")
    return result


def item(name: str) -> Item:
    """The item called `name`. UserError, with the nearest name, if there is none."""
    if name in _DATA:
        return _DATA[name]
    if name not in items():
        raise UserError(f"nothing to download is called {name}: {advice(name, items())}")
    return items()[name]


def path(name: str) -> Path:
    """Where an item is, or will be: the folder of a data set, or a file of weights."""
    kind = item(name).kind
    file = _FOLDERS[name] if kind == "data" else _basename(sources(name)[0])
    return home() / kind / file


def present(name: str) -> bool:
    """Whether an item was downloaded."""
    return path(name).exists()


def torchvision_class(name: str) -> Any:
    """The class of torchvision.datasets for a data set in the folder `home()/data`."""
    from torchvision import datasets

    classes = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "cifar10": "CIFAR10"}
    return getattr(datasets, classes[name])


def fetch(name: str, *, timeout: float = 20.0) -> Generator[Progress, None, None]:
    """Download an item, whole or not at all; replaces an earlier download.

    Closing the generator cancels, and leaves nothing behind. timeout: seconds without data after
    which the download fails, and the longest that closing can take. Raises UserError for all that
    can go wrong.
    """
    wanted = item(name)
    target = path(name)
    yield Progress(0, wanted.size)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # In the target's folder, so that it can be moved by a rename.
        with tempfile.TemporaryDirectory(prefix=".part-", dir=target.parent) as folder:
            staging = Path(folder)
            done = 0
            for source in sources(name):
                file = staging / _basename(source)
                arrived = 0
                for arrived in receive(_mirrored(source, name), file, timeout):
                    now = done + arrived
                    yield Progress(now, max(now, wanted.size))
                done += arrived
                _unpack(name, file)
            _place(staging / target.name, target)
    except OSError as error:
        raise UserError(
            f"{wanted.title} cannot be saved in {target.parent}: {error.strerror or error}; "
            "make room there, or set GLASSBOX_HOME to another folder"
        ) from None
    yield Progress(done, done)


def _place(staged: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    os.replace(staged, target)


def sources(name: str) -> tuple[RemoteFile, ...]:
    """The files of an item, with torchvision's addresses and checksums."""
    if name == "cifar10":
        data = torchvision_class(name)
        return (RemoteFile((data.url,), "md5", data.tgz_md5),)
    if name in _DATA:
        data = torchvision_class(name)
        return tuple(
            RemoteFile(tuple(mirror + file for mirror in data.mirrors), "md5", digest)
            for file, digest in data.resources
        )
    from torchvision import models

    url = models.get_model_weights(name).DEFAULT.url
    # The file name ends with the beginning of the checksum, as in PyTorch's hub.
    found = re.search(r"-([0-9a-f]{8,})\.pth$", url)
    if found is None:
        raise RuntimeError(f"{url} does not tell its checksum")
    return (RemoteFile((url,), "sha256", found[1]),)


def _mirrored(source: RemoteFile, name: str) -> RemoteFile:
    mirror = os.environ.get("GLASSBOX_MIRROR", "").rstrip("/")
    if not mirror:
        return source
    file = _basename(source)
    return RemoteFile(
        (f"{mirror}/{name}/{file}", f"{mirror}/{file}"), source.algorithm, source.digest
    )


def _basename(source: RemoteFile) -> str:
    return source.urls[0].rsplit("/", 1)[1]


def _unpack(name: str, archive: Path) -> None:
    """Unpack an archive, beside it, into the layout that torchvision reads."""
    if name == "cifar10":
        data = torchvision_class(name)
        folder = archive.parent / data.base_folder
        folder.mkdir()
        wanted = [file for file, _ in (*data.train_list, *data.test_list)]
        with tarfile.open(archive) as tar:
            # Only the expected names, so that an archive cannot write anywhere else.
            for file in (*wanted, data.meta["filename"]):
                content = tar.extractfile(f"{data.base_folder}/{file}")
                if content is not None:
                    with content, (folder / file).open("wb") as unpacked:
                        shutil.copyfileobj(content, unpacked)
    elif name in _DATA:
        folder = archive.parent / _FOLDERS[name] / "raw"
        folder.mkdir(parents=True, exist_ok=True)
        with gzip.open(archive) as packed, (folder / archive.stem).open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
