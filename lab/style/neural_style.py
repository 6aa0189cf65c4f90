"""Style transfer by optimisation of the output image (Gatys, Ecker and Bethge, 2015, 2016)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from lab.errors import UserError
from lab.media.pictures import Picture
from lab.networks.filters import first_convolution
from lab.networks.input_gradient import input_gradient
from lab.networks.models import Classifier
from lab.style.features import Features
from lab.style.gram import Losses, Target, blended, contents, styles
from lab.style.luminance import coloured, luminance, matched
from lab.style.optimisers import LBFGS, Adam, Optimiser

LEAST = 16
"""Pixels: images with a shorter edge are refused."""
COARSEST = 128
"""Pixels: the longer edge of the first, coarse output image, which takes a second."""

# Pixels of reflection padding, for a network whose first convolution has a stride: pixels at the
# edge are otherwise seen by a single position of its filters, and become noise.
MARGIN = 8

STARTS = {"content": "Content image", "noise": "Noise", "style": "Style image"}
OPTIMISERS = {"lbfgs": "L-BFGS", "adam": "Adam"}
# The fraction of all evaluations that each size before the last one gets.
SKETCH = 0.25
# The weight of the mean square of pixels beyond [0, 1], which the screen cannot show: without it
# the darkest parts get wrong colours.
BEYOND = 50.0
# The largest root mean square of a step, in pixel units.
FURTHEST = 0.1
ADAM_RATE = 0.02


@dataclass(frozen=True)
class StyleObjective:
    """What is minimised; it may change between two evaluations.

    The weights are those of the losses of `Target`. scale: the longer edge of the style image over
    that of the output. blend: the fraction of the second style, in [0, 1]. keep_colour: optimise
    the luminance alone, and keep the colours of the content.
    """

    style_layers: tuple[str, ...]
    content_layers: tuple[str, ...]
    style_weight: float = 1.0
    content_weight: float = 1.0
    variation_weight: float = 0.0
    scale: float = 1.0
    blend: float = 0.0
    keep_colour: bool = False
    optimiser: str = "lbfgs"


def sizes(final: int) -> list[int]:
    """The longer edges to optimise at, in pixels, from coarse to fine: each twice the last."""
    steps = [COARSEST]
    while steps[-1] * 2 < final:
        steps.append(steps[-1] * 2)
    return [*(size for size in steps if size < final), final]


def plan(size: int, total: int) -> list[tuple[int, int]]:
    """(longer edge of the output, evaluations done after it), of `total`, from coarse to fine."""
    edges = sizes(size)
    share = max(1, min(round(total * SKETCH), total // len(edges)))
    return [*((edge, share * (k + 1)) for k, edge in enumerate(edges[:-1])), (size, total)]


def shape_of(picture: Picture, longest: int) -> tuple[int, int]:
    """(height, width) of a picture scaled so that its longer edge is `longest` pixels.

    Raises UserError for a picture that is too small or too narrow.
    """
    height, width = picture.size
    scaled = [max(1, round(edge * longest / max(height, width))) for edge in (height, width)]
    if min(height, width) < LEAST or min(scaled) < LEAST:
        raise UserError(
            f"{picture.name} is {width} × {height} px, too small: choose an image of {LEAST} px or "
            f"more each way, not narrower than 1 to {COARSEST // LEAST}"
        )
    return scaled[0], scaled[1]


def tensor_of(picture: Picture, shape: tuple[int, int]) -> Tensor:
    """float32 (1, 3, height, width) in [0, 1], resized by Pillow's Lanczos filter."""
    resized = Image.fromarray(picture.pixels).resize(shape[::-1], Image.Resampling.LANCZOS)
    return torch.from_numpy(np.asarray(resized, np.float32) / 255).permute(2, 0, 1)[None]


def filling(picture: Picture, shape: tuple[int, int]) -> Tensor:
    """float32 (1, 3, height, width) in [0, 1]: the largest central crop of that shape, scaled."""
    height, width = picture.size
    factor = max(shape[0] / height, shape[1] / width)
    inside = round(height * factor), round(width * factor)
    top, left = (inside[0] - shape[0]) // 2, (inside[1] - shape[1]) // 2
    return tensor_of(picture, inside)[..., top : top + shape[0], left : left + shape[1]]


def entering(classifier: Classifier, pixels: Tensor) -> Tensor:
    """An image with the channels that a network takes, and with a margin where it needs one.

    pixels: float32 (1, 3, height, width), or (1, 1, height, width) for luminance alone.
    """
    wanted, first = classifier.card.channels, first_convolution(classifier.network)
    if wanted == 1 and pixels.shape[1] == 3:
        pixels = luminance(pixels)
    if first is not None and max(first.stride) > 1:
        pixels = functional.pad(pixels, (MARGIN,) * 4, "reflect")
    return pixels.expand(-1, wanted, -1, -1)


