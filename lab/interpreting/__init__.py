"""The lecture's chapter "Interpreting Neural Networks", and what its exhibits share."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def as_pixels(tensor: Tensor) -> NDArray[np.uint8]:
    """float (1, C, H, W) in [0, 1], C = 1 or 3, as uint8 (H, W, 3)."""
    three = tensor.expand(-1, 3, -1, -1)[0].permute(1, 2, 0)
    return (three * 255).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
