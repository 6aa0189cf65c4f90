"""Activation maximisation: a picture that a frozen network likes, by gradient ascent in it.

Simonyan et al., 2014, for the scores of classes; Yosinski et al., 2015, for the regularisers and
for units of any layer; Olah et al., 2017, for the spectrum, the jitter and its kin.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lab.errors import UserError
from lab.interpreting._frozen import folded
from lab.interpreting.parametrisation import Fourier, Pixels, frequencies
from lab.models import Classifier
from lab.parameters import advice

PARAMETRISATIONS: dict[str, type[Pixels] | type[Fourier]] = {"pixels": Pixels, "fourier": Fourier}
STARTS = ("zero", "random")
# Standard deviation of a random start, in grey levels.
NOISE = 0.05


@dataclass(frozen=True)
class Settings:
    """How to climb; may change at every step. With the defaults, plain gradient ascent.

    rate: of a step, about grey levels a pixel. l2: share of the deviation from the zero point
    that is lost at every step, in [0, 1]: the L2 norm of the picture as a penalty. blur: sigma of
    a Gaussian in pixels, every `blur_every` steps. clip_small: share of pixels set to the zero
    point, those of the smallest norm over the colours; clip_small_gradient: those that matter
    least to the score, by |sum over colours of gradient * deviation|; both in [0, 1). jitter:
    random shift, in pixels each way. crop: the network sees a random part of the picture, its
    edge shorter by up to this share, in [0, 1). rotate: random rotation, in degrees each way.
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
class ClassScore:
    """The score of a class, before the softmax."""

    target: int


@dataclass(frozen=True)
class Channel:
    """The mean activation of a channel of a layer, or of its `centre` alone: one unit.

    layer: its name inside the network, as in named_modules(). Its result may be (N, C, H, W),
    (N, units) or (N, tokens, C). A layer that is called several times counts with its last call.
    """

    layer: str
    channel: int
    centre: bool = False


Objective = ClassScore | Channel


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
    less: Tensor = deviation * (1 - l2)
    return less


def blurred(deviation: Tensor, sigma: float) -> Tensor:
    """(C, H, W) under a Gaussian of `sigma` pixels, in a plane that repeats the picture."""
    height, width = deviation.shape[-2:]
    gaussian = torch.exp(-2 * (math.pi * sigma * frequencies(height, width)) ** 2)
    spectrum = torch.fft.rfft2(deviation) * gaussian.to(deviation.device)
    return torch.fft.irfft2(spectrum, s=(height, width))


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
        smooth noise about it. Raises UserError for a class, layer or channel that is not there.
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
                row.set(regularised(deviation, now, self.steps, contribution))

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


def activation(out: Tensor, channel: Channel) -> Tensor:
    """The activation (N,) of a channel in a layer's result, see Channel."""
    if out.ndim == 4:
        maps = out[:, channel.channel]
        height, width = maps.shape[1:]
        return maps[:, height // 2, width // 2] if channel.centre else maps.mean((1, 2))
    if out.ndim == 3:
        tokens = out[:, :, channel.channel]
        return tokens[:, tokens.shape[1] // 2] if channel.centre else tokens.mean(1)
    return out[:, channel.channel]


def shapes(classifier: Classifier) -> dict[str, tuple[int, ...]]:
    """The layers that can be climbed and the shape of each one's result, without N, in order.

    That is (C, H, W), (units,) or (tokens, C). One pass with an empty picture.
    """
    found: dict[str, tuple[int, ...]] = {}

    def note(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_: nn.Module, __: Any, out: Any) -> None:
            if isinstance(out, Tensor) and 2 <= out.ndim <= 4:
                found[name] = tuple(out.shape[1:])

        return hook

    named = [(name, module) for name, module in classifier.network.named_modules() if name]
    handles = [module.register_forward_hook(note(name)) for name, module in named]
    card = classifier.card
    try:
        with torch.no_grad():
            classifier(torch.zeros(1, card.channels, card.size, card.size).to(classifier.device))
    finally:
        for handle in handles:
            handle.remove()
    return {name: found[name] for name, _ in named if name in found}


def check(classifier: Classifier, objective: Objective) -> None:
    """Raise UserError for a class, layer or channel that the classifier lacks."""
    card = classifier.card
    if isinstance(objective, ClassScore):
        count = len(card.classes)
        if not 0 <= objective.target < count:
            raise UserError(
                f"{card.title} has no class {objective.target}: choose from 0 to {count - 1}"
            )
        return
    layers = shapes(classifier)
    if objective.layer not in layers:
        raise UserError(f"{card.title} has no layer {objective.layer}: {_near(objective, layers)}")
    shape = layers[objective.layer]
    count = shape[-1] if len(shape) == 2 else shape[0]
    if not 0 <= objective.channel < count:
        raise UserError(
            f"{objective.layer} has no channel {objective.channel}: choose from 0 to {count - 1}"
        )


def _near(objective: Channel, layers: dict[str, tuple[int, ...]]) -> str:
    names = list(layers)
    # Deep networks have hundreds: too many for a line.
    return advice(objective.layer, names if len(names) < 12 else [*names[:3], "…", names[-1]])
