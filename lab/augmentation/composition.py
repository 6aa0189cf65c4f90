"""Compositions of transforms and policies with random parameters."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lab.augmentation import blur, colour, geometry, mixing, policies
from lab.augmentation.geometry import EDGES, Edges, Size
from lab.system.devices import RandomState

# The aspect ratios of a random crop, width over height (Szegedy et al., 2014, section 6).
RATIOS = (3 / 4, 4 / 3)


def _between(low: float, high: float, count: int) -> Tensor:
    return torch.empty(count).uniform_(low, high)


def random_boxes(count: int, smallest: float, size: Size) -> Tensor:
    """Random boxes inside `size` for geometry.crop: float32 (count, 4).

    Their area is uniform between the fraction `smallest` and all of the image, their aspect ratio
    log-uniform between RATIOS, limited to what fits. As torchvision's RandomResizedCrop, without
    rounding to pixels and without rejected draws.
    """
    height, width = size
    area = _between(smallest, 1, count) * height * width
    ratio = _between(math.log(RATIOS[0]), math.log(RATIOS[1]), count).exp()
    ratio = ratio.maximum(area / height**2).minimum(width**2 / area)
    wide, high = (area * ratio).sqrt(), (area / ratio).sqrt()
    left, top = torch.rand(2, count)
    return torch.stack([left * (width - wide), top * (height - high), wide, high], 1)


def _crop(count: int, smallest: float, size: Size, result: Size) -> Tensor:
    return geometry.crop(random_boxes(count, smallest, size), result)


def _rotation(count: int, degrees: float, size: Size) -> Tensor:
    return geometry.rotation(_between(-degrees, degrees, count), size)


def _perspective(count: int, distortion: float, size: Size) -> Tensor:
    """Each corner moves inwards by up to `distortion` times half the image."""
    corners = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 1]]).float().expand(count, -1, -1)
    moved = corners + (0.5 - corners).sign() * torch.rand(count, 4, 2) * distortion / 2
    edges = torch.tensor([size[1], size[0]])
    return geometry.perspective(corners * edges, moved * edges)


def _flip(count: int, probability: float, size: Size) -> Tensor:
    return geometry.flip(torch.rand(count) < probability, torch.zeros(count) > 0, size)


def _upside_down(count: int, probability: float, size: Size) -> Tensor:
    return geometry.flip(torch.zeros(count) > 0, torch.rand(count) < probability, size)


def random_factors(images: Tensor, strength: float) -> Tensor:
    """Uniform in 1 - strength (at least 0) to 1 + strength, one for each image: float32 (N,)."""
    return _between(max(0.0, 1 - strength), 1 + strength, len(images))


def _hue(images: Tensor, most: float) -> Tensor:
    return colour.hue(images, _between(-most, most, len(images)))


def _edge(images: Tensor) -> int:
    return min(images.shape[2:])


def _blur(images: Tensor, share: float) -> Tensor:
    return blur.gaussian(images, _between(0, share, len(images)) * _edge(images))


def _motion_blur(images: Tensor, share: float) -> Tensor:
    lengths = _between(0, share, len(images)) * _edge(images)
    return blur.motion(images, lengths, _between(0, 180, len(images)))


def _noise(images: Tensor, most: float) -> Tensor:
    return blur.noise(images, _between(0, most, len(images)))


def _cutout(images: Tensor, share: float) -> Tensor:
    size = images.shape[2], images.shape[3]
    side = share * _edge(images) / torch.tensor([size[1], size[0]])
    boxes = mixing.boxes_around(torch.rand(len(images), 2), side.expand(len(images), -1), size)
    return mixing.cutout(images, boxes)


GEOMETRIC: Mapping[str, Callable[[int, float, Size], Tensor]] = {
    "rotation": _rotation,
    "perspective": _perspective,
    "flip": _flip,
    "upside_down": _upside_down,
}
OF_PIXELS: Mapping[str, Callable[[Tensor, float], Tensor]] = {
    "brightness": lambda images, most: colour.brightness(images, random_factors(images, most)),
    "contrast": lambda images, most: colour.contrast(images, random_factors(images, most)),
    "saturation": lambda images, most: colour.saturation(images, random_factors(images, most)),
    "hue": _hue,
    "blur": _blur,
    "motion_blur": _motion_blur,
    "noise": _noise,
    "cutout": _cutout,
}
LEARNED: Mapping[str, Callable[[Tensor, Edges], Tensor]] = {
    "auto_augment": lambda images, edges: policies.auto_augment(images, "imagenet", edges),
    "auto_augment_svhn": lambda images, edges: policies.auto_augment(images, "svhn", edges),
    "auto_augment_cifar10": lambda images, edges: policies.auto_augment(images, "cifar10", edges),
    "rand_augment": lambda images, edges: policies.rand_augment(images, edges=edges),
    "trivial_augment": lambda images, edges: policies.trivial_augment(images, edges=edges),
    "augmix": lambda images, edges: policies.augmix(images, edges=edges),
}

TRANSFORMS = {
    "crop": "Random crop and scale",
    "rotation": "Rotation",
    "perspective": "Perspective",
    "flip": "Horizontal flip",
    "upside_down": "Vertical flip",
    "brightness": "Brightness",
    "contrast": "Contrast",
    "saturation": "Colour jitter: saturation",
    "hue": "Colour jitter: hue",
    "blur": "Gaussian blur",
    "motion_blur": "Motion blur",
    "noise": "Gaussian noise",
    "cutout": "Cutout",
}
"""Name and title of each transform with a strength."""

POLICIES = {
    "auto_augment": "AutoAugment (ImageNet policy)",
    "auto_augment_svhn": "AutoAugment (SVHN policy)",
    "auto_augment_cifar10": "AutoAugment (CIFAR-10 policy)",
    "rand_augment": "RandAugment",
    "trivial_augment": "TrivialAugment",
    "augmix": "AugMix",
}
"""Name and title of each policy."""

STRENGTHS: Mapping[str, float] = {
    "crop": 0.6,
    "rotation": 15.0,
    "perspective": 0.25,
    "flip": 0.5,
    "upside_down": 0.5,
    "brightness": 0.3,
    "contrast": 0.3,
    "saturation": 0.5,
    "hue": 0.05,
    "blur": 0.015,
    "motion_blur": 0.04,
    "noise": 0.1,
    "cutout": 0.35,
}
"""Default strengths. crop: the smallest fraction of the area. rotation: degrees each way.
perspective: the largest displacement of a corner, over half an edge. flips: probability.
brightness, contrast, saturation: the largest distance of the factor from 1. hue: fraction of the
colour circle each way. blur: standard deviation, motion_blur: length, cutout: edge, each over the
image's shorter edge. noise: standard deviation in pixel units. The strengths of all but crop, the
flips and cutout are maxima: each image gets a random one between 0 and that."""

DEFAULT = ("rotation", "perspective", "crop", "brightness", "saturation")
"""A composition that improves accuracy on digits, and is visible on a photograph."""


@dataclass(frozen=True)
class Composition:
    """Transforms and policies in a row, with random parameters for each image.

    names: of TRANSFORMS and POLICIES, in order. strengths: name -> strength; STRENGTHS for those
    that are not given. edges: of EDGES, what is seen beyond the image. Consecutive geometric
    transforms are interpolated once. Raises ValueError for unknown names.
    """

    names: tuple[str, ...] = DEFAULT
    strengths: Mapping[str, float] = field(default_factory=dict)
    edges: Edges = "reflection"

    def __post_init__(self) -> None:
        for name in (*self.names, *self.strengths):
            if name not in TRANSFORMS and name not in POLICIES:
                raise ValueError(f"no transform {name}")
        if self.edges not in EDGES:
            raise ValueError(f"no edges {self.edges}")

    def __call__(self, images: Tensor, size: Size | None = None, seed: int | None = None) -> Tensor:
        """Augmented images: float32 (N, C, H, W) in [0, 1] to (N, C, *size), a new tensor.

        size: None for that of the images; reached by the random crop, or else by a central crop.
        seed: seeds each transform separately, so that its random numbers stay the same when a
        strength changes or a transform is added; None uses the global random numbers.
        """
        count, result = len(images), size or _size(images)
        pending: Tensor | None = None
        shape = _size(images)

        def looked_up() -> Tensor:
            return images if pending is None else geometry.warp(images, pending, shape, self.edges)

        for name in self.names:
            with _numbers(images.device, seed, name):
                if name in GEOMETRIC or name == "crop":
                    strength = self.strengths.get(name, STRENGTHS[name])
                    if name == "crop":
                        matrix = _crop(count, strength, shape, result)
                        shape = result
                    else:
                        matrix = GEOMETRIC[name](count, strength, shape)
                    pending = matrix if pending is None else pending @ matrix
                    continue
                images, pending = looked_up(), None
                if name in LEARNED:
                    images = LEARNED[name](images, self.edges)
                else:
                    strength = self.strengths.get(name, STRENGTHS[name])
                    images = OF_PIXELS[name](images, strength)
        if shape != result:
            box = torch.tensor([geometry.fixed_crop(shape, result)]).expand(count, -1)
            matrix = geometry.crop(box, result)
            pending, shape = matrix if pending is None else pending @ matrix, result
        return looked_up()


def _size(images: Tensor) -> Size:
    return images.shape[2], images.shape[3]


def _numbers(
    device: torch.device, seed: int | None, name: str
) -> contextlib.AbstractContextManager[None]:
    if seed is None:
        return contextlib.nullcontext()
    known = [*TRANSFORMS, *POLICIES]
    return RandomState(device, seed * len(known) + known.index(name))
