"""Geometric transforms as matrices, so that several in a row need one interpolation.

A matrix is float32 (N, 3, 3), one for each image. It maps a point of the result, (x, y, 1) in
pixels, to a point of the image. The first pixel extends from 0 to 1, its centre is 0.5. Rotating
and then cropping is `rotation @ crop`, interpolated once: faster, and sharper, because every
bilinear interpolation blurs.

Parameters and signs are those of torchvision.transforms.v2.functional.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Size = tuple[int, int]
"""(height, width) in pixels."""

Edges = Literal["reflection", "zeros", "border"]
"""What is seen beyond the image: its reflection, black, or its edge pixels."""

EDGES: dict[Edges, str] = {"reflection": "Reflection", "zeros": "Zeros", "border": "Replicate"}
"""Name and title of each."""


def _matrix(rows: list[list[Tensor | float]], like: Tensor) -> Tensor:
    """(N, 3, 3) from nine entries, each a number or a tensor (N,)."""
    filled = [torch.as_tensor(e, dtype=like.dtype).expand(len(like)) for row in rows for e in row]
    return torch.stack(filled, 1).view(-1, 3, 3)


def translation(right: Tensor, down: Tensor) -> Tensor:
    """Translate by pixels: right, down float32 (N,)."""
    return _matrix([[1, 0, -right], [0, 1, -down], [0, 0, 1]], right)


def rotation(degrees: Tensor, size: Size) -> Tensor:
    """Rotate images of `size` about their centre: degrees float32 (N,), anticlockwise."""
    turn = degrees.deg2rad()
    cos, sin = turn.cos(), turn.sin()
    y, x = size[0] / 2, size[1] / 2
    return _matrix(
        [[cos, -sin, x - cos * x + sin * y], [sin, cos, y - sin * x - cos * y], [0, 0, 1]], degrees
    )


def shear(right: Tensor, down: Tensor) -> Tensor:
    """Shear about the top left corner: by `right` pixels per row, or `down` pixels per column.

    right, down: float32 (N,), one of them zero, as in torchvision's policies.
    """
    return _matrix([[1, right, 0], [down, 1, 0], [0, 0, 1]], right)


def flip(across: Tensor, upside_down: Tensor, size: Size) -> Tensor:
    """Flip images of `size`: across (left becomes right) and upside_down are bool (N,)."""
    x, y = across.float(), upside_down.float()
    rows: list[list[Tensor | float]] = [[1 - 2 * x, 0, x * size[1]], [0, 1 - 2 * y, y * size[0]]]
    return _matrix([*rows, [0, 0, 1]], x)


def crop(boxes: Tensor, size: Size) -> Tensor:
    """Crop boxes, float32 (N, 4), (left, top, width, height) in pixels, scaled to `size`."""
    left, top, width, height = boxes.unbind(1)
    return _matrix([[width / size[1], 0, left], [0, height / size[0], top], [0, 0, 1]], left)


def perspective(start: Tensor, end: Tensor) -> Tensor:
    """The homography that moves four points `start` to `end`: both float32 (N, 4, 2), (x, y).

    No three of the points may lie on a line. Heckbert, "Fundamentals of texture mapping" (1989),
    section 2.2.3.
    """
    (x, y), (u, v) = end.double().unbind(2), start.double().unbind(2)
    one, none = torch.ones_like(x), torch.zeros_like(x)
    across = torch.stack([x, y, one, none, none, none, -x * u, -y * u], 2)
    down = torch.stack([none, none, none, x, y, one, -x * v, -y * v], 2)
    unknowns = torch.linalg.solve(torch.cat([across, down], 1), torch.cat([u, v], 1))
    whole = torch.cat([unknowns, torch.ones_like(unknowns[:, :1])], 1)
    return whole.view(-1, 3, 3).float()


def fixed_crop(size: Size, result: Size) -> tuple[float, float, float, float]:
    """(left, top, width, height) of the largest central box with the result's aspect ratio."""
    scale = min(size[0] / result[0], size[1] / result[1])
    height, width = result[0] * scale, result[1] * scale
    return (size[1] - width) / 2, (size[0] - height) / 2, width, height


def warp(images: Tensor, matrix: Tensor, size: Size, edges: Edges = "reflection") -> Tensor:
    """Transform each image by its matrix, bilinearly: float32 (N, C, H, W) to (N, C, *size).

    matrix: on the CPU, as the functions above return it. images may be expanded from one.
    """
    height, width = images.shape[2:]
    ends = torch.tensor([[2 / width, 0, -1], [0, 2 / height, -1], [0, 0, 1]])
    straight = bool((matrix[:, 2] == torch.tensor([0.0, 0.0, 1.0])).all())
    # In the coordinates of grid_sample: -1 and 1 are the edges of the image.
    entries = (ends @ matrix).to(images.device)
    x = torch.arange(size[1], device=images.device) + 0.5
    y = torch.arange(size[0], device=images.device) + 0.5
    along_x = (entries[:, :, 0, None] * x)[:, :, None, :]
    along_y = (entries[:, :, 1, None] * y + entries[:, :, 2, None])[:, :, :, None]
    grid = images.new_empty(len(entries), *size, 2)
    for axis in range(2):
        torch.add(along_x[:, axis], along_y[:, axis], out=grid[..., axis])
    if not straight:
        grid /= (along_x[:, 2] + along_y[:, 2])[..., None]
    return F.grid_sample(images, grid, padding_mode=edges, align_corners=False)
