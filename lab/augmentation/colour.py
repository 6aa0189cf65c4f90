"""Colour transforms, with a factor for each image.

Images are float32 (N, C, H, W) in [0, 1] with C = 1 or 3, factors float32 (N,); the results are
new tensors in [0, 1], as torchvision.transforms.v2.functional computes them for single float32
images.
"""

from __future__ import annotations

import torch
from torch import Tensor


def _each(factors: Tensor, images: Tensor) -> Tensor:
    return factors.to(images.device).view(-1, 1, 1, 1)


def blend(images: Tensor, others: Tensor, factors: Tensor) -> Tensor:
    """factors * images + (1 - factors) * others, clamped; factors above 1 extrapolate."""
    share = _each(factors, images)
    return (images * share).add_(others * (1 - share)).clamp_(0, 1)


def grey(images: Tensor) -> Tensor:
    """Luma of ITU-R 601-2, (N, 1, H, W); a grey image as it is."""
    if images.shape[1] == 1:
        return images
    red, green, blue = torch.split(images, 1, 1)
    return red.mul(0.2989).add_(green, alpha=0.587).add_(blue, alpha=0.114)


def brightness(images: Tensor, factors: Tensor) -> Tensor:
    """Multiply by a factor: 0 is black, 1 no change."""
    return (images * _each(factors, images)).clamp_(0, 1)


def contrast(images: Tensor, factors: Tensor) -> Tensor:
    """Scale contrast around the image's mean grey: 0 is grey, 1 no change."""
    return blend(images, grey(images).mean((1, 2, 3), keepdim=True), factors)


def saturation(images: Tensor, factors: Tensor) -> Tensor:
    """Scale colour around each pixel's grey: 0 is grey, 1 no change."""
    return images.clone() if images.shape[1] == 1 else blend(images, grey(images), factors)


def hue(images: Tensor, turns: Tensor) -> Tensor:
    """Rotate the hue by a fraction of the colour circle in [-0.5, 0.5]; grey stays grey.

    Smith, "Color gamut transform pairs" (1978). Saturation and value in HSV stay the same, so each
    channel stays between the smallest and largest value of its pixel: a ramp for each channel
    replaces the usual six cases.
    """
    if images.shape[1] == 1:
        return images.clone()
    red, green, blue = torch.split(images, 1, 1)
    most = torch.maximum(torch.maximum(red, green), blue)
    least = torch.minimum(torch.minimum(red, green), blue)
    chroma = most - least
    is_red, is_green = most == red, most == green
    ahead = torch.where(is_red, green - blue, torch.where(is_green, blue - red, red - green))
    sector = torch.where(is_green, 2.0, 4.0).masked_fill_(is_red, 0.0)
    sextant = ahead.div_(chroma.clamp(min=1e-12)).add_(sector).add_(_each(6 * turns, images))
    sextant.remainder_(6)
    result = torch.empty_like(images)
    for channel, (centre, sign, offset) in enumerate(((3, 1, -1), (2, -1, 2), (4, -1, 2))):
        ramp = (sextant - centre).abs_().mul_(sign).add_(offset).clamp_(0, 1)
        torch.addcmul(least, chroma, ramp, out=result[:, channel : channel + 1])
    return result


def invert(images: Tensor) -> Tensor:
    """Invert: 1 - image."""
    return 1 - images


def solarize(images: Tensor, thresholds: Tensor) -> Tensor:
    """Invert values at or above the threshold, in [0, 1]."""
    return torch.where(images >= _each(thresholds, images), 1 - images, images)


def posterize(images: Tensor, bits: Tensor) -> Tensor:
    """Quantise each channel to 2 ** bits levels; bits: integers from 0 to 8."""
    levels = _each(torch.exp2(bits.float()), images)
    return torch.minimum((images * levels).floor_(), levels - 1).div_(levels)


def autocontrast(images: Tensor) -> Tensor:
    """Stretch each channel to [0, 1]; a constant one stays the same."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    flat = low == high
    span = (high - low).masked_fill_(flat, 1.0)
    return (images - low.masked_fill(flat, 0.0)).div_(span).clamp_(0, 1)


def equalize(images: Tensor) -> Tensor:
    """Histogram equalisation of each channel in 256 levels, as Pillow's ImageOps does it."""
    count, channels, height, width = images.shape
    levels = (images * 255.999).clamp_(0, 255).long().reshape(count * channels, -1)
    first = torch.arange(count * channels, device=images.device)[:, None] * 256
    where = levels + first
    histogram = torch.bincount(where.reshape(-1), minlength=count * channels * 256).view(-1, 256)
    # The count of the brightest level is left out, as in Pillow: it stays white.
    last = histogram.gather(1, levels.amax(1, keepdim=True))
    step = (height * width - last) // 255
    below = histogram.cumsum(1) - histogram
    table = ((below + step // 2) // step.clamp(min=1)).clamp_(0, 255)
    table = torch.where(step > 0, table, torch.arange(256, device=images.device))
    return (table.view(-1)[where] / 255).to(images.dtype).reshape(images.shape)
