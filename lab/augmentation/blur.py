"""Blur, sharpness and noise, with a strength for each image.

Images are float32 (N, C, H, W) in [0, 1], strengths float32 (N,). Edges are reflected, as in
torchvision.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def _through(images: Tensor, kernels: Tensor) -> Tensor:
    """Convolve all channels of each image with its kernel: (N, rows, columns), both odd."""
    count, channels = images.shape[:2]
    rows, columns = kernels.shape[1:]
    side = [columns // 2, columns // 2, rows // 2, rows // 2]
    padded = F.pad(images, side, mode="reflect").reshape(1, count * channels, *_grown(images, side))
    weights = kernels.to(images).repeat_interleave(channels, 0)[:, None]
    return F.conv2d(padded, weights, groups=count * channels).reshape(images.shape)


def _grown(images: Tensor, side: list[int]) -> tuple[int, int]:
    return images.shape[2] + side[2] + side[3], images.shape[3] + side[0] + side[1]


def _odd(reach: float, images: Tensor) -> int:
    """The edge of a kernel that reaches `reach` pixels each way, limited by the reflection."""
    return 2 * min(math.ceil(reach), min(images.shape[2:]) - 1) + 1


def gaussian(images: Tensor, sigmas: Tensor, kernel_size: int | None = None) -> Tensor:
    """Gaussian blur with standard deviations of `sigmas` pixels, float32 (N,); 0 is none.

    kernel_size: odd; None for three of the largest standard deviations to each side.
    """
    if kernel_size is None:
        kernel_size = _odd(3 * float(sigmas.max()), images)
    x = torch.arange(kernel_size) - kernel_size // 2
    kernels = (-0.5 * (x / sigmas.cpu()[:, None].clamp(min=1e-3)) ** 2).softmax(1)
    return _through(_through(images, kernels[:, None, :]), kernels[:, :, None])


def line_kernels(lengths: Tensor, degrees: Tensor, kernel_size: int) -> Tensor:
    """Kernels of motion blur along a line: float32 (N, kernel_size, kernel_size), each sums to 1.

    Straight, antialiased, `lengths` pixels long, `degrees` anticlockwise from the horizontal. A
    length of 1 or less does not blur.
    """
    reach = torch.arange(kernel_size) - kernel_size // 2
    y, x = torch.meshgrid(reach, reach, indexing="ij")
    turn = degrees.deg2rad()[:, None, None]
    along, across = x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()
    beyond = (along.abs() - (lengths[:, None, None] - 1).clamp(min=0) / 2).clamp(min=0)
    kernels = (1 - torch.hypot(beyond, across)).clamp(min=0)
    return kernels / kernels.sum((1, 2), keepdim=True)


def motion(images: Tensor, lengths: Tensor, degrees: Tensor) -> Tensor:
    """Motion blur along a straight line: lengths in pixels and degrees, float32 (N,)."""
    kernel_size = _odd((float(lengths.max()) + 1) / 2, images)
    return _through(images, line_kernels(lengths.cpu(), degrees.cpu(), kernel_size))


def sharpness(images: Tensor, factors: Tensor) -> Tensor:
    """Sharpen by extrapolating from a smoothed image; factors below 1 smooth. Not at the border."""
    kernel = torch.ones(3, 3)
    kernel[1, 1] = 5.0
    kernels = (kernel / 13).to(images).expand(images.shape[1], 1, 3, 3)
    result = images.clone()
    inside = result[..., 1:-1, 1:-1]
    smooth = F.conv2d(images, kernels, groups=images.shape[1])
    inside += (smooth - inside) * (1 - factors.to(images.device).view(-1, 1, 1, 1))
    return result.clamp_(0, 1)


def noise(images: Tensor, sigmas: Tensor) -> Tensor:
    """Add Gaussian noise with standard deviations of `sigmas`, and clamp to [0, 1]."""
    drawn = torch.randn_like(images, memory_format=torch.contiguous_format)
    return drawn.mul_(sigmas.to(images.device).view(-1, 1, 1, 1)).add_(images).clamp_(0, 1)
