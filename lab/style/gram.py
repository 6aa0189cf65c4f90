"""Content and style losses on feature maps and Gram matrices (Gatys, Ecker and Bethge).

"A Neural Algorithm of Artistic Style", 2015; "Image Style Transfer Using Convolutional Neural
Networks", CVPR 2016. In their notation F holds the N feature maps of a layer with M positions each.

content_loss, gram, style_loss and total_variation are the papers' formulas. Their values span many
orders of magnitude between layers and networks, and the papers leave a weight w to each layer:
`Target` chooses it so that a loss is 1 for an image whose feature maps are 0 (it divides by the
mean square of the target). So the same weights serve every network, layer and size, and a loss
reads as the fraction of the content or style that is still missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lab.style.features import Features

# A target with a smaller mean square counts as 0: its loss is then 0, not 0 / 0.
SILENT = 1e-12


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """1/2 sum (F - P)^2, a scalar (2016, equation 1). Both (1, N, height, width)."""
    return 0.5 * (features - target).square().sum()


def gram(features: Tensor) -> Tensor:
    """G_ij = sum over k of F_ik F_jk (2016, equation 3): (B, N, height, width) to (B, N, N).

    Which feature maps are active together, wherever in the image: summed over positions k.
    """
    result: Tensor = _Gram.apply(features)
    return result


class _Gram(torch.autograd.Function):
    """Autograd's own backward pass would multiply twice, once for each F, in another layout.

    With VGG-19 at 256 px this saves a seventh of an evaluation on two cores.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        flat = _positions_first(features)
        return flat.transpose(1, 2) @ flat

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        flat = _positions_first(features) @ (gradients[0] + gradients[0].transpose(1, 2))
        batch, channels, height, width = features.shape
        return flat.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _positions_first(features: Tensor) -> Tensor:
    """(B, N, height, width) to (B, M, N): a view, not a copy, in channels_last."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def mean_gram(features: Tensor) -> Tensor:
    """`gram` divided by the M positions, (B, N, N): comparable between images of any size."""
    return gram(features) / features[0, 0].numel()


def style_loss(features: Tensor, target: Tensor) -> Tensor:
    """E = 1 / (4 N^2 M^2) sum (G - A)^2, a scalar (2016, equation 4).

    features: (1, N, height, width), with the Gram matrix G. target: the `mean_gram` of the style,
    (1, N, N), which is A / M; a style of another size counts as if repeated or cropped to M
    positions.
    """
    channels = features.shape[1]
    return (mean_gram(features) - target).square().sum() / (4 * channels**2)


def total_variation(pixels: Tensor) -> Tensor:
    """The mean squared difference of neighbouring pixels, across and down: a scalar.

    pixels: (B, C, height, width), 2 px or more each way. Mahendran and Vedaldi (2015) with
    beta = 2, which is differentiable everywhere, unlike absolute differences.
    """
    down = (pixels[..., 1:, :] - pixels[..., :-1, :]).square().mean()
    right = (pixels[..., 1:] - pixels[..., :-1]).square().mean()
    return down + right


@dataclass(frozen=True)
class Losses:
    """The losses of an image with respect to a `Target`: scalars on the device.

    content, style: relative, 0 at the target and 1 for feature maps of 0. layers: the style loss of
    each layer, whose mean is `style`. variation: `total_variation`.
    """

    content: Tensor
    style: Tensor
    variation: Tensor
    layers: Mapping[str, Tensor]

    def detached(self) -> Losses:
        """The same values without their graph."""
        layers = {name: loss.detach() for name, loss in self.layers.items()}
        return Losses(self.content.detach(), self.style.detach(), self.variation.detach(), layers)


class Target:
    """The content of one image and the style of another, as feature maps and Gram matrices.

    content: layer -> feature maps, (1, N, height, width). style: layer -> mean Gram matrix,
    (1, N, N).
    """

    def __init__(self, content: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> None:
        self.content, self.style = dict(content), dict(style)
        zeros = {name: torch.zeros_like(maps) for name, maps in self.content.items()}
        self._content_weights = {
            name: _weight(content_loss(zeros[name], maps)) for name, maps in self.content.items()
        }
        self._style_weights = {
            name: _weight(target.square().sum() / (4 * target.shape[1] ** 2))
            for name, target in self.style.items()
        }

    def losses(self, features: Mapping[str, Tensor], pixels: Tensor) -> Losses:
        """The losses of an image, float32 (1, C, height, width), with these feature maps.

        The image has the size of the content.
        """
        layers = {
            name: weight * style_loss(features[name], self.style[name])
            for name, weight in self._style_weights.items()
        }
        content = [
            weight * content_loss(features[name], self.content[name])
            for name, weight in self._content_weights.items()
        ]
        return Losses(
            _mean(content, pixels),
            _mean(list(layers.values()), pixels),
            total_variation(pixels),
            layers,
        )


def styles(features: Features, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Layer -> mean Gram matrix, (1, N, N), of an image, float32 (1, C, height, width)."""
    with torch.no_grad():
        maps = features(pixels)
        return {name: mean_gram(maps[name]) for name in names}


def contents(features: Features, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Layer -> feature maps, (1, N, rows, columns), of an image, float32 (1, C, height, width)."""
    with torch.no_grad():
        maps = features(pixels)
        return {name: maps[name].clone() for name in names}


def blended(
    first: Mapping[str, Tensor], second: Mapping[str, Tensor], share: float
) -> dict[str, Tensor]:
    """Linear interpolation of two styles' Gram matrices; share: of the second, in [0, 1]."""
    return {name: torch.lerp(first[name], second[name], share) for name in first}


def _weight(loss: Tensor) -> Tensor:
    """The weight that scales this loss to 1; 0 where the target itself is 0."""
    return torch.where(loss > SILENT, 1 / loss.clamp(min=SILENT), 0.0)


def _mean(losses: Sequence[Tensor], pixels: Tensor) -> Tensor:
    return torch.stack(list(losses)).mean() if losses else pixels.new_zeros(())
