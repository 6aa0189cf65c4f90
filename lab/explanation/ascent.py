"""Activation maximisation: gradient ascent in an image on the score of a class or channel.

Simonyan et al., 2014, for the class score; Yosinski et al., 2015, for the regularisers and for
units of any layer; Olah et al., 2017, for the Fourier parametrisation and random transforms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lab.errors import UserError
from lab.explanation.objectives import Channel as Channel
from lab.explanation.objectives import ClassScore as ClassScore
from lab.explanation.objectives import Objective as Objective
from lab.explanation.objectives import activation, check
from lab.explanation.parametrisation import Fourier, Pixels, frequencies
from lab.networks.folding import folded
from lab.networks.input_gradient import InputGraph, input_gradient
from lab.networks.models import Classifier
from lab.parameters import advice

PARAMETRISATIONS: dict[str, type[Pixels] | type[Fourier]] = {"pixels": Pixels, "fourier": Fourier}
STARTS = ("zero", "random")
# Standard deviation of a random start, in grey levels.
NOISE = 0.05
# The weight of this step in the running mean of each pixel's contribution. With a weight of 1 the
# pixels outside one random crop would contribute nothing, and be clipped.
CONTRIBUTION_RATE = 0.1


@dataclass(frozen=True)
class AscentSettings:
    """Step size and regularisers; may change at every step. The defaults: plain gradient ascent.

    rate: step size, about the change of a pixel in [0, 1] per step. l2: L2 decay, the fraction of
    the deviation from the zero point that is removed at every step, in [0, 1]. blur: standard
    deviation in pixels of a Gaussian, applied every `blur_every` steps.

    clip_small: the fraction of pixels set to the zero point, those with the smallest norm over the
    colours. clip_small_gradient: the same for the pixels with the smallest contribution to the
    score, |sum over colours of gradient * deviation|, averaged over steps. Both in [0, 1).

    jitter: random shift, in pixels in each direction. crop: the network sees a random part of the
    image whose edge is shorter by up to this fraction, in [0, 1). rotate: random rotation, in
    degrees in each direction.
    """

    rate: float = 0.02
    l2: float = 0.0
    blur: float = 0.0
    blur_every: int = 4
    clip_small: float = 0.0
    clip_small_gradient: float = 0.0
    jitter: int = 0
    crop: float = 0.0
    rotate: float = 0.0


@dataclass(frozen=True)
class Reading:
    """The network's output for the current images: scores (N,), logits (N, classes).

    A score is what is maximised: the logit of the class, or the activation of the channel.
    """

    scores: Tensor
    logits: Tensor

    @property
    def probabilities(self) -> Tensor:
        """The softmax, (N, classes)."""
        return self.logits.softmax(1)


def decayed(deviation: Tensor, l2: float) -> Tensor:
    """L2 decay: (1 - l2) times the deviation."""
    return deviation * (1 - l2)


def blurred(deviation: Tensor, sigma: float) -> Tensor:
    """(C, H, W) filtered by a Gaussian of `sigma` pixels, with periodic edges."""
    height, width = deviation.shape[-2:]
    gaussian = torch.exp(-2 * (math.pi * sigma * frequencies(height, width)) ** 2)
    spectrum = torch.fft.rfft2(deviation) * gaussian.to(deviation.device)
    result: Tensor = torch.fft.irfft2(spectrum, s=(height, width))
    return result


def clipped(deviation: Tensor, importance: Tensor, share: float) -> Tensor:
    """(C, H, W) with zeros in a fraction `share` of pixels: the smallest of importance (H, W)."""
    count = round(share * importance.numel())
    least = importance.flatten().topk(count, largest=False).indices
    result = deviation.flatten(1).clone()
    result[:, least] = 0
    return result.view_as(deviation)


def regularised(
    deviation: Tensor, settings: AscentSettings, step: int, contribution: Tensor
) -> Tensor:
    """A deviation (C, H, W) after the lecture's four regularisers, in its order.

    step: the number of steps, this one included. contribution: (H, W), of each pixel to the score.
    """
    if settings.l2:
        deviation = decayed(deviation, settings.l2)
    if settings.blur and step % max(settings.blur_every, 1) == 0:
        deviation = blurred(deviation, settings.blur)
    if settings.clip_small:
        deviation = clipped(deviation, deviation.norm(dim=0), settings.clip_small)
    if settings.clip_small_gradient:
        deviation = clipped(deviation, contribution, settings.clip_small_gradient)
    return deviation


def transformed(picture: Tensor, settings: AscentSettings, random: torch.Generator) -> Tensor:
    """An image (C, H, W) shifted, cropped and rotated at random within the settings.

    Always draws six numbers, so that changing one setting leaves the effect of the others the same.
    """
    draws = torch.rand(6, generator=random).tolist()
    if settings.jitter:
        x, y = (math.floor(d * (2 * settings.jitter + 1)) - settings.jitter for d in draws[:2])
        picture = picture.roll((y, x), (-2, -1))
    if settings.crop or settings.rotate:
        edge = 1 - settings.crop * draws[2]
        angle = math.radians(settings.rotate) * (2 * draws[3] - 1)
        cos, sin = edge * math.cos(angle), edge * math.sin(angle)
        height, width = picture.shape[-2:]
        # The axes of affine_grid run from -1 to 1, whatever the shape of the image.
        x, y = ((1 - edge) * (2 * d - 1) for d in draws[4:])
        matrix = [[cos, -sin * height / width, x], [sin * width / height, cos, y]]
        theta = torch.tensor([matrix], device=picture.device)
        grid = functional.affine_grid(theta, [1, *picture.shape], align_corners=False)
        picture = functional.grid_sample(
            picture[None], grid, padding_mode="reflection", align_corners=False
        )[0]
    return picture


class Ascent:
    """Gradient ascent in one or more images at once, one batched pass per step.

    The rows share only the network and the objective: the result of a row does not depend on the
    others, and rows with equal settings get equal random transforms.
    """

    def __init__(
        self,
        classifier: Classifier,
        objective: Objective,
        rows: Sequence[str] = ("pixels", "fourier"),
        *,
        start: str = "zero",
        seed: int = 0,
    ) -> None:
        """Prepare an image for each of `rows`, a parametrisation: "pixels" or "fourier".

        classifier: frozen; it is not changed. start: "zero", the mean of the training images, which
        the normalisation maps to zero (mid grey for the embedded network), or "random", noise
        around it. Raises UserError for a class, layer or channel that does not exist.
        """
        for name in rows:
            if name not in PARAMETRISATIONS:
                raise UserError(f"no parametrisation {name}: {advice(name, PARAMETRISATIONS)}")
        if start not in STARTS:
            raise UserError(f"no start {start}: {advice(start, STARTS)}")
        card, device = classifier.card, classifier.device
        check(classifier, objective)
        self.objective = objective
        self.normalise = classifier.normalise
        self.network = folded(
            classifier.network, objective.layer if isinstance(objective, Channel) else ""
        )
        zero = classifier.normalise.mean[0]
        shape = (card.channels, card.size, card.size)
        self.rows: list[Pixels | Fourier] = []
        self.random: list[torch.Generator] = []
        for name in rows:
            random = torch.Generator().manual_seed(seed)
            noise = NOISE * torch.randn(shape, generator=random)
            begin = noise if start == "random" else torch.zeros(shape)
            self.rows.append(PARAMETRISATIONS[name](zero, begin.to(device), noise.to(device)))
            self.random.append(random)
        self.contributions = [torch.zeros(shape[1:], device=device) for _ in rows]
        self.steps = 0

    def step(self, settings: Sequence[AscentSettings]) -> None:
        """One step of every row, each with its own settings."""
        if len(settings) != len(self.rows):
            raise ValueError(f"{len(self.rows)} rows, but {len(settings)} settings")

        def total(images: Tensor) -> tuple[Tensor, None]:
            seen = [transformed(*z) for z in zip(images, settings, self.random, strict=True)]
            return self._score(torch.stack(seen))[0].sum(), None

        graphs = [InputGraph(row.values, row.picture) for row in self.rows]
        images = torch.stack([graph.output.detach() for graph in graphs])
        gradients, _ = input_gradient(images, total)
        self.steps += 1
        for i, (row, now) in enumerate(zip(self.rows, settings, strict=True)):
            row.ascend(_chained(graphs[i], gradients[i]), now.rate)
            if now.l2 or now.blur or now.clip_small or now.clip_small_gradient:
                deviation = row.deviation()
                contribution = (gradients[i] * deviation).sum(0).abs()
                self.contributions[i].lerp_(contribution, CONTRIBUTION_RATE)
                row.set(regularised(deviation, now, self.steps, self.contributions[i]))

    @torch.no_grad()
    def pictures(self) -> Tensor:
        """The current images, float32 (N, C, size, size) in [0, 1], on the device."""
        return torch.stack([row.picture(row.values) for row in self.rows])

    @torch.no_grad()
    def read(self) -> Reading:
        """Scores and logits of the current images, untransformed. Takes a third of a step."""
        return Reading(*self._score(self.pictures()))

    def _score(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (N,) and logits (N, classes) of images (N, C, H, W)."""
        given = self.normalise(pictures)
        if isinstance(self.objective, ClassScore):
            logits = self.network(given)
            return logits[:, self.objective.target], logits
        channel, kept = self.objective, list[Tensor]()
        # Read in the hook, because a ReLU that follows may overwrite the output in place.
        handle = self.network.get_submodule(channel.layer).register_forward_hook(
            lambda _, __, out: kept.append(activation(out, channel))
        )
        try:
            logits = self.network(given)
        finally:
            handle.remove()
        return kept[-1], logits


def _chained(graph: InputGraph[Tensor], gradient: Tensor) -> Tensor:
    """The chain rule: from the gradient to an image to that to what parametrises it."""
    return graph.gradient(lambda image: (image * gradient).sum(), last=True)
