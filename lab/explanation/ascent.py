"""Activation maximisation: a picture that a frozen network likes, by gradient ascent in it.

Simonyan et al., 2014, for the scores of classes; Yosinski et al., 2015, for the regularisers and
for units of any layer; Olah et al., 2017, for the spectrum, the jitter and its kin.
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
from lab.networks.models import Classifier
from lab.parameters import advice

PARAMETRISATIONS: dict[str, type[Pixels] | type[Fourier]] = {"pixels": Pixels, "fourier": Fourier}
STARTS = ("zero", "random")
# Standard deviation of a random start, in grey levels.
NOISE = 0.05
# How much of a pixel's contribution to the score is news. Without memory, the pixels outside one
# random crop would contribute nothing, and be lost.
NEWS = 0.1


@dataclass(frozen=True)
class Settings:
    """How to climb; may change at every step. With the defaults, plain gradient ascent.

    rate: of a step, about grey levels a pixel. l2: share of the deviation from the zero point
    that is lost at every step, in [0, 1]: the L2 norm of the picture as a penalty. blur: sigma of
    a Gaussian in pixels, every `blur_every` steps.

    clip_small: share of pixels set to the zero point, those of the smallest norm over the
    colours. clip_small_gradient: the same for those that matter least to the score, by |sum over
    colours of gradient * deviation|, averaged over some steps. Both in [0, 1).

    jitter: random shift, in pixels each way. crop: the network sees a random part of the picture,
    its edge shorter by up to this share, in [0, 1). rotate: random turn, in degrees each way.
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
    """What the network makes of the pictures as they are: scores (N,), logits (N, classes).

    A score is what is climbed: the logit of the class, or the activation of the channel.
    """

    scores: Tensor
    logits: Tensor

    @property
    def probabilities(self) -> Tensor:
        """(N, classes)."""
        return self.logits.softmax(1)


def decayed(deviation: Tensor, l2: float) -> Tensor:
    """Less of everything: (1 - l2) times it."""
    return deviation * (1 - l2)


def blurred(deviation: Tensor, sigma: float) -> Tensor:
    """(C, H, W) under a Gaussian of `sigma` pixels, in a plane that repeats the picture."""
    height, width = deviation.shape[-2:]
    gaussian = torch.exp(-2 * (math.pi * sigma * frequencies(height, width)) ** 2)
    spectrum = torch.fft.rfft2(deviation) * gaussian.to(deviation.device)
    result: Tensor = torch.fft.irfft2(spectrum, s=(height, width))
    return result


def clipped(deviation: Tensor, importance: Tensor, share: float) -> Tensor:
    """(C, H, W) with zeros in the given share of pixels, those of least importance (H, W)."""
    count = round(share * importance.numel())
    least = importance.flatten().topk(count, largest=False).indices
    result = deviation.flatten(1).clone()
    result[:, least] = 0
    return result.view_as(deviation)


def regularised(deviation: Tensor, settings: Settings, step: int, contribution: Tensor) -> Tensor:
    """A deviation (C, H, W) after the lecture's four regularisers, in its order.

    step: how many were made, this one included. contribution: (H, W), of each pixel to the score.
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


def transformed(picture: Tensor, settings: Settings, random: torch.Generator) -> Tensor:
    """A picture (C, H, W) shifted, cropped and rotated at random within the settings.

    Always draws six numbers, so that moving one slider does not change what the others do.
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
        # affine_grid counts both axes from -1 to 1, whatever the shape of the picture.
        x, y = ((1 - edge) * (2 * d - 1) for d in draws[4:])
        matrix = [[cos, -sin * height / width, x], [sin * width / height, cos, y]]
        theta = torch.tensor([matrix], device=picture.device)
        grid = functional.affine_grid(theta, [1, *picture.shape], align_corners=False)
        picture = functional.grid_sample(
            picture[None], grid, padding_mode="reflection", align_corners=False
        )[0]
    return picture


class Ascent:
    """Gradient ascent in one or more pictures at once, step by step, one batched pass each.

    The rows share the network and the objective and nothing else: what a row becomes does not
    depend on its neighbours, and rows of equal settings see equal jitter.
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
        """Prepare a picture for each of `rows`, "pixels" or "fourier".

        classifier: frozen; it is not changed. start: "zero", the mean of the training pictures,
        which normalisation maps to zero (for the embedded network it is mid grey), or "random",
        noise about it. Raises UserError for a class, layer or channel that is not there.
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

    def step(self, settings: Sequence[Settings]) -> None:
        """One step of every row, each with its own settings."""
        if len(settings) != len(self.rows):
            raise ValueError(f"{len(self.rows)} rows, but {len(settings)} settings")
        with torch.enable_grad():
            leaves = [row.values.detach().requires_grad_() for row in self.rows]
            pictures = [row.picture(leaf) for row, leaf in zip(self.rows, leaves, strict=True)]
            seen = [transformed(*z) for z in zip(pictures, settings, self.random, strict=True)]
            total = self._score(torch.stack(seen))[0].sum()
            gradients = torch.autograd.grad(total, [*leaves, *pictures])
        self.steps += 1
        count = len(self.rows)
        for i, (row, now) in enumerate(zip(self.rows, settings, strict=True)):
            row.ascend(gradients[i], now.rate)
            if now.l2 or now.blur or now.clip_small or now.clip_small_gradient:
                deviation = row.deviation()
                contribution = (gradients[count + i] * deviation).sum(0).abs()
                self.contributions[i].lerp_(contribution, NEWS)
                row.set(regularised(deviation, now, self.steps, self.contributions[i]))

    @torch.no_grad()
    def pictures(self) -> Tensor:
        """The pictures as they are, float32 (N, C, size, size) in [0, 1], on the device."""
        return torch.stack([row.picture(row.values) for row in self.rows])

    @torch.no_grad()
    def read(self) -> Reading:
        """What the network makes of them, with no jitter: a pass forward, a third of a step."""
        return Reading(*self._score(self.pictures()))

    def _score(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (N,) and logits (N, classes) of pictures (N, C, H, W)."""
        given = self.normalise(pictures)
        if isinstance(self.objective, ClassScore):
            logits = self.network(given)
            return logits[:, self.objective.target], logits
        channel, kept = self.objective, list[Tensor]()
        # Read in the hook, because a ReLU that follows may overwrite the result in place.
        handle = self.network.get_submodule(channel.layer).register_forward_hook(
            lambda _, __, out: kept.append(activation(out, channel))
        )
        try:
            logits = self.network(given)
        finally:
            handle.remove()
        return kept[-1], logits
