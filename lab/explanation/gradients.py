"""Attribution by gradients: which pixels the class score hangs on.

Everything asks for the gradient of the class score before the softmax, and takes pixels in
[0, 1]. model: a classifier of lab.networks.models or any module from (N, C, H, W) to logits; its
weights may be frozen. Each function may be called inside torch.no_grad() or
torch.inference_mode(), and leaves no hook and no gradient behind.
Raises UserError for a class that the model lacks.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.errors import UserError
from lab.networks import layers
from lab.networks.models import Classifier
from lab.parameters import AUTO

# Pictures that go through the network at a time: more take memory, and no less time on a CPU.
CHUNK = 2


def _scores(model: nn.Module, pixels: Tensor, target: int) -> Tensor:
    logits: Tensor = model(pixels)
    if not 0 <= target < logits.shape[1]:
        raise UserError(f"no class {target}: choose from 0 to {logits.shape[1] - 1}")
    return logits[:, target]


def _gradients(model: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """The gradient for each picture of a batch, of its own score: the shape of `pixels`."""
    with torch.inference_mode(False), torch.enable_grad():
        # A copy: a tensor made in inference mode cannot be part of a graph.
        leaf = pixels.detach().clone().requires_grad_()
        (result,) = torch.autograd.grad(_scores(model, leaf, target).sum(), leaf)
    return result


def gradient(model: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """d score / d pixel, float32 (1, C, H, W): Simonyan et al., 2014."""
    return _gradients(model, pixels, target)


def gradient_times_input(model: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """Pixel times gradient, float32 (1, C, H, W): Shrikumar et al., 2016."""
    return pixels * _gradients(model, pixels, target)


def smooth_grad(
    model: nn.Module,
    pixels: Tensor,
    target: int,
    *,
    samples: int = 16,
    noise: float = 0.15,
    generator: torch.Generator | None = None,
) -> Iterator[Tensor]:
    """The mean gradient over noisy copies of the picture, as it settles: Smilkov et al., 2017.

    Yields float32 (1, C, H, W) after every few of `samples`; the last is the result. noise: the
    standard deviation of the noise, in pixel units. generator: on the CPU.
    """
    if samples < 1:
        raise UserError(f"samples={samples}: choose 1 or more")
    total, done = torch.zeros_like(pixels), 0
    while done < samples:
        count = min(CHUNK, samples - done)
        drawn = torch.randn((count, *pixels.shape[1:]), generator=generator).to(pixels.device)
        total = total + _gradients(model, pixels + noise * drawn, target).sum(0, keepdim=True)
        done += count
        yield total / done


def integrated_gradients(
    model: nn.Module,
    pixels: Tensor,
    target: int,
    *,
    baseline: Tensor | None = None,
    steps: int = 32,
    crowd: float = 1.0,
) -> Iterator[Tensor]:
    """The mean gradient on the way from `baseline` to the picture, times the way.

    Sundararajan et al., 2017, by Gauss and Legendre's quadrature with `steps` places. baseline:
    of the shape of `pixels`, black where it is None. crowd: the places lie at u ** crowd of the
    way, u evenly as the quadrature has them: from 1 on they crowd near the baseline. A network
    mostly makes up its mind in the first quarter of the way from black, so 2 comes as near to
    the integral with 48 steps as 1 does with twice as many.

    Yields float32 (1, C, H, W), the part of the way that is gone, after every few steps; the last
    is the result. Its sum is the score of the picture less that of the baseline (`completeness`).
    """
    if steps < 1:
        raise UserError(f"steps={steps}: choose 1 or more")
    if crowd < 1:
        raise ValueError(f"crowd={crowd}: choose 1 or more")
    start = torch.zeros_like(pixels) if baseline is None else baseline
    roots, weights = np.polynomial.legendre.leggauss(steps)
    u = (1 + roots) / 2
    # The second factor is the derivative of the place by u.
    parts = weights / 2 * crowd * u ** (crowd - 1)
    places = torch.tensor(u**crowd, dtype=pixels.dtype, device=pixels.device)
    shares = torch.tensor(parts, dtype=pixels.dtype, device=pixels.device)
    total = torch.zeros_like(pixels)
    for first in range(0, steps, CHUNK):
        at = places[first : first + CHUNK].view(-1, 1, 1, 1)
        share = shares[first : first + CHUNK].view(-1, 1, 1, 1)
        found = _gradients(model, start + at * (pixels - start), target)
        total = total + (share * found).sum(0, keepdim=True)
        yield total * (pixels - start)


def completeness(
    model: nn.Module,
    attribution: Tensor,
    pixels: Tensor,
    target: int,
    baseline: Tensor | None = None,
) -> float:
    """How far the attributions' sum is from the difference of the scores, as a share of it."""
    start = torch.zeros_like(pixels) if baseline is None else baseline
    with torch.no_grad():
        before, after = _scores(model, torch.cat([start, pixels]), target).tolist()
    wanted = after - before
    return float(abs(float(attribution.sum()) - wanted) / max(abs(wanted), 1e-12))


def grad_cam(
    model: Classifier, pixels: Tensor, target: int, *, layer: str = AUTO, relu: bool = True
) -> Tensor:
    """Feature maps weighted by their mean gradient, float32 (rows, columns).

    Selvaraju et al., 2017. layer: its name inside `model.network`, or "auto" for the last one that
    says where. relu: keep only what speaks for the class. Raises UserError for a layer that does
    not exist, or that has no rows and columns.
    """
    name = layers.last_spatial(model).name if layer == AUTO else layer
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        layers.recording(model, [name]) as kept,
    ):
        leaf = pixels.detach().clone().requires_grad_()
        score = _scores(model, leaf, target).sum()
        maps = kept.get(name)
        if maps is None or maps.ndim != 4:
            raise UserError(f"{name} has no rows and columns: choose a convolution or a block")
        (found,) = torch.autograd.grad(score, maps)
    weighted = (found.mean((2, 3), keepdim=True) * maps.detach()).sum(1)[0]
    return weighted.clamp(min=0) if relu else weighted


def agreement(heat: NDArray[np.float32], hidden: NDArray[np.float32], patch: int) -> float:
    """How far a map and an occlusion map put the places of a picture in the same order.

    Spearman's rank correlation, in [-1, 1], of what hiding each place costs and the heat under
    the patch there. heat: (H, W), a number for each pixel of the picture. hidden: (rows, columns),
    for as many places of a patch of `patch` pixels, which cover the picture evenly.
    """
    # Sums over rectangles, as differences of sums from the corner.
    total = np.pad(heat.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    top, left = (
        np.linspace(0, size - patch, count).round().astype(int)
        for size, count in zip(heat.shape, hidden.shape, strict=True)
    )
    below, right = top + patch, left + patch
    under = total[np.ix_(below, right)] + total[np.ix_(top, left)]
    under -= total[np.ix_(below, left)] + total[np.ix_(top, right)]
    if min(np.ptp(under), np.ptp(hidden)) == 0:
        return 0.0  # all places alike: there is no order to agree on
    ranks = [values.ravel().argsort().argsort() for values in (under, hidden)]
    return float(np.corrcoef(ranks)[0, 1])


def heat(attribution: Tensor) -> NDArray[np.float32]:
    """What of (1, C, H, W) is shown: the largest magnitude over the channels, float32 (H, W).

    As Simonyan et al. show the gradient.
    """
    return attribution[0].abs().amax(0).float().cpu().numpy()
