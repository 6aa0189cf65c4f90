"""What gradient ascent climbs in: the pixels themselves, or their spectrum.

Both hold one picture as its deviation from a zero point, float32 (C, H, W), about in units of
grey levels (1 from black to white), and both give it in [0, 1]. Zero is what the network's
normalisation maps to zero, the mean of its training pictures.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

# The square root of the covariance of colours over ImageNet: a column for each decorrelated
# channel (brightness, then two opponent colours), a row each for R, G, B. Olah et al., 2017:
# lucid/optvis/param/color.py.
COLOUR = ((0.26, 0.09, 0.02), (0.27, 0.00, -0.05), (0.27, -0.09, 0.03))


def colour_matrix() -> Tensor:
    """COLOUR scaled as Lucid does, so that its longest column has length 1: float32 (3, 3)."""
    matrix = torch.tensor(COLOUR)
    length: Tensor = matrix.norm(dim=0).max()
    return matrix / length


def frequencies(height: int, width: int) -> Tensor:
    """Cycles per pixel of each coefficient of rfft2: float32 (height, width // 2 + 1)."""
    return torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None, :])


def spectral_scale(height: int, width: int, power: float) -> Tensor:
    """1 / frequency**power, float32 (height, width // 2 + 1).

    The mean counts as the lowest frequency. Scaled so that noise of standard deviation 1 in every
    coefficient (its real and its imaginary part) makes pixels of about standard deviation 1.
    """
    scale = frequencies(height, width).clamp(min=1 / max(height, width)).pow(-power)
    return scale * (height * width / 2 / scale.square().mean()).sqrt()


class Pixels:
    """The pixels themselves: what plain gradient ascent climbs in.

    A step is `rate` times the gradient over its root mean square, so that a rate means the same
    for every network and score: by how many grey levels a pixel moves. Pixels stay in [0, 1].
    """

    def __init__(self, zero: Tensor, deviation: Tensor, noise: Tensor) -> None:
        """zero: (C, 1, 1). deviation, noise: (C, H, W), where to begin and where to go lost."""
        self.zero, self.noise = zero, noise
        self.set(deviation)

    def set(self, deviation: Tensor) -> None:
        """Go on from this deviation."""
        self.values = (self.zero + deviation).clamp(0, 1) - self.zero

    def deviation(self) -> Tensor:
        """(C, H, W)."""
        return self.values

    def picture(self, values: Tensor) -> Tensor:
        """Values like self.values as a picture (C, H, W) in [0, 1]."""
        return self.zero + values

    def ascend(self, gradient: Tensor, rate: float) -> None:
        """One step. gradient: of the score with respect to self.values."""
        self.set(self.values + rate * _scaled(gradient, self.noise))


class Fourier:
    """The spectrum, each frequency scaled by 1 / frequency**power, of decorrelated colours.

    Mordvintsev, Olah and Tyka, 2015; Olah et al., 2017 ("Feature Visualization"). The same
    pictures can be reached, but steps of equal size in every coefficient change slow structure
    first, as natural pictures have it, and colours together. Steps are Adam's (Kingma and Ba,
    2015), by about `rate` in each coefficient. A sigmoid keeps pixels in (0, 1).
    """

    POWER: ClassVar[float] = 1.25
    BETAS: ClassVar[tuple[float, float]] = (0.9, 0.999)

    def __init__(self, zero: Tensor, deviation: Tensor, noise: Tensor) -> None:
        """As for Pixels."""
        channels, self.height, self.width = deviation.shape
        self.bias = zero.clamp(0.01, 0.99).logit()
        self.scale = spectral_scale(self.height, self.width, self.POWER).to(zero.device)
        self.colour = (colour_matrix() if channels == 3 else torch.eye(channels)).to(zero.device)
        self.uncolour = torch.linalg.inv(self.colour)
        self.set(deviation)
        self.noise = self._values(noise)
        self.mean, self.square = torch.zeros_like(self.values), torch.zeros_like(self.values)
        self.steps = 0

    def _values(self, deviation: Tensor) -> Tensor:
        channels = torch.einsum("ij,jhw->ihw", self.uncolour, deviation)
        spectrum = torch.fft.rfft2(channels) / self.scale
        return torch.view_as_real(spectrum).contiguous()

    def _deviation(self, values: Tensor) -> Tensor:
        spectrum = torch.view_as_complex(values) * self.scale
        channels = torch.fft.irfft2(spectrum, s=(self.height, self.width))
        return torch.einsum("ij,jhw->ihw", self.colour, channels)

    def set(self, deviation: Tensor) -> None:
        """Go on from this deviation, with the momentum that there is."""
        self.values = self._values(deviation)

    def deviation(self) -> Tensor:
        """(C, H, W), before the sigmoid."""
        return self._deviation(self.values)

    def picture(self, values: Tensor) -> Tensor:
        """Values like self.values, (C, H, W // 2 + 1, 2), as a picture (C, H, W) in (0, 1)."""
        # 4: the slope of the sigmoid is a quarter at its steepest.
        return torch.sigmoid(4 * self._deviation(values) + self.bias)

    def ascend(self, gradient: Tensor, rate: float) -> None:
        """One step. gradient: of the score with respect to self.values."""
        gradient = _scaled(gradient, self.noise)
        self.steps += 1
        first, second = self.BETAS
        self.mean.lerp_(gradient, 1 - first)
        self.square.lerp_(gradient.square(), 1 - second)
        mean = self.mean / (1 - first**self.steps)
        square = self.square / (1 - second**self.steps)
        self.values = self.values + rate * mean / (square.sqrt() + 1e-8)


def _scaled(gradient: Tensor, noise: Tensor) -> Tensor:
    """`gradient` with a root mean square of 1; `noise` where it is zero everywhere.

    A unit behind a ReLU may be silent, and give no direction at all, until something stirs it.
    """
    # The largest first: the squares of gradients of 1e-20 are zero in float32.
    peak = gradient.abs().amax()
    unit = gradient / peak.clamp(min=torch.finfo(gradient.dtype).tiny)
    return torch.where(peak > 0, unit / unit.square().mean().sqrt().clamp(min=1e-12), noise)
