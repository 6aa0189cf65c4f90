"""A folder of class folders with images as a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from lab.datasets.dataset import Dataset, by_turns
from lab.errors import UserError
from lab.media import pictures

SIZE = 64
"""Pixels: images are cropped to a square and scaled to this edge."""

LIMIT = 1 << 30
"""The most bytes that the images of a folder may take in memory."""

Members = dict[str, list[Path]]


def load(folder: str | Path, size: int = SIZE) -> Dataset:
    """The images in `folder`, RGB, `size` x `size`; its classes are its subfolders, by name.

    With `train` and `test` (or `val`) subfolders, those hold the class folders; otherwise the first
    of every five images of a class, by file name, is a test image. Each image is cropped to its
    central square. Raises UserError for a folder that is no data set, and for the first image that
    cannot be read.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise UserError(f"no folder {folder}: give a folder that holds a folder for each class")
    try:
        train, test = _parts(folder)
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror or error}") from None
    count = sum(len(files) for part in (train, test) for files in part.values())
    most = LIMIT // (3 * size * size)
    if count > most:
        raise UserError(f"{folder} has {count:,} images; up to {most:,} fit: take some away")
    return Dataset(
        str(folder.resolve()),
        folder.resolve().name,
        tuple(train),
        *_read(train, size),
        *_read(test, size),
        str(folder.resolve()),
    )


def _parts(folder: Path) -> tuple[Members, Members]:
    """(training files, test files), each by class."""
    train_folder = folder / "train"
    for test_folder in (folder / "test", folder / "val"):
        if train_folder.is_dir() and test_folder.is_dir():
            train, test = _members(train_folder, 1), _members(test_folder, 1)
            if odd := sorted(set(train) ^ set(test)):
                raise UserError(f"{folder}: class {odd[0]} is not in both train and test: add it")
            return train, test
    members = _members(folder, 2)
    train = {name: [f for i, f in enumerate(files) if i % 5] for name, files in members.items()}
    return train, {name: files[::5] for name, files in members.items()}


def _members(folder: Path, least: int) -> Members:
    """Files by class, sorted. UserError for fewer than two classes, or `least` files in one."""
    members = {
        entry.name: sorted(file for file in entry.iterdir() if pictures.is_picture_name(file))
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and not entry.name.startswith((".", "__"))
    }
    if not any(members.values()):
        raise UserError(
            f"{folder} has no class folders: put the images of each class in a folder of its own"
        )
    if len(members) == 1:
        raise UserError(f"{folder} has one class folder, {next(iter(members))}: add another")
    for name, files in members.items():
        if len(files) < least:
            few = "1 image" if len(files) == 1 else f"{len(files)} images"
            raise UserError(f"class {name} in {folder} has {few}: it needs {least} or more")
    return members


def _read(members: Members, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    labels = np.repeat(np.arange(len(members)), [len(files) for files in members.values()])
    files = [file for group in members.values() for file in group]
    images = np.empty((len(files), 3, size, size), dtype=np.uint8)
    order = by_turns(labels)
    for image, index in zip(images, order, strict=True):
        image[:] = _square(files[index], size).transpose(2, 0, 1)
    return torch.from_numpy(images), torch.from_numpy(labels[order])


def _square(file: Path, size: int) -> NDArray[np.uint8]:
    """uint8 (size, size, 3): the central square of an image file, scaled."""
    try:
        # Decoded smaller: much faster for photographs, and large enough for all but narrow strips.
        image = Image.fromarray(pictures.read(file, longest=8 * size).pixels)
    except UserError as error:
        raise UserError(f"{error}; or remove it from the folder") from None
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    return np.asarray(square.resize((size, size), Image.Resampling.BICUBIC))
