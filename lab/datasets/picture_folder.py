"""A folder of class folders with images as a data set."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from lab.datasets.dataset import Dataset, by_turns
from lab.errors import UserError
from lab.media import folders
from lab.media.folders import Classes, Members
from lab.media.left_out import LeftOut
from lab.media.stored import pixels_of
from lab.text import line

SIZE = 64
"""Pixels: images are cropped to a square and scaled to this edge."""

LIMIT = 1 << 30
"""The most bytes that the images of a folder may take in memory."""

# uint8 (N, 3, size, size), int64 (N,).
Images = tuple[NDArray[np.uint8], NDArray[np.int64]]


def load(folder: str | Path, size: int = SIZE) -> Dataset:
    """The images in `folder`, RGB, `size` x `size`; its classes are its subfolders, by name.

    With parts for training and testing (`train` and `valid`, `Train` and `Test`, ...) those hold
    the class folders; otherwise the first of every five images of a class, by file name, is a test
    image. Each image is cropped to its central square. What cannot be read is left out, and so is a
    class without an image in either set: `left_out` says so. Raises UserError for a folder that is
    no data set.
    """
    folder = Path(os.path.expanduser(folder))
    # Path.is_dir raises OSError for a name that is too long.
    if not os.path.isdir(folder):
        raise UserError(f"no folder {folder}: give a folder that holds a folder for each class")
    try:
        found = folders.classes(folder)
        if found is None:
            raise _no_classes(folder)
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror or error}") from None
    train, test = _parts(folder, found)
    files = sum(len(files) for part in (train, test) for files in part.values())
    most = LIMIT // (3 * size * size)
    if files > most:
        raise UserError(f"{folder} has {files:,} images; up to {most:,} fit: take some away")
    read = _read(train, size, found.left), _read(test, size, found.left)
    return _dataset(folder.resolve(), tuple(train), *read, found.left)


def _dataset(
    folder: Path, classes: tuple[str, ...], train: Images, test: Images, left: LeftOut
) -> Dataset:
    """The data set of the classes that have an image in both sets."""
    here = np.intersect1d(train[1], test[1])
    for label in sorted(set(range(len(classes))) - set(here.tolist())):
        left.note(f"class {classes[label]} has too few images: give it 2 or more that can be read")
    told = left.line(len(train[1]) + len(test[1]))
    if len(here) < 2:
        raise UserError(f"{folder} has fewer than two classes with images that can be read: {told}")
    tensors = (*_only(train, here), *_only(test, here))
    kept, title = tuple(classes[label] for label in here), line(folder.name, 200)
    return Dataset(str(folder), title, kept, *tensors, str(folder), told)


def _only(part: Images, labels: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
    """The images with these labels, which become 0, 1, 2, ..."""
    images, given = part
    among = np.isin(given, labels)
    images = images if among.all() else images[among]
    return torch.from_numpy(images), torch.from_numpy(np.searchsorted(labels, given[among]))


def _no_classes(folder: Path) -> UserError:
    found = folders.contents(folder)
    left = LeftOut()
    folders.leave_out(found, left)
    if found.foreign and not found.images:
        return UserError(f"{folder} has no image that can be read: {left.line(0)}")
    names = [p.name for p in found.folders if folders.contents(p).images]
    if len(names) == 1:
        return UserError(f"{folder} has one class folder, {names[0]}: add another")
    return UserError(
        f"{folder} has no class folders: put the images of each class in a folder of its own"
    )


def _parts(folder: Path, found: Classes) -> tuple[Members, Members]:
    """(training files, test files), each by class."""
    if found.test is not None:
        if odd := sorted(set(found.train) ^ set(found.test)):
            raise UserError(f"{folder}: class {odd[0]} is not in both train and test: add it")
        return found.train, {name: found.test[name] for name in found.train}
    members = found.train
    train = {name: [f for i, f in enumerate(files) if i % 5] for name, files in members.items()}
    return train, {name: files[::5] for name, files in members.items()}


def _read(members: Members, size: int, left: LeftOut) -> Images:
    """The images that can be read, the classes by turns; others are counted in `left`."""
    labels = np.repeat(np.arange(len(members)), [len(files) for files in members.values()])
    files = [file for group in members.values() for file in group]
    order = by_turns(labels)
    images = np.empty((len(files), 3, size, size), dtype=np.uint8)
    good = np.ones(len(files), dtype=bool)
    for place, index in enumerate(order):
        try:
            images[place] = _square(files[index], size).transpose(2, 0, 1)
        except UserError as error:
            left.add(files[index], error)
            good[place] = False
    labels = labels[order]
    if good.all():
        return images, labels
    images, labels = images[good], labels[good]
    order = by_turns(labels)
    return images[order], labels[order]


def _square(file: Path, size: int) -> NDArray[np.uint8]:
    """uint8 (size, size, 3): the central square of an image file, scaled."""
    # Decoded smaller: much faster for photographs, and large enough for all but narrow strips.
    image = Image.fromarray(pixels_of(file, longest=8 * size))
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    return np.asarray(square.resize((size, size), Image.Resampling.BICUBIC))
