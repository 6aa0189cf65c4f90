"""A real activation before and after each normalisation: its numbers, and their distribution."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.networks.eval_mode import eval_mode
from lab.networks.models import Classifier
from lab.networks.normalisation import (
    KINDS,
    BatchInstanceNorm2d,
    SwitchableNorm2d,
    WeightNormConv2d,
)
from lab.networks.pixels import to_float
from lab.payloads import Histogram, Matrix

# Images and channels whose numbers are written; the last row and column are of all.
IMAGES, CHANNELS = 4, 3
BINS = 48
STATISTICS = {"mean": "Mean", "std": "Standard deviation"}


def activation(network: Classifier, images: Tensor, layer: int) -> Tensor:
    """What convolution number `layer`, from 1, gives: float32 (N, C, H, W), in eval mode."""
    with eval_mode(network), torch.no_grad():
        x: Tensor = network.normalise(to_float(images))
        for name, module in network.network.named_children():
            x = module(x)
            if name == f"conv{layer}":
                break
    return x


def normalised(kind: str, network: Classifier, layer: int, x: Tensor) -> tuple[Tensor, Tensor]:
    """(before, after): the activation as that layer of `network` gets it, and as it leaves it.

    With gamma 1 and beta 0, so that only the averages are seen; other learned weights (the gate of
    batch-instance, the mixture of switchable, g) are the network's. Local response normalisation
    stands after the ReLU. Weight normalisation changes the filters: each channel by g / |v|.
    """
    with torch.no_grad():
        if kind == "weight":
            conv = network.network.get_submodule(f"conv{layer}")
            assert isinstance(conv, WeightNormConv2d)
            return x, x * (conv.g / conv.weight.flatten(1).norm(dim=1)).view(1, -1, 1, 1)
        before = x.relu() if kind == "local_response" else x
        norm = copy.deepcopy(network.network.get_submodule(f"norm{layer}")).train()
        for name, value in (("weight", 1.0), ("bias", 0.0)):
            if isinstance(given := getattr(norm, name, None), nn.Parameter):
                given.fill_(value)
        return before, norm(before)


def statistics(x: Tensor, statistic: str) -> NDArray[np.float64]:
    """Mean or standard deviation of each image and channel, float64 (N + 1, C + 1).

    The last column is of all channels, the last row of all images.
    """

    def of(*axes: int) -> Tensor:
        if statistic == "mean":
            return x.mean(axes)
        return x.std(axes, correction=0)

    grid = torch.cat([of(2, 3), of(1, 2, 3)[:, None]], 1)
    last = torch.cat([of(0, 2, 3), of(0, 1, 2, 3).view(1)])
    return torch.cat([grid, last[None]]).double().cpu().numpy()


def numbers(before: Tensor, after: Tensor, statistic: str, kind: str) -> Matrix:
    """The numbers of a few images and channels, and of all: before at the left, after at the right.

    On one scale, which for means has 0 in its middle.
    """
    images, channels = min(IMAGES, before.shape[0]), min(CHANNELS, before.shape[1])
    rows, columns = ([*range(n), -1] for n in (images, channels))
    both = [statistics(x, statistic)[np.ix_(rows, columns)] for x in (before, after)]
    values = np.concatenate(both, 1)
    known = values[np.isfinite(values)]
    top = float(np.abs(known).max(initial=1e-6))
    names = [*(str(i + 1) for i in range(channels)), "all"]
    return Matrix(
        np.round(values, 2) + 0.0,  # no -0.00
        [*(str(i + 1) for i in range(images)), "all"],
        [*names, *(f"→ {name}" for name in names)],
        -top if statistic == "mean" else 0.0,
        top,
        ".2f",
        title=f"{STATISTICS[statistic]} before, and after (→) {KINDS[kind].title.lower()}",
    )


def histogram(before: Tensor, after: Tensor) -> Histogram:
    """The share of all values in each bin, before and after."""
    both = torch.cat([before.flatten(), after.flatten()]).float()
    known = both[both.isfinite()]
    known = known if len(known) else torch.zeros(1)
    reach = max(float(known.abs().quantile(0.995)), 1e-6)
    low = -reach if float(known.min()) < 0 else 0.0
    series = {}
    for name, x in {"before": before, "after": after}.items():
        counts = torch.histc(x[x.isfinite()].float().cpu(), BINS, low, reach)
        series[name] = (counts / x.numel()).numpy()
    return Histogram(np.linspace(low, reach, BINS + 1), series)


def learned(networks: Mapping[str, Classifier], kind: str, layer: int) -> str:
    """What such a layer has learned besides gamma and beta, in a few words; empty for nothing."""
    network = networks[kind].network
    if kind == "weight":
        conv = network.get_submodule(f"conv{layer}")
        assert isinstance(conv, WeightNormConv2d)
        scale = conv.g.detach() / conv.weight.detach().flatten(1).norm(dim=1)
        return f"g / |v| from {scale.min():.2f} to {scale.max():.2f}"
    norm = network.get_submodule(f"norm{layer}")
    if isinstance(norm, BatchInstanceNorm2d):
        return f"gate ρ from {norm.rho.min().clamp(0, 1):.2f} to {norm.rho.max().clamp(0, 1):.2f}"
    if isinstance(norm, SwitchableNorm2d):
        shares = norm.mean_weight.detach().softmax(0).tolist()
        words = ("instance", "layer", "batch")
        mixed = ", ".join(f"{w} {share:.2f}" for w, share in zip(words, shares, strict=True))
        return f"means of {mixed}"
    return ""
