"""Training of a style network: style transfer in one forward pass (Johnson et al., 2016).

The training needs no target images. Its perceptual losses compare feature maps of a frozen
classifier: the content of the photograph at one layer, the Gram matrices of the style at several
(Gatys et al., 2015).
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
from lab.networks.card import STYLE_NETWORK, Card
from lab.networks.models import StyleNetwork
from lab.style.features import Features
from lab.style.gram import Target, contents
from lab.training.trainer import one_cycle

SIZE = 128
"""Pixels: the edge of the training crops."""
BATCH = 2
"""Crops per step of the optimiser. One at a time goes through the networks, so that no call takes
long: with instance normalisation the gradient is that of the whole batch."""
LEARNING_RATE = 4e-3
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket", "motorcycle_left", "brick")
LONGEST = 512
# A crop covers 1 to so many times its edge of the photograph, and is scaled down.
ZOOM = 2.0
# Standard deviation in pixel units, about that of a camera.
NOISE = 0.02


@dataclass(frozen=True)
class PerceptualLossWeights:
    """The weights of the training losses.

    style, content: as in `Target`. variation: of `total_variation`. steady: of the mean squared
    change of the output when the input moves and gets noise, against flicker; 0 saves a fifth of
    the time.
    """

    style: float = 20.0
    content: float = 1.5
    variation: float = 0.5
    steady: float = 100.0


def untrained(title: str, seed: int) -> StyleNetwork:
    """An untrained style network, on the CPU: its output is its input."""
    card = Card(
        name="painter",
        title=title,
        architecture="feed_forward",
        kind=STYLE_NETWORK,
        size=SIZE,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        data="photographs that ship with scikit-image, and the video",
        seed=seed,
    )
    return models.build_style_network(card)


def photographs(own: Picture, device: torch.device) -> list[Tensor]:
    """The training photographs, uint8 (3, H, W) on the device, and `own` twice.

    own: a frame of the video to which the network will be applied.
    """
    every = [*(embedded(name) for name in PHOTOGRAPHS), own, own]
    return [
        torch.from_numpy(np.array(picture.thumbnail(LONGEST))).permute(2, 0, 1).to(device)
        for picture in every
    ]


def crops(photographs: Sequence[Tensor], count: int, size: int = SIZE) -> Tensor:
    """Random crops of random photographs, at a random scale, half of them mirrored.

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
    """The training of a style network; `step` counts steps of the optimiser.

    network, photographs: as given.
    """

    def __init__(
        self,
        network: StyleNetwork,
        features: Features,
        style: Mapping[str, Tensor],
        content: Sequence[str],
        photographs: Sequence[Tensor],
        *,
        steps: int,
    ) -> None:
        """Prepare the training.

        network: to be trained, on its device. features: reads the layers of `style` and `content`.
        style: layer -> mean Gram matrix, as from lab.style.gram.styles. content: the content
        layers. photographs: as in `crops`, on the device. steps: of the whole training, for the
        one-cycle learning rate.
        """
        self.network, self.steps, self.step = network.train(), steps, 0
        network.to(memory_format=torch.channels_last)
        self._features, self.photographs = features, photographs
        self.style, self.content = dict(style), tuple(content)
        self.optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE)
        self._crops: list[Tensor] = []
        self._losses: list[Tensor] = []

    def advance(self, weights: PerceptualLossWeights) -> None:
        """Add the gradients of one crop; with the last one of a batch, make an optimiser step."""
        pixels = crops(self.photographs, 1)
        target = Target(contents(self._features, pixels, self.content), self.style)
        with torch.enable_grad():
            stylised = self.network(pixels)
            losses = target.losses(self._features(stylised), stylised)
            total = (
                weights.style * losses.style
                + weights.content * losses.content
                + weights.variation * losses.variation
            )
            # For every second crop, at twice the weight: half the cost.
            if weights.steady and len(self._crops) % 2 == 0:
                total = total + 2 * weights.steady * self.unsteadiness(pixels, stylised)
            (total / BATCH).backward()  # type: ignore[no-untyped-call]
        self._crops.append(torch.stack([losses.content, losses.style]).detach())
        if len(self._crops) == BATCH:
            self._optimise()

    def _optimise(self) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = LEARNING_RATE * one_cycle(self.step / self.steps, 0.1)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self._losses.append(torch.stack(self._crops).mean(0))
        self._crops = []
        self.step += 1

    def unsteadiness(self, pixels: Tensor, stylised: Tensor) -> Tensor:
        """The mean squared change of the output when the input is shifted and gets noise.

        The network halves its input twice, so its output depends on shifts by a few pixels. pixels,
        stylised: input and output, float32 (N, 3, H, W).
        """
        down, right = (int(d) for d in torch.randint(-3, 4, (2,)))
        moved = pixels.roll((down, right), (2, 3))
        moved = moved + NOISE * torch.randn_like(moved)
        again = self.network(moved).roll((-down, -right), (2, 3))
        inside = (..., slice(4, -4), slice(4, -4))
        change: Tensor = again[inside] - stylised[inside]
        return change.square().mean()

    @torch.no_grad()
    def preview(self, pixels: Tensor) -> Tensor:
        """The current output for images, both float32 (N, 3, H, W) in [0, 1]."""
        result: Tensor = self.network(pixels)
        return result

    def learned(self) -> StyleNetwork:
        """The network as it is now, marked as trained in its card."""
        return StyleNetwork(replace(self.network.card, trained=True), self.network.network)

    def read_back(self) -> tuple[list[float], list[float]]:
        """(content, style) losses of each step since the last time."""
        if not self._losses:
            return [], []
        content, style = torch.stack(self._losses).T.tolist()
        self._losses = []
        return content, style
