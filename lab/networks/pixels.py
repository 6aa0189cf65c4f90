"""Conversions between tensors on a device and uint8 images on the CPU."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def as_pixels(tensor: Tensor) -> NDArray[np.uint8]:
    """float (1, C, H, W) in [0, 1], C = 1 or 3, as uint8 (H, W, 3) on the CPU."""
    three = tensor.expand(-1, 3, -1, -1)[0].permute(1, 2, 0)
    return (three * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()


def pictures_of(images: Tensor) -> NDArray[np.uint8]:
    """uint8 (N, C, H, W), C = 1 or 3, as uint8 (N, H, W, 3) on the CPU."""
    three = images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
    pixels: NDArray[np.uint8] = three.permute(0, 2, 3, 1).cpu().numpy()
    return pixels


def to_float(images: Tensor) -> Tensor:
    """uint8 (N, C, H, W) as float32 in [0, 1], in channels_last."""
    return images.to(torch.float32, memory_format=torch.channels_last).mul_(1 / 255)


def as_tensor(pixels: NDArray[np.uint8], device: torch.device) -> Tensor:
    """uint8 (H, W, 3) as float32 (1, 3, H, W) in [0, 1], in channels_last."""
    tensor = torch.from_numpy(np.array(pixels)).to(device).permute(2, 0, 1)[None]
    return tensor.to(torch.float32, memory_format=torch.channels_last) / 255
