"""Occlusion (Zeiler and Fergus, 2014): class scores with a patch over the image.

Only what the patch changes is computed, without approximation: see lab/occlusion/incremental.py.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from lab.errors import UserError
from lab.occlusion.occluder import Occluder as Occluder
from lab.occlusion.occluder import Shape, Size, pair


def positions(height: int, width: int, patch: Size, stride: Size) -> tuple[list[int], list[int]]:
    """(tops, lefts) of the patches on an image, in pixels: every top is combined with every left.

    Patch i begins at pixel i * stride. There are ceil((size - patch) / stride) + 1 along a side,
    as in Captum's Occlusion, so that every pixel is covered where stride <= patch; the last is
    clipped at the border.
    """
    sides = []
    for size, p, s in zip(
        (height, width), pair("patch", patch), pair("stride", stride), strict=True
    ):
        if p > size:
            raise UserError(
                f"a patch of {p} px does not fit an image of {width} × {height} px: "
                f"choose up to {min(height, width)}"
            )
        # With gaps between the patches the last could lie outside: it is omitted.
        count = min(math.ceil((size - p) / s) + 1, math.ceil(size / s))
        sides.append([i * s for i in range(count)])
    return sides[0], sides[1]


def coarse_to_fine(rows: int, columns: int) -> list[list[tuple[int, int]]]:
    """The (row, column) of a map in three passes: every 4th, every 2nd, the rest; none twice."""
    passes: list[list[tuple[int, int]]] = [[], [], []]
    for row in range(rows):
        for column in range(columns):
            coarse = [row % step == 0 and column % step == 0 for step in (4, 2, 1)].index(True)
            passes[coarse].append((row, column))
    return passes


def occlusion_map(
    model: nn.Module,
    image: Tensor,
    target: int,
    *,
    patch: Size,
    stride: Size,
    fill: float | Tensor = 0.0,
    shape: Shape = "square",
    output: Literal["logit", "probability"] = "logit",
) -> Tensor:
    """The target's score with the patch at each position: float32 (rows, columns), on the CPU.

    Low where the hidden part is evidence for the target. Row i, column j is the patch whose corner
    is pixel (i * stride, j * stride); see positions().

    model: pictures (N, C, H, W) in [0, 1] to logits (N, classes), in eval mode. image: float32
    (C, H, W) in [0, 1]. patch, stride: pixels, one number or (vertical, horizontal). fill: what
    the patch shows, in pixel units: a number or a tensor that can be broadcast to the image
    (its mean, a blurred copy, noise). shape: "square", "disc" (the ellipse that fits into the
    patch) or a boolean mask of the patch's size, true where it occludes.

    Exact to rounding, about 1e-5 of the largest logit. Raises UserError for bad input.
    """
    if output not in ("logit", "probability"):
        raise UserError(f"no output {output}: choose logit or probability")
    occluder = Occluder(model, image, patch=patch, fill=fill, shape=shape)
    classes = len(occluder.baseline)
    if not 0 <= target < classes:
        raise UserError(f"no class {target}: this model has 0 to {classes - 1}")
    tops, lefts = positions(image.shape[-2], image.shape[-1], patch, stride)
    result = torch.zeros(len(tops) * len(lefts))
    for found, logits in occluder.chunks([(top, left) for top in tops for left in lefts]):
        result[found] = _score(logits, target, output)
    return result.view(len(tops), len(lefts))


def _score(logits: Tensor, target: int, output: str) -> Tensor:
    """The target's logit or probability, (N), of logits (N, classes)."""
    return (logits if output == "logit" else logits.softmax(1))[:, target]
