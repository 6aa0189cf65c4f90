"""A network that learns to paint any picture in one style, in minutes (Johnson et al., 2016).

No picture is given as the answer. What the painter makes of a photograph is judged by what a frozen
classifier sees in it: the content of the photograph at one layer, the Gram matrices of the style at
several (Gatys et al., 2015).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lab.media.pictures import Picture, embedded
from lab.networks import models
from lab.networks.card import PAINTER, Card
from lab.networks.models import StyleNetwork
from lab.style.features import Features
from lab.style.gram import Target, contents
from lab.training.trainer import one_cycle

SIZE = 128
"""Pixels: the edge of the crops that a painter learns from."""
BATCH = 4
"""Crops in a step of the optimiser. Each is painted and judged by itself, so that nobody has to
wait for all four: with instance normalisation the gradient is the same."""
LEARNING_RATE = 4e-3
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket", "motorcycle_left", "brick")
LONGEST = 512
# The edge of a crop in the photograph, in crops: from as it is to half the size.
ZOOM = 2.0
# Standard deviation, in a range of 1: what a camera adds.
NOISE = 0.02


@dataclass(frozen=True)
class Weights:
    """How much each loss counts.

    style, content: shares of what is missing, as `Target` has them. variation: of
    `total_variation`. steady: of the mean squared change when the picture moves or a little noise
    falls on it, for less flicker; 0 saves a fifth of the time.
    """

    style: float = 20.0
    content: float = 1.5
    variation: float = 0.5
    steady: float = 100.0


def beginner(title: str, seed: int) -> StyleNetwork:
    """A painter that has learned nothing yet, on the CPU: its pictures come out as they went in."""
    card = Card(
        name="painter",
        title=title,
        architecture="feed_forward",
        kind=PAINTER,
        size=SIZE,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        data="photographs that ship with scikit-image, and the video",
        seed=seed,
    )
    return models.build_painter(card)


def photographs(own: Picture, device: torch.device) -> list[Tensor]:
    """What to learn from, uint8 (3, H, W) on the device: photographs, and twice `own`.

    own: a frame of the video, because that is what will be painted.
    """
    every = [*(embedded(name) for name in PHOTOGRAPHS), own, own]
    return [
        torch.from_numpy(np.array(picture.thumbnail(LONGEST))).permute(2, 0, 1).to(device)
        for picture in every
    ]


def crops(photographs: Sequence[Tensor], count: int, size: int = SIZE) -> Tensor:
    """Random parts of random photographs, at a random scale, half of them mirrored.

    photographs: uint8 (3, H, W), of any size. Returns float32 (count, 3, size, size) in [0, 1].
    Drawn from torch's global random numbers.
    """
    made = []
    draws = torch.rand(count, 5).tolist()
    for which, zoom, x, y, mirrored in draws:
        photograph = photographs[math.floor(which * len(photographs))]
        height, width = photograph.shape[1:]
        edge = min(height, width, round(size * ZOOM**zoom))
        left, top = math.floor(x * (width - edge + 1)), math.floor(y * (height - edge + 1))
        crop = photograph[None, :, top : top + edge, left : left + edge].float() / 255
        crop = functional.interpolate(
            crop, (size, size), mode="bilinear", align_corners=False, antialias=True
        )
        made.append(crop.flip(3) if mirrored < 0.5 else crop)
    return torch.cat(made).contiguous(memory_format=torch.channels_last)


class StyleTraining:
    """A painter on its way to a style."""

    def __init__(
        self,
        painter: StyleNetwork,
        features: Features,
        style: Mapping[str, Tensor],
        content: Sequence[str],
        photographs: Sequence[Tensor],
        *,
        steps: int,
    ) -> None:
        """Prepare to learn.

        painter: to be trained, on its device. features: reads the layers of `style` and `content`.
        style: layer -> mean Gram matrix, as lab.style.gram.styles makes them. content: the
        layers that hold the content. photographs: as in `crops`, on the device. steps: how many
        will be made, for the learning rate's one cycle.
        """
        self.painter, self.steps, self.step = painter.train(), steps, 0
        painter.to(memory_format=torch.channels_last)
        self._features, self._photographs = features, photographs
        self._style, self._content = dict(style), tuple(content)
        self._optimiser = torch.optim.Adam(painter.parameters(), LEARNING_RATE)
        self._crops: list[Tensor] = []
        self._losses: list[Tensor] = []

    def advance(self, weights: Weights) -> None:
        """Paint one crop, and add what is lacking in it to the gradients.

        With the last one of a batch comes the optimiser's step, and `step` counts one more.
        """
        pixels = crops(self._photographs, 1)
        target = Target(contents(self._features, pixels, self._content), self._style)
        with torch.enable_grad():
            painted = self.painter(pixels)
            losses = target.losses(self._features(painted), painted)
            total = (
                weights.style * losses.style
                + weights.content * losses.content
                + weights.variation * losses.variation
            )
            # Of every second crop, which saves half of what it costs.
            if weights.steady and len(self._crops) % 2 == 0:
                total = total + 2 * weights.steady * self._unsteadiness(pixels, painted)
            (total / BATCH).backward()  # type: ignore[no-untyped-call]
        self._crops.append(torch.stack([losses.content, losses.style]).detach())
        if len(self._crops) == BATCH:
            self._learn()

    def _learn(self) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = LEARNING_RATE * one_cycle(self.step / self.steps, 0.1)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self._losses.append(torch.stack(self._crops).mean(0))
        self._crops = []
        self.step += 1

    def _unsteadiness(self, pixels: Tensor, painted: Tensor) -> Tensor:
        """How a painting changes, mean square, when the picture moves and a little noise falls.

        The painter halves its picture twice, so a move by a few pixels is what it would most easily
        paint otherwise.
        """
        down, right = (int(d) for d in torch.randint(-3, 4, (2,)))
        moved = pixels.roll((down, right), (2, 3))
        moved = moved + NOISE * torch.randn_like(moved)
        again = self.painter(moved).roll((-down, -right), (2, 3))
        inside = (..., slice(4, -4), slice(4, -4))
        change: Tensor = again[inside] - painted[inside]
        return change.square().mean()

    @torch.no_grad()
    def preview(self, pixels: Tensor) -> Tensor:
        """What the painter makes of pictures now, float32 (N, 3, H, W) in [0, 1]."""
        result: Tensor = self.painter(pixels)
        return result

    def learned(self) -> StyleNetwork:
        """The painter as it is now, its card saying that it has learned."""
        return StyleNetwork(replace(self.painter.card, trained=True), self.painter.network)

    def read_back(self) -> tuple[list[float], list[float]]:
        """(content, style) losses of each step since the last time."""
        if not self._losses:
            return [], []
        content, style = torch.stack(self._losses).T.tolist()
        self._losses = []
        return content, style
