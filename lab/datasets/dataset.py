"""The type of all data sets: labelled images in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images on one device as uint8, in a training and a test set.

    images: uint8 (N, C, height, width), C = 1 or 3 (RGB), contiguous. labels: int64 (N,), indices
    into `classes`. name: for the command line. title: for the screen. source: its origin, a line.
    left_out: what of a folder did not become part of it, a line, or nothing.

    In embedded data sets and folders the classes alternate, so the first few images of each set
    show all classes. Raises ValueError for a wrong shape or dtype, and for labels out of range.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    source: str
    left_out: str = ""

    def __post_init__(self) -> None:
        self._check("training", self.train_images, self.train_labels)
        self._check("test", self.test_images, self.test_labels)
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            train, test = tuple(self.train_images.shape[1:]), tuple(self.test_images.shape[1:])
            raise ValueError(f"{self.name}: training images are {train}, test images {test}")

    def _check(self, part: str, images: Tensor, labels: Tensor) -> None:
        where = f"{self.name}, {part}"
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] not in (1, 3):
            raise ValueError(
                f"{where}: images must be uint8 (N, 1 or 3, height, width), "
                f"not {images.dtype} {tuple(images.shape)}"
            )
        if labels.dtype != torch.int64 or labels.shape != images.shape[:1] or not len(labels):
            raise ValueError(
                f"{where}: labels must be int64 ({len(images)},), one or more, "
                f"not {labels.dtype} {tuple(labels.shape)}"
            )
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= len(self.classes):
            raise ValueError(f"{where}: labels {low} to {high} for {len(self.classes)} classes")

    @property
    def channels(self) -> int:
        """1 for grey images, 3 for RGB."""
        return self.train_images.shape[1]

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of an image in pixels."""
        return self.train_images.shape[2], self.train_images.shape[3]

    def to(self, device: torch.device | str) -> Dataset:
        """The same data on `device`; the object itself if it is there already."""
        device = torch.device(device)
        parts = ("train_images", "train_labels", "test_images", "test_labels")
        moved = {part: getattr(self, part).to(device) for part in parts}
        if all(tensor is getattr(self, part) for part, tensor in moved.items()):
            return self
        return replace(self, **moved)

    def shortened(self, count: int) -> Dataset:
        """The same with its first `count` training pictures, or all where there are not so many."""
        few = slice(count)
        return replace(
            self, train_images=self.train_images[few], train_labels=self.train_labels[few]
        )

    def of_classes(self, count: int) -> Dataset:
        """The same with its first `count` classes alone, or all where there are not so many."""
        parts = {}
        for part in ("train", "test"):
            labels = getattr(self, f"{part}_labels")
            kept = labels < count
            parts[f"{part}_images"] = getattr(self, f"{part}_images")[kept]
            parts[f"{part}_labels"] = labels[kept]
        return replace(self, classes=self.classes[:count], **parts)

    def cropped(self, edge: int) -> Dataset:
        """The same with the middle of each image, `edge` x `edge` pixels.

        Raises ValueError for images that are smaller.
        """
        high, wide = self.size
        if min(high, wide) < edge:
            raise ValueError(f"{self.name}: images are {high} x {wide} px, smaller than {edge} px")
        top, left = (high - edge) // 2, (wide - edge) // 2
        rows, columns = slice(top, top + edge), slice(left, left + edge)
        return replace(
            self,
            train_images=self.train_images[:, :, rows, columns].contiguous(),
            test_images=self.test_images[:, :, rows, columns].contiguous(),
        )


def by_turns(labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """An order in which the classes alternate, otherwise stable: int64 (N,), for labels (N,)."""
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = labels == label
        turn[members] = np.arange(members.sum())
    return np.lexsort((labels, turn)).astype(np.int64)


def channel_statistics(data: Dataset) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(mean, standard deviation) of each channel of the training images, in pixel units."""
    pixels = data.train_images[:2000].float().div(255)
    mean, std = pixels.mean((0, 2, 3)), pixels.std((0, 2, 3))
    return tuple(mean.tolist()), tuple(std.clamp(min=1e-3).tolist())
