"""Attribution by gradients: which pixels the score of a class depends on.

The score is the logit of the class, before the softmax. model: a classifier of lab.networks.models
or any module from (N, C, H, W) in [0, 1] to logits; it is used in eval mode, its weights may be
frozen, and its mode is restored. pixels: float32 (1, C, H, W) in [0, 1]. target: the index of the
class. Each function may be called inside torch.no_grad() or torch.inference_mode(), and leaves no
hook and no parameter gradient behind. Raises UserError for a class that the model does not have.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.errors import UserError
from lab.networks import layers
from lab.networks.eval_mode import eval_mode
from lab.networks.input_gradient import InputGraph, input_gradient
from lab.networks.models import Classifier
from lab.parameters import AUTO

# Images per pass: more take memory, and save no time on a CPU.
CHUNK = 2


def _scores(model: nn.Module, pixels: Tensor, target: int) -> Tensor:
    logits: Tensor = model(pixels)
    if not 0 <= target < logits.shape[1]:
        raise UserError(f"no class {target}: choose from 0 to {logits.shape[1] - 1}")
    return logits[:, target]


def _gradients(model: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """The gradient of each image's score to that image, in the shape of `pixels`, (N, C, H, W)."""

    def total(images: Tensor) -> tuple[Tensor, None]:
        return _scores(model, images, target).sum(), None

    with eval_mode(model):
        result, _ = input_gradient(pixels, total)
    return result


def gradient(model: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """d score / d pixel, float32 (1, C, H, W): Simonyan et al., 2014."""
    return _gradients(model, pixels, target)


def gradient_times_input(model: nn.Module, pixels: Tensor, target: int) -> Tensor:
    """Input times gradient, float32 (1, C, H, W): Shrikumar et al., 2016."""
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
    """The mean gradient over noisy copies of the image (SmoothGrad): Smilkov et al., 2017.

    Yields the mean so far, float32 (1, C, H, W), after every CHUNK samples; the last is the result.
    samples: 1 or more, else UserError. noise: standard deviation, in pixel units. generator: on the
    CPU; torch's global one if None.
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
    """Integrated gradients: the mean gradient on the path from a baseline, times the difference.

    Sundararajan et al., 2017, by Gauss-Legendre quadrature with `steps` nodes. baseline: in the
    shape of `pixels`; black if None. crowd: a node u in [0, 1] is placed at u ** crowd of the path,
    so that above 1 they are denser near the baseline. The score mostly changes in the first quarter
    of the path from black: 2 with 48 steps is as accurate as 1 with twice as many.

    Yields the integral so far, float32 (1, C, H, W), after every CHUNK steps; the last is the
    result. Its sum is the score of the image minus that of the baseline (`completeness`). Raises
    UserError for fewer than 1 step, ValueError for a crowd below 1.
    """
    if steps < 1:
        raise UserError(f"steps={steps}: choose 1 or more")
    if crowd < 1:
        raise ValueError(f"crowd={crowd}: choose 1 or more")
    start = torch.zeros_like(pixels) if baseline is None else baseline
    roots, weights = np.polynomial.legendre.leggauss(steps)
    u = (1 + roots) / 2
    # The weights times the derivative of the place with respect to u.
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
    """|sum of attribution - difference of the scores|, as a fraction of that difference.

    0 for exact integrated gradients (Sundararajan et al., 2017, the completeness axiom).
    """
    start = torch.zeros_like(pixels) if baseline is None else baseline
    with torch.no_grad():
        before, after = _scores(model, torch.cat([start, pixels]), target).tolist()
    wanted = after - before
    return float(abs(float(attribution.sum()) - wanted) / max(abs(wanted), 1e-12))


def grad_cam(
    model: Classifier, pixels: Tensor, target: int, *, layer: str = AUTO, relu: bool = True
) -> Tensor:
    """Grad-CAM: feature maps weighted by their mean gradient, float32 (rows, columns).

    Selvaraju et al., 2017. layer: its name inside `model.network`, or "auto" for the last spatial
    one. relu: set to 0 what speaks against the class. Raises UserError for a layer that does not
    exist, or that has no rows and columns.
    """
    name = layers.last_spatial(model).name if layer == AUTO else layer
    with eval_mode(model), layers.recording(model, [name]) as kept:
        graph = InputGraph(pixels, lambda image: _scores(model, image, target).sum())
    maps = kept.get(name)
    if maps is None or maps.ndim != 4:
        raise UserError(f"{name} has no rows and columns: choose a convolution or a block")
    (found,) = torch.autograd.grad(graph.output, maps)
    weighted = (found.mean((2, 3), keepdim=True) * maps.detach()).sum(1)[0]
    return weighted.clamp(min=0) if relu else weighted


def agreement(heat: NDArray[np.float32], hidden: NDArray[np.float32], patch: int) -> float:
    """Spearman's rank correlation, in [-1, 1], of a heatmap with an occlusion map.

    Between the mean heat under the patch at each position and what occluding it costs; 0 where one
    of them is constant. heat: (H, W), a number for each pixel. hidden: (rows, columns), for as many
    positions of a patch of `patch` pixels, evenly spread over the image.
    """
    # An integral image: sums over rectangles are differences of its values.
    total = np.pad(heat.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    top, left = (
        np.linspace(0, size - patch, count).round().astype(int)
        for size, count in zip(heat.shape, hidden.shape, strict=True)
    )
    below, right = top + patch, left + patch
    under = total[np.ix_(below, right)] + total[np.ix_(top, left)]
    under -= total[np.ix_(below, left)] + total[np.ix_(top, right)]
    if min(np.ptp(under), np.ptp(hidden)) == 0:
        return 0.0
    ranks = [values.ravel().argsort().argsort() for values in (under, hidden)]
    return float(np.corrcoef(ranks)[0, 1])


def heat(attribution: Tensor) -> NDArray[np.float32]:
    """An attribution (1, C, H, W) as a heatmap: its largest magnitude over channels, (H, W).

    float32, as Simonyan et al. (2014) show the gradient.
    """
    return attribution[0].abs().amax(0).float().cpu().numpy()
