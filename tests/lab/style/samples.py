"""Images."""

import torch


def picture(height=24, width=32, seed=0):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
