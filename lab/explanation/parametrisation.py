"""Parametrisations of an image for gradient ascent: its pixels, or its Fourier spectrum.

Both hold the deviation of an image from a zero point, float32 (C, H, W), in pixel units (1 from
black to white), and return the image in [0, 1]. The zero point is what the network's normalisation
maps to zero: the mean of its training images.
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

    The zero frequency counts as the lowest other one. Scaled so that coefficients whose real and
    imaginary parts have standard deviation 1 give pixels with a standard deviation of about 1.
    """
    scale = frequencies(height, width).clamp(min=1 / max(height, width)).pow(-power)
    return scale * (height * width / 2 / scale.square().mean()).sqrt()


class Pixels:
    """The pixels themselves: plain gradient ascent, clamped to [0, 1].

    A step is `rate` times the gradient over its root mean square: `rate` is the root mean square
    change of a pixel, whatever the scale of the score.
    """

    def __init__(self, zero: Tensor, deviation: Tensor, noise: Tensor) -> None:
        """zero: (C, 1, 1). deviation: the start, noise: the step for a zero gradient, (C, H, W)."""
        self.zero, self._scaled = zero, _Scaling(noise)
        self.set(deviation)

    def set(self, deviation: Tensor) -> None:
        """Continue from this deviation, (C, H, W)."""
        self.values = (self.zero + deviation).clamp(0, 1) - self.zero

    def deviation(self) -> Tensor:
        """The current deviation, (C, H, W)."""
        return self.values

    def picture(self, values: Tensor) -> Tensor:
        """The image, (C, H, W) in [0, 1], of parameters like self.values."""
        return self.zero + values

    def ascend(self, gradient: Tensor, rate: float) -> None:
        """One step. gradient: of the score with respect to self.values."""
        self.set(self.values + rate * self._scaled(gradient))


class Fourier:
    """The Fourier spectrum of decorrelated colours, scaled by 1 / frequency**power.

    Mordvintsev, Olah and Tyka, 2015; Olah et al., 2017 ("Feature Visualization"). It can represent
    the same images, but steps of equal size in every coefficient change low frequencies most, as in
    the spectra of photographs, and the colours together. Steps are Adam's (Kingma and Ba, 2015), by
    about `rate` in each coefficient. A sigmoid keeps pixels in (0, 1).
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
        self._scaled = _Scaling(self._values(noise))
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
        """Continue from this deviation, (C, H, W); the moments of Adam are kept."""
        self.values = self._values(deviation)

    def deviation(self) -> Tensor:
        """The current deviation before the sigmoid, (C, H, W)."""
        return self._deviation(self.values)

    def picture(self, values: Tensor) -> Tensor:
        """The image, (C, H, W) in (0, 1), of parameters (C, H, W // 2 + 1, 2) like self.values."""
        # 4: the sigmoid's derivative at 0 is 1/4.
        return torch.sigmoid(4 * self._deviation(values) + self.bias)

    def ascend(self, gradient: Tensor, rate: float) -> None:
        """One step. gradient: of the score with respect to self.values."""
        gradient = self._scaled(gradient)
        self.steps += 1
        first, second = self.BETAS
        self.mean.lerp_(gradient, 1 - first)
        self.square.lerp_(gradient.square(), 1 - second)
        mean = self.mean / (1 - first**self.steps)
        square = self.square / (1 - second**self.steps)
        self.values = self.values + rate * mean / (square.sqrt() + 1e-8)


class _Scaling:
    """A gradient scaled to a root mean square of 1; noise of that size where it is zero everywhere.

    A unit before a ReLU that is 0 has no gradient. The sign of the noise changes after 1, 2, 4, ...
    such steps, so that both directions are tried, further each time, until the unit has one.
    """

    def __init__(self, noise: Tensor) -> None:
        self._noise = noise / noise.square().mean().sqrt()
        self._zeros = torch.zeros((), device=noise.device)

    def __call__(self, gradient: Tensor) -> Tensor:
        # Divided by the largest first: the square of 1e-20 is 0 in float32.
        peak = gradient.abs().amax()
        unit = gradient / peak.clamp(min=torch.finfo(gradient.dtype).tiny)
        scaled = unit / unit.square().mean().sqrt().clamp(min=1e-12)
        # On the device: nothing is read back.
        sign = 1 - 2 * ((self._zeros + 1).log2().floor() % 2)
        self._zeros = self._zeros + (peak == 0)
        return torch.where(peak > 0, scaled, sign * self._noise)
