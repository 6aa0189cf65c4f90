"""Payloads of pictures: side by side, under heat, and weights drawn as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.payloads.base import Payload, Tone, frozen, picture, same_length


@dataclass(frozen=True)
class Pictures(Payload):
    """Pictures side by side.

    images: a sequence of uint8 arrays (height, width, 3), RGB; they may differ in size.
    captions: one short line under each, or none at all; a newline parts it in two, of which each
    keeps to its line.
    tones: "good" or "bad" frames a picture in that colour; "" leaves it plain.
    selected: the index of the picture that is framed as chosen, or None.
    columns: how many beside each other; 0 lets the view choose. strip: all in one row, which
    scrolls where it is longer than the card. compared: the indices of two pictures of one size:
    the pointer then marks its place in every picture, and reads both there and their difference.
    """

    images: Sequence[Any]
    captions: Sequence[str] = ()
    tones: Sequence[Tone] = ()
    selected: int | None = None
    columns: int = 0
    strip: bool = False
    compared: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        images = tuple(picture(image, f"picture {i}") for i, image in enumerate(self.images))
        object.__setattr__(self, "images", images)
        if self.compared and images[self.compared[0]].shape != images[self.compared[1]].shape:
            shapes = " and ".join(str(images[i].shape) for i in self.compared)
            raise ValueError(f"pictures of one size can be compared, not {shapes}")
        same_length(len(images), "captions", self.captions)
        same_length(len(images), "tones", self.tones)


@dataclass(frozen=True)
class Overlay(Payload):
    """Heat over a picture, with the scale that the heat is read by.

    image: uint8 (height, width, 3). heat: float32 (rows, columns), stretched over the picture;
    NaN where it is not known yet. low, high: the ends of the scale. label: what the heat is, with
    its unit. opacity in [0, 1]. box: (left, top, width, height) in pixels of the image, or None.
    extent: the part of the image that the heat is stretched over, in the same way; None for all.
    """

    image: Any
    heat: Any
    low: float
    high: float
    label: str
    opacity: float = 0.6
    box: tuple[float, float, float, float] | None = None
    extent: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "image", picture(self.image, "image"))
        object.__setattr__(self, "heat", frozen(self.heat, np.float32, 2, name="heat"))
        if not self.low <= self.high:
            raise ValueError(f"the scale runs from {self.low} to {self.high}")


@dataclass(frozen=True)
class Filters(Payload):
    """Weights of a convolution as small pictures, square-pixelled.

    weights: float32 (N, height, width, C), C = 1 (drawn grey) or 3 (drawn in colour), in the
    weights' own units. The view draws zero as mid grey and scales each filter by its own largest
    magnitude, so that strength does not hide shape. selected: the index of the chosen one.
    """

    weights: Any
    selected: int | None = None

    def __post_init__(self) -> None:
        weights = frozen(self.weights, np.float32, 4, name="weights")
        if weights.shape[3] not in (1, 3):
            raise ValueError(f"weights must be (N, height, width, 1 or 3), not {weights.shape}")
        object.__setattr__(self, "weights", weights)

    def pixels(self) -> NDArray[np.uint8]:
        """uint8 (N, height, width, 3): zero is 128, each filter's own extreme is 0 or 255."""
        peak = np.abs(self.weights).max(axis=(1, 2, 3), keepdims=True, initial=1e-12)
        scaled = np.rint(127.5 + 127.5 * self.weights / peak).astype(np.uint8)
        return np.broadcast_to(scaled, (*scaled.shape[:3], 3)).copy()
