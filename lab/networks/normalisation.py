"""Normalisation layers: what each of them averages over, and those that torch does not have.

An activation is (N, C, H, W). Each way below subtracts a mean and divides by a standard deviation,
and they differ in the entries that these are computed from (`shared`). Two are exceptions: weight
normalisation divides the weights of a filter, not the activation, by their norm; local response
normalisation divides by the neighbouring channels and subtracts nothing.

Statistics are computed in float32. Means and variances over a batch are the biased ones, as in all
these papers; what the running averages keep is the unbiased variance, as in torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

EPS = 1e-5


class Normalisation(NamedTuple):
    """A line of KINDS. title, source: for the screen. axes: what is averaged over, in words."""

    title: str
    source: str
    axes: str


KINDS = {
    "batch": Normalisation("Batch", "Ioffe and Szegedy, 2015", "N, H, W"),
    "layer": Normalisation("Layer", "Ba et al., 2016", "C, H, W"),
    "instance": Normalisation("Instance", "Ulyanov et al., 2016", "H, W"),
    "group": Normalisation("Group", "Wu and He, 2018", "some C; H, W"),
    "weight": Normalisation("Weight", "Salimans and Kingma, 2016", "weights only"),
    "batch_instance": Normalisation("Batch-instance", "Nam and Kim, 2018", "N, H, W + H, W"),
    "switchable": Normalisation("Switchable", "Luo et al., 2019", "batch, layer, inst."),
    "local_response": Normalisation("Local response", "Krizhevsky et al., 2012", "5 channels"),
}
NONE = "none"


def _wide(x: Tensor) -> Tensor:
    """`x` in float32, or in float64 if it is."""
    return x if x.dtype == torch.float64 else x.float()


class _InstanceStatistics(torch.autograd.Function):
    """Mean and biased variance, with the gradient in closed form.

    d mean / dx = 1 / n and d variance / dx = 2 (x - mean) / n, in one pass: on a CPU torch.var_mean
    and its gradient take three times as long.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = x.mean((2, 3), keepdim=True)
        variance = (x - mean).square_().mean((2, 3), keepdim=True)
        ctx.save_for_backward(x, mean)
        return mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_mean: Tensor, of_variance: Tensor) -> Tensor:
        x, mean = ctx.saved_tensors
        n = x.shape[2] * x.shape[3]
        slope = of_variance * (2 / n)
        return torch.addcmul(of_mean / n - slope * mean, x, slope)


def instance_statistics(x: Tensor) -> tuple[Tensor, Tensor]:
    """(mean, biased variance) of each image and channel: float (N, C, 1, 1) of (N, C, H, W)."""
    found: tuple[Tensor, Tensor] = _InstanceStatistics.apply(_wide(x))
    return found


