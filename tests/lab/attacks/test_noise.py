"""Random noise: as large as an attack, in random directions."""

import torch

from lab import attacks as a
from tests.lab.attacks.samples import seeded


def test_every_value_moves_by_epsilon_up_or_down(images):
    noisy = a.noise(images, 0.05, generator=seeded())
    assert torch.allclose((noisy - images).abs(), torch.tensor(0.05))
    assert 0.4 < (noisy > images).float().mean() < 0.6
