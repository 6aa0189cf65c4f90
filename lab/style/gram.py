"""Style and content of pictures, in what a network answers to them (Gatys, Ecker & Bethge).

"A Neural Algorithm of Artistic Style", 2015; "Image Style Transfer Using Convolutional Neural
Networks", CVPR 2016. In their words F holds the N feature maps of a layer with M places each.

content_loss, gram, style_loss and total_variation are the papers' formulas. Their sizes span many
orders of magnitude from layer to layer and from network to network, and the papers leave a weight
w to each layer: `Target` chooses it so that each loss is 1 for a picture to which the layer answers
nothing at all (that is, it divides by the mean square of the target). So one set of weights serves
every network, layer and size, and a loss reads as the share of the style that is still missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lab.style.features import Features

# Below this mean square a layer answers nothing: its loss stays 0, not 0 / 0.
SILENT = 1e-12


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """1/2 sum (F - P)^2, a scalar (2016, equation 1). Both (1, N, height, width)."""
    return 0.5 * (features - target).square().sum()


def gram(features: Tensor) -> Tensor:
    """G_ij = sum over k of F_ik F_jk (2016, equation 3): (B, N, height, width) to (B, N, N).

    What answers together, wherever in the picture that is: the sum forgets the places k.
    """
    result: Tensor = _Gram.apply(features)
    return result


class _Gram(torch.autograd.Function):
    """Autograd would multiply twice on the way back, once for each F, and in another layout.

    With VGG-19 at 256 px that is a seventh of an evaluation on two cores.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        flat = _places_first(features)
        return flat.transpose(1, 2) @ flat

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        flat = _places_first(features) @ (gradients[0] + gradients[0].transpose(1, 2))
        batch, channels, height, width = features.shape
        return flat.view(batch, height, width, channels).permute(0, 3, 1, 2)


def _places_first(features: Tensor) -> Tensor:
    """(B, N, height, width) to (B, M, N): a view, and no copy, in channels_last."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def mean_gram(features: Tensor) -> Tensor:
    """`gram` over the M places: (B, N, N), of like size for pictures of any size."""
    return gram(features) / features[0, 0].numel()


def style_loss(features: Tensor, target: Tensor) -> Tensor:
    """E = 1 / (4 N^2 M^2) sum (G - A)^2, a scalar (2016, equation 4).

    features: (1, N, height, width), with G their Gram matrix. target: the `mean_gram` of the style,
    (1, N, N), which is A / M; a style of another size counts as if it had been repeated or cut to M
    places.
    """
    channels = features.shape[1]
    return (mean_gram(features) - target).square().sum() / (4 * channels**2)


def total_variation(pixels: Tensor) -> Tensor:
    """The mean over pixels of the squared steps to the right and down: a scalar.

    pixels: (B, C, height, width), 2 px or more each way. Mahendran and Vedaldi (2015) with
    beta = 2, whose gradient, unlike that of the absolute steps, has no jumps.
    """
    down = (pixels[..., 1:, :] - pixels[..., :-1, :]).square().mean()
    right = (pixels[..., 1:] - pixels[..., :-1]).square().mean()
    return down + right


@dataclass(frozen=True)
class Losses:
    """What a picture still lacks, in terms of a `Target`; scalars on the device.

    content, style: 0 for none, 1 for a picture to which no layer answers. layers: the share of each
    style layer, of the same kind; style is their mean. variation: `total_variation`.
    """

    content: Tensor
    style: Tensor
    variation: Tensor
    layers: Mapping[str, Tensor]

    def detached(self) -> Losses:
        """The same numbers, without the graph that they were computed by."""
        layers = {name: loss.detach() for name, loss in self.layers.items()}
        return Losses(self.content.detach(), self.style.detach(), self.variation.detach(), layers)


class Target:
    """What a picture is to become: the content of one, in the style of another.

    content: layer -> its features, (1, N, height, width). style: layer -> mean Gram, (1, N, N).
    """

    def __init__(self, content: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> None:
        self.content, self.style = dict(content), dict(style)
        zeros = {name: torch.zeros_like(answer) for name, answer in self.content.items()}
        self._content_weights = {
            name: _weight(content_loss(zeros[name], answer))
            for name, answer in self.content.items()
        }
        self._style_weights = {
            name: _weight(target.square().sum() / (4 * target.shape[1] ** 2))
            for name, target in self.style.items()
        }

    def losses(self, answers: Mapping[str, Tensor], pixels: Tensor) -> Losses:
        """What is lacking in a picture, float32 (1, C, height, width), with these answers to it.

        The picture is of the size of the content.
        """
        layers = {
            name: weight * style_loss(answers[name], self.style[name])
            for name, weight in self._style_weights.items()
        }
        content = [
            weight * content_loss(answers[name], self.content[name])
            for name, weight in self._content_weights.items()
        ]
        return Losses(
            _mean(content, pixels),
            _mean(list(layers.values()), pixels),
            total_variation(pixels),
            layers,
        )


def styles(features: Features, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Layer -> mean Gram, (1, N, N), of a picture, float32 (1, C, height, width) in [0, 1]."""
    with torch.no_grad():
        answers = features(pixels)
        return {name: mean_gram(answers[name]) for name in names}


def contents(features: Features, pixels: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
    """Layer -> features, (1, N, rows, columns), of a picture, float32 (1, C, height, width)."""
    with torch.no_grad():
        answers = features(pixels)
        return {name: answers[name].clone() for name in names}


def blended(
    first: Mapping[str, Tensor], second: Mapping[str, Tensor], share: float
) -> dict[str, Tensor]:
    """The style between two: their Gram matrices, `share` of the second in [0, 1]."""
    return {name: torch.lerp(first[name], second[name], share) for name in first}


def _weight(of_nothing: Tensor) -> Tensor:
    """The weight that makes 1 of this loss, or 0 where the target itself is nothing."""
    return torch.where(of_nothing > SILENT, 1 / of_nothing.clamp(min=SILENT), 0.0)


def _mean(losses: Sequence[Tensor], pixels: Tensor) -> Tensor:
    return torch.stack(list(losses)).mean() if losses else pixels.new_zeros(())