class StyleTransfer:
    """The optimisation of an output image: its content and style targets and its optimiser.

    canvas: the output image, float32 (1, 3, height, width), about [0, 1]. evaluations: of the
    losses and their gradient, so far. objective: of the last one.
    """

    def __init__(
        self,
        classifier: Classifier,
        content: Picture,
        styles: tuple[Picture, Picture],
        objective: StyleObjective,
        *,
        size: int,
        start: str = "content",
        pooling: str = "max",
        seed: int = 0,
    ) -> None:
        """Prepare the output image; its longer edge has `size` pixels.

        styles: the second only counts where the objective blends. start: of STARTS. pooling: see
        Features. seed: of a start from noise. Raises UserError for pictures that are too small,
        and layers that the classifier does not have.
        """
        for picture in (content, *styles):
            shape_of(picture, COARSEST)
        self._classifier, self._pooling = classifier, pooling
        self._content, self._styles = content, styles
        self._optimiser: Optimiser = _optimiser(objective)
        self.evaluations = 0
        self.objective = objective
        self._device = classifier.device
        self._start, self._seed = start, seed
        self.canvas = self.beginning(size)
        self._features = self._read(objective)
        self._prepare(objective)

    @property
    def size(self) -> int:
        """The longer edge of the output in pixels."""
        return max(self.canvas.shape[2:])

    def beginning(self, size: int = 0) -> Tensor:
        """The start, at a size or at the output's (0): the content, the style or noise."""
        shape = shape_of(self._content, size or self.size)
        if self._start == "noise":
            random = torch.Generator().manual_seed(self._seed)
            return self._laid_out(torch.rand((1, 3, *shape), generator=random))
        if self._start == "style":
            return self._laid_out(filling(self._styles[0], shape))
        return self._laid_out(tensor_of(self._content, shape))

    def enlarge(self, size: int) -> None:
        """Continue at another size, from the output so far."""
        shape = shape_of(self._content, size)
        larger = functional.interpolate(self.canvas, shape, mode="bicubic", align_corners=False)
        self.canvas = self._laid_out(larger)
        self._prepare(self.objective)

    def evaluate(self, objective: StyleObjective) -> Losses:
        """The losses of the output, on the device; then one step of the optimiser."""
        if objective != self.objective:
            self._adapt(objective)

        def total(canvas: Tensor) -> tuple[Tensor, Losses]:
            losses = self._target.losses(self._features(self._seen(canvas)), canvas)
            value = (
                objective.style_weight * losses.style
                + objective.content_weight * losses.content
                + objective.variation_weight * losses.variation
                + BEYOND * (canvas - canvas.clamp(0, 1)).square().mean()
            )
            return value, losses

        gradient, losses = input_gradient(self.canvas, total)
        self.canvas = self._optimiser.step(self.canvas, gradient)
        self.evaluations += 1
        return losses.detached()

    def losses(self, canvas: Tensor | None = None) -> Losses:
        """The losses of the output, or of another image of its size, without a step."""
        canvas = self.canvas if canvas is None else canvas
        with torch.no_grad():
            return self._target.losses(self._features(self._seen(canvas)), canvas)

    def shown(self) -> NDArray[np.uint8]:
        """The output as it is shown: uint8 (height, width, 3)."""
        canvas = self.canvas.detach()
        if self.objective.keep_colour:
            canvas = coloured(luminance(canvas), self._colours)
        pixels = (canvas[0].permute(1, 2, 0) * 255).round().clamp(0, 255)
        return pixels.to(torch.uint8).cpu().numpy()

    def _adapt(self, objective: StyleObjective) -> None:
        before, self.objective = self.objective, objective
        if (objective.style_layers, objective.content_layers) != (
            before.style_layers,
            before.content_layers,
        ):
            self._features = self._read(objective)
        if objective.optimiser != before.optimiser:
            self._optimiser = _optimiser(objective)
        self._prepare(objective)

    def _read(self, objective: StyleObjective) -> Features:
        names = (*objective.style_layers, *objective.content_layers)
        return Features(self._classifier, names, pooling=self._pooling)

    def _prepare(self, objective: StyleObjective) -> None:
        """Targets at the size of the output; the optimiser forgets steps on another loss."""
        shape = (self.canvas.shape[2], self.canvas.shape[3])
        self._colours = self._laid_out(tensor_of(self._content, shape))
        content = contents(self._features, self._seen(self._colours), objective.content_layers)
        style = self._style(self._styles[0], objective)
        if objective.blend > 0:
            style = blended(style, self._style(self._styles[1], objective), objective.blend)
        self._target = Target(content, style)
        self._optimiser.forget()

    def _style(self, picture: Picture, objective: StyleObjective) -> dict[str, Tensor]:
        longest = max(round(self.size * objective.scale), 2 * LEAST)
        pixels = self._laid_out(tensor_of(picture, shape_of(picture, longest)))
        if objective.keep_colour:
            pixels = matched(luminance(pixels), luminance(self._colours))
        return styles(self._features, entering(self._classifier, pixels), objective.style_layers)

    def _seen(self, canvas: Tensor) -> Tensor:
        return entering(
            self._classifier, luminance(canvas) if self.objective.keep_colour else canvas
        )

    def _laid_out(self, pixels: Tensor) -> Tensor:
        return pixels.to(self._device).contiguous(memory_format=torch.channels_last)


def _optimiser(objective: StyleObjective) -> Optimiser:
    return Adam(ADAM_RATE) if objective.optimiser == "adam" else LBFGS(furthest=FURTHEST)