def pooled(mean: Tensor, variance: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """(mean, variance) of the union of equally large sets along `axis`: the law of total variance.

    With it the statistics of layers and batches are made from those of the instances (Luo et al.,
    2019, equation 4): the activation itself is read once.
    """
    whole = mean.mean(axis, keepdim=True)
    return whole, (variance + mean.square()).mean(axis, keepdim=True) - whole.square()


class _Running(nn.Module):
    """The running mean and variance of each channel, and gamma and beta. num_features: channels.

    momentum: how much of a batch goes into the running averages, in [0, 1].
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, num_features: int, eps: float = EPS, momentum: float = 0.1) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = nn.Parameter(torch.ones(num_features))
        self.bias = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def _batch(self, mean: Tensor, variance: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """(mean, variance) of each channel, (1, C, 1, 1): of the batch, or in eval mode running.

        mean, variance: of the instances. count: values of a channel in the batch.
        """
        if not self.training:
            view = (1, -1, 1, 1)
            return self.running_mean.view(view), self.running_var.view(view)
        mean, variance = pooled(mean, variance, 0)
        with torch.no_grad():
            unbiased = variance.flatten() * count / max(count - 1, 1)
            self.running_mean.lerp_(mean.flatten(), self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
        return mean, variance

    def _moved(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """gamma (x scale + shift) + beta. scale, shift: (N or 1, C, 1, 1).

        Multiplied out, so that the activation is read and written once: a third of the time.
        """
        gamma, beta = self.weight.view(1, -1, 1, 1), self.bias.view(1, -1, 1, 1)
        return torch.addcmul(gamma * shift + beta, _wide(x), gamma * scale).to(x.dtype)

    def extra_repr(self) -> str:
        """What `print` shows."""
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchInstanceNorm2d(_Running):
    """Batch and instance normalisation, mixed for each channel (Nam and Kim, 2018, equation 3).

    rho x batch + (1 - rho) x instance, then gamma and beta. rho: the gate of each channel, in
    [0, 1], learned; 1 at first, which is batch normalisation. What an optimiser moved beyond is
    brought back at the next pass in training mode, as the paper clips it after each step.
    """

    def __init__(self, num_features: int, eps: float = EPS, momentum: float = 0.1) -> None:
        super().__init__(num_features, eps, momentum)
        self.rho = nn.Parameter(torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (N, C, H, W) to the same shape."""
        if self.training:
            with torch.no_grad():
                self.rho.clamp_(0, 1)
        instance = instance_statistics(x)
        batch = self._batch(*instance, x.numel() // self.num_features)
        rho = self.rho.view(1, -1, 1, 1)
        one, other = ((variance + self.eps).rsqrt() for _, variance in (batch, instance))
        scale = rho * one + (1 - rho) * other
        return self._moved(x, scale, -rho * one * batch[0] - (1 - rho) * other * instance[0])


class SwitchableNorm2d(_Running):
    """Instance, layer and batch statistics, weighted (Luo et al., 2019, equation 3).

    The weights are softmax(mean_weight) for the means and softmax(var_weight) for the variances, in
    the order instance, layer, batch; equal at first. In eval mode the batch's are running averages
    (the paper averages over batches after the training).
    """

    def __init__(self, num_features: int, eps: float = EPS, momentum: float = 0.1) -> None:
        super().__init__(num_features, eps, momentum)
        self.mean_weight = nn.Parameter(torch.ones(3))
        self.var_weight = nn.Parameter(torch.ones(3))

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (N, C, H, W) to the same shape."""
        instance = instance_statistics(x)
        layer = pooled(*instance, 1)
        batch = self._batch(*instance, x.numel() // self.num_features)
        means = zip(self.mean_weight.softmax(0), (instance, layer, batch), strict=True)
        variances = zip(self.var_weight.softmax(0), (instance, layer, batch), strict=True)
        mean = sum(w * kind[0] for w, kind in means)
        variance = sum(w * kind[1] for w, kind in variances)
        scale = (variance + self.eps).rsqrt()
        return self._moved(x, scale, -mean * scale)


class LocalResponseNorm(nn.Module):
    """Each value divided by its neighbours in the channels (Krizhevsky et al., 2012, section 3.3).

    b_i = a_i / (k + alpha x sum of a_j² over the `size` channels around i) ^ beta, with fewer
    channels at the ends. The defaults are the paper's. Torch's layer multiplies the mean by its
    alpha, which is `size` times this one.
    """

    def __init__(
        self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0
    ) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (N, C, H, W) to the same shape."""
        wide, channels = _wide(x), torch.arange(x.shape[1], device=x.device)
        # The sum over the neighbours as a 1 x 1 convolution with ones near its diagonal.
        away = channels - channels[:, None]
        before = self.size // 2
        near = ((away >= -before) & (away < self.size - before)).to(wide)[..., None, None]
        total = self.k + self.alpha * F.conv2d(wide.square(), near)
        # Without pow, which is slow.
        usual = self.beta == 0.75
        power = total.rsqrt() * total.sqrt().rsqrt() if usual else total.pow(-self.beta)
        return (wide * power).to(x.dtype)

    def extra_repr(self) -> str:
        """What `print` shows."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class WeightNormConv2d(nn.Conv2d):
    """A convolution whose filters are g v / |v| (Salimans and Kingma, 2016, equation 2).

    weight: the directions v, (out, in, rows, columns); g: the length of each filter, (out,).
    """

    def __init__(
        self, channels: int, out: int, kernel: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__(channels, out, kernel, stride, padding)
        self.g = nn.Parameter(torch.empty(out))
        self.keep_length()

    def keep_length(self) -> None:
        """Set g to |v|: the filters are then v itself."""
        with torch.no_grad():
            self.g.copy_(self.weight.flatten(1).norm(dim=1))

    def filters(self) -> Tensor:
        """The weights that it convolves with, as (out, in, rows, columns)."""
        v: Tensor = self.weight
        scale: Tensor = self.g / v.flatten(1).norm(dim=1)
        return v * scale.view(-1, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (N, channels, H, W) to (N, out, H', W')."""
        out: Tensor = self._conv_forward(x, self.filters(), self.bias)
        return out


class NoisyBatchNorm(nn.Module):
    """Batch normalisation, and noise after it in training (Santurkar et al., 2018, appendix A.2).

    The noise gives each channel of each image another mean and scale, drawn around a mean and a
    scale that are themselves drawn anew for every pass: the next layer's input is as unstable as
    without normalisation, or more. The paper's constants. In eval mode there is none.

    norm: nn.BatchNorm1d or nn.BatchNorm2d. share: of the noise, 1 for the paper's, 0 for none; may
    change between two passes.
    """

    MEAN, SCALE, MEAN_SPREAD, SCALE_SPREAD = 0.5, 1.25, 0.1, 0.1

    def __init__(self, norm: nn.Module, share: float = 1.0) -> None:
        super().__init__()
        self.norm, self.share = norm, share

    def forward(self, x: Tensor) -> Tensor:
        """Values (N, C, ...) to the same shape."""
        out: Tensor = self.norm(x)
        if not self.training or not self.share:
            return out
        channels, each = out.shape[1], out.shape[:2]

        def between(low: float, high: float, shape: Sequence[int]) -> Tensor:
            return low + (high - low) * torch.rand(tuple(shape), device=x.device)

        mean = between(-self.MEAN, self.MEAN, (1, channels))
        mean = mean + between(-self.MEAN_SPREAD, self.MEAN_SPREAD, each)
        scale = between(1, self.SCALE, (1, channels))
        scale = scale + self.SCALE_SPREAD * torch.randn(each, device=x.device)
        mean, scale = self.share * mean, 1 + self.share * (scale - 1)
        view = (*each, *(1 for _ in out.shape[2:]))
        return (out * scale.view(view) + mean.view(view)).to(x.dtype)


def groups_of(channels: int, groups: int) -> int:
    """The largest divisor of both: as many equal groups of channels."""
    return math.gcd(channels, groups)


def normalisation(kind: str, channels: int, groups: int = 4) -> nn.Module:
    """The layer of that kind for feature maps (N, channels, H, W); all but the last have an affine.

    kind: a name of KINDS, or NONE; of "weight" and NONE it is the identity: the first changes the
    convolution. groups: for "group". ValueError for an unknown kind.
    """
    if kind in (NONE, "weight"):
        return nn.Identity()
    if kind == "batch":
        return nn.BatchNorm2d(channels)
    if kind == "layer":
        return nn.GroupNorm(1, channels)
    if kind == "instance":
        return nn.InstanceNorm2d(channels, affine=True)
    if kind == "group":
        return nn.GroupNorm(groups_of(channels, groups), channels)
    if kind == "batch_instance":
        return BatchInstanceNorm2d(channels)
    if kind == "switchable":
        return SwitchableNorm2d(channels)
    if kind == "local_response":
        return LocalResponseNorm()
    raise ValueError(f"norm {kind}: choose from {', '.join((NONE, *KINDS))}")


def shared(
    kind: str, shape: tuple[int, int, int], at: tuple[int, int, int], groups: int = 4
) -> list[Tensor]:
    """Which values are averaged for the value `at`: bool masks of `shape`, one for each average.

    shape: (N, C, H x W). Batch-instance has two averages, switchable three; "weight" and NONE have
    none, since no activation is averaged.
    """
    n, c = torch.arange(shape[0]), torch.arange(shape[1])
    same_image = (n == at[0]).view(-1, 1, 1)
    same_channel = (c == at[1]).view(1, -1, 1)
    every = torch.ones(shape, dtype=torch.bool)
    batch, layer = every & same_channel, every & same_image
    instance = layer & same_channel
    if kind in (NONE, "weight"):
        return []
    if kind == "group":
        size = shape[1] // groups_of(shape[1], groups)
        return [layer & (c // size == at[1] // size).view(1, -1, 1)]
    if kind == "local_response":
        place = (torch.arange(shape[2]) == at[2]).view(1, 1, -1)
        return [layer & place & ((c - at[1]).abs() <= 2).view(1, -1, 1)]
    averages = {
        "batch": [batch],
        "layer": [layer],
        "instance": [instance],
        "batch_instance": [batch, instance],
        "switchable": [batch, layer, instance],
    }
    return averages[kind]
