"""Augmentation policies: AutoAugment, RandAugment, TrivialAugment and AugMix.

AutoAugment (Cubuk et al., 2019) searches for operations, probabilities and magnitudes with a
network; RandAugment (Cubuk et al., 2020) reduces the search to two numbers; TrivialAugment (Müller
and Hutter, 2021) needs none; AugMix (Hendrycks et al., 2020) blends chains of operations with the
image. Operations, magnitudes and probabilities are those of torchvision.transforms.v2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from lab.augmentation import autoaugment, blur, colour, geometry
from lab.augmentation.geometry import Edges, Size

_IDENTITY = "Identity"


def _matrices(name: str, magnitudes: Tensor, size: Size) -> Tensor | None:
    """The matrices of a geometric operation; None for any other."""
    still = torch.zeros_like(magnitudes)
    if name == "ShearX":
        return geometry.shear(magnitudes, still)
    if name == "ShearY":
        return geometry.shear(still, magnitudes)
    if name == "TranslateX":  # by whole pixels
        return geometry.translation(magnitudes.trunc(), still)
    if name == "TranslateY":
        return geometry.translation(still, magnitudes.trunc())
    return geometry.rotation(magnitudes, size) if name == "Rotate" else None


_OF_PIXELS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "Brightness": lambda images, m: colour.brightness(images, 1 + m),
    "Color": lambda images, m: colour.saturation(images, 1 + m),
    "Contrast": lambda images, m: colour.contrast(images, 1 + m),
    "Sharpness": lambda images, m: blur.sharpness(images, 1 + m),
    "Posterize": colour.posterize,
    "Solarize": colour.solarize,
    "AutoContrast": lambda images, m: colour.autocontrast(images),
    "Equalize": lambda images, m: colour.equalize(images),
    "Invert": lambda images, m: colour.invert(images),
}


def operated(
    images: Tensor, names: Sequence[str], magnitudes: Tensor, edges: Edges = "zeros"
) -> Tensor:
    """Apply to each image the operation with its name, at its magnitude: a new tensor.

    images: float32 (N, C, H, W) in [0, 1]. names: N keys of a space, or "Identity". magnitudes:
    float32 (N,), in the units of the operation, with sign. All images with the same operation are
    processed together.
    """
    result = images.clone()
    size = images.shape[2], images.shape[3]
    for name in dict.fromkeys(names):
        if name == _IDENTITY:
            continue
        rows = torch.tensor([row for row, other in enumerate(names) if other == name])
        some, strengths = images[rows.to(images.device)], magnitudes[rows]
        matrices = _matrices(name, strengths, size)
        if matrices is None:
            some = _OF_PIXELS[name](some, strengths)
        else:
            some = geometry.warp(some, matrices, size, edges)
        result[rows.to(images.device)] = some
    return result


class Scale(NamedTuple):
    """The magnitudes of an operation: from `low` to `high` in equal steps.

    signed: positive or negative, with equal probability. whole: rounded to an integer. side: the
    magnitudes are fractions of the image's width ("x") or height ("y").
    """

    low: float = 0.0
    high: float = 0.0
    signed: bool = False
    whole: bool = False
    side: str = ""

    def at(self, bin_: int, count: int, size: Size) -> float:
        """The magnitude of a bin from 0 to count - 1, without its sign."""
        edge = {"x": size[1], "y": size[0], "": 1}[self.side]
        value = (self.low + (self.high - self.low) * bin_ / (count - 1)) * edge
        return float(round(value)) if self.whole else value


def _space(
    shear: float, across: Scale, down: Scale, rotate: float, light: float, bits: tuple[int, int]
) -> dict[str, Scale]:
    turned, lit, none = Scale(0, rotate, True), Scale(0, light, True), Scale()
    slanted = Scale(0, shear, True)
    return {
        **{"ShearX": slanted, "ShearY": slanted, "TranslateX": across, "TranslateY": down},
        **{"Rotate": turned, "Brightness": lit, "Color": lit, "Contrast": lit, "Sharpness": lit},
        **{"Posterize": Scale(*bits, whole=True), "Solarize": Scale(1, 0)},
        **{"AutoContrast": none, "Equalize": none},
    }


def _moved(share: float) -> tuple[Scale, Scale]:
    return Scale(0, share, True, side="x"), Scale(0, share, True, side="y")


_PIXELS = Scale(0, 32, True)
_AUTO = _space(0.3, *_moved(150 / 331), 30, 0.9, (8, 4)) | {"Invert": Scale()}
_RAND = {_IDENTITY: Scale()} | _space(0.3, *_moved(150 / 331), 30, 0.9, (8, 4))
_TRIVIAL = {_IDENTITY: Scale()} | _space(0.99, _PIXELS, _PIXELS, 135, 0.99, (8, 2))
_MIX = _space(0.3, *_moved(1 / 3), 30, 0.9, (4, 0))
SPACES = {"auto_augment": _AUTO, "rand_augment": _RAND, "trivial_augment": _TRIVIAL, "augmix": _MIX}
"""Policy -> its operations and their magnitudes."""


def _signed(space: dict[str, Scale], names: list[str], values: list[float]) -> Tensor:
    """Magnitudes, float32 (N,), with a random sign for signed operations."""
    signed = torch.tensor([space[name].signed for name in names])
    signs = torch.randint(2, (len(names),)) * 2 - 1
    return torch.tensor(values) * torch.where(signed, signs, 1)


def _drawn(
    space: dict[str, Scale], bins: Tensor, count: int, size: Size
) -> tuple[list[str], Tensor]:
    """A random operation for each image, with the magnitude of its bin: (names, magnitudes)."""
    known = list(space)
    names = [known[i] for i in torch.randint(len(known), (len(bins),)).tolist()]
    pairs = zip(names, bins.tolist(), strict=True)
    return names, _signed(space, names, [space[name].at(b, count, size) for name, b in pairs])


def auto_augment(images: Tensor, policy: str = "imagenet", edges: Edges = "zeros") -> Tensor:
    """AutoAugment: a random sub-policy of the 25 found for "imagenet", "cifar10" or "svhn"."""
    pairs = autoaugment.SUB_POLICIES[policy]
    chosen = [pairs[i] for i in torch.randint(len(pairs), (len(images),)).tolist()]
    size = images.shape[2], images.shape[3]
    for turn in range(2):
        steps = [pair[turn] for pair in chosen]
        values = [_AUTO[name].at(max(bin_, 0), 10, size) for name, _, bin_ in steps]
        magnitudes = _signed(_AUTO, [name for name, _, _ in steps], values)
        luck = torch.rand(len(images)).tolist()
        names = [
            name if drawn <= chance else _IDENTITY
            for (name, chance, _), drawn in zip(steps, luck, strict=True)
        ]
        images = operated(images, names, magnitudes, edges)
    return images


def rand_augment(
    images: Tensor, operations: int = 2, magnitude: int = 9, edges: Edges = "zeros"
) -> Tensor:
    """RandAugment: `operations` random operations, all at one of 31 magnitudes (0 to 30)."""
    bins = torch.full((len(images),), magnitude)
    for _ in range(operations):
        names, magnitudes = _drawn(_RAND, bins, 31, (images.shape[2], images.shape[3]))
        images = operated(images, names, magnitudes, edges)
    return images


def trivial_augment(images: Tensor, edges: Edges = "zeros") -> Tensor:
    """TrivialAugment (Wide): one random operation at one of 31 random magnitudes."""
    bins = torch.randint(31, (len(images),))
    names, magnitudes = _drawn(_TRIVIAL, bins, 31, (images.shape[2], images.shape[3]))
    return operated(images, names, magnitudes, edges)


def augmix(images: Tensor, severity: int = 3, width: int = 3, edges: Edges = "zeros") -> Tensor:
    """AugMix: `width` chains of one to three operations, blended with each other and the image.

    severity: of 10; operations have a random one of that many smallest magnitudes. The weights of
    the chains are Dirichlet(1, ..., 1): exponential random numbers over their sum.
    """
    count, size = len(images), (images.shape[2], images.shape[3])
    weights = torch.rand(count, width).log().neg()
    own = torch.rand(count, 1)  # Beta(1, 1): the weight of the image itself
    weights = (1 - own) * weights / weights.sum(1, keepdim=True)
    result = images * own.to(images.device)[:, :, None, None]
    for chain in range(width):
        changed, depths = images, torch.randint(1, 4, (count,))
        for depth in range(3):
            names, magnitudes = _drawn(_MIX, torch.randint(severity, (count,)), 10, size)
            goes_on = (depths > depth).tolist()
            names = [n if go else _IDENTITY for n, go in zip(names, goes_on, strict=True)]
            changed = operated(changed, names, magnitudes, edges)
        result.addcmul_(changed, weights[:, chain].to(images.device).view(-1, 1, 1, 1))
    return result.clamp_(0, 1)
