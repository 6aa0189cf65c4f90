"""Inception modules (Szegedy et al., 2015): kernels of several sizes in parallel, and their cost.

A module has four branches, whose results are concatenated in depth: 1 x 1, 3 x 3 and 5 x 5
convolutions, and 3 x 3 max-pooling with a 1 x 1 convolution after it. With reductions a 1 x 1
convolution stands before the 3 x 3 and before the 5 x 5: it preserves the spatial dimensions and
changes the depth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

BRANCHES = ("1 × 1", "3 × 3", "5 × 5", "pool")


@dataclass(frozen=True)
class Widths:
    """Channels of a module: what it takes, what each branch gives, what the reductions leave."""

    inputs: int
    one: int
    three_reduced: int
    three: int
    five_reduced: int
    five: int
    pool: int

    @property
    def outputs(self) -> int:
        """The depth of the concatenation."""
        return self.one + self.three + self.five + self.pool

    @property
    def naive(self) -> int:
        """The same where no 1 x 1 convolution follows the max-pooling: it keeps all channels."""
        return self.one + self.three + self.five + self.inputs


@dataclass(frozen=True)
class Convolution:
    """One convolution of stride 1 with padding, so that its result is as large as its input.

    branch: one of BRANCHES. reduction: whether it only changes the depth, before a larger kernel.
    """

    branch: str
    kernel: int
    inputs: int
    outputs: int
    reduction: bool = False

    @property
    def weights(self) -> int:
        """Its parameters, without biases."""
        return self.kernel**2 * self.inputs * self.outputs

    def multiply_adds(self, size: int) -> int:
        """For a result of `size` x `size` positions."""
        return size**2 * self.weights


# Table 1 of the paper: the nine modules with the edge of their feature maps.
GOOGLENET: Mapping[str, tuple[Widths, int]] = {
    "3a": (Widths(192, 64, 96, 128, 16, 32, 32), 28),
    "3b": (Widths(256, 128, 128, 192, 32, 96, 64), 28),
    "4a": (Widths(480, 192, 96, 208, 16, 48, 64), 14),
    "4b": (Widths(512, 160, 112, 224, 24, 64, 64), 14),
    "4c": (Widths(512, 128, 128, 256, 24, 64, 64), 14),
    "4d": (Widths(512, 112, 144, 288, 32, 64, 64), 14),
    "4e": (Widths(528, 256, 160, 320, 32, 128, 128), 14),
    "5a": (Widths(832, 256, 160, 320, 32, 128, 128), 7),
    "5b": (Widths(832, 384, 192, 384, 48, 128, 128), 7),
}


def convolutions(widths: Widths, reduced: bool = True) -> Iterator[Convolution]:
    """Those of a module, branch by branch. reduced: with the 1 x 1 before the larger kernels.

    Without, the 3 x 3 and the 5 x 5 take all channels; the one after the pooling stays, so that
    both have the same output.
    """
    given = widths.inputs
    yield Convolution("1 × 1", 1, given, widths.one)
    for branch, kernel, between, outputs in (
        ("3 × 3", 3, widths.three_reduced, widths.three),
        ("5 × 5", 5, widths.five_reduced, widths.five),
    ):
        if reduced:
            yield Convolution(branch, 1, given, between, reduction=True)
        yield Convolution(branch, kernel, between if reduced else given, outputs)
    yield Convolution("pool", 1, given, widths.pool)


@dataclass(frozen=True)
class Cost:
    """What a module takes, by branch: multiply-adds of one image, and weights."""

    multiply_adds: Mapping[str, int]
    weights: Mapping[str, int]

    @property
    def total(self) -> int:
        """All multiply-adds."""
        return sum(self.multiply_adds.values())

    @property
    def parameters(self) -> int:
        """All weights."""
        return sum(self.weights.values())


def cost(widths: Widths, size: int, reduced: bool = True) -> Cost:
    """Of a module on feature maps of `size` x `size`."""
    multiply_adds = dict.fromkeys(BRANCHES, 0)
    weights = dict.fromkeys(BRANCHES, 0)
    for each in convolutions(widths, reduced):
        multiply_adds[each.branch] += each.multiply_adds(size)
        weights[each.branch] += each.weights
    return Cost(multiply_adds, weights)


class Inception(nn.Module):
    """The module itself, with ReLU after each convolution and without biases.

    (N, inputs, H, W) becomes (N, outputs, H, W).
    """

    def __init__(self, widths: Widths, reduced: bool = True) -> None:
        super().__init__()
        self.branches = nn.ModuleList()
        for branch in BRANCHES:
            layers: list[nn.Module] = [nn.MaxPool2d(3, 1, 1)] if branch == "pool" else []
            for each in convolutions(widths, reduced):
                if each.branch == branch:
                    layers.append(
                        nn.Conv2d(
                            each.inputs,
                            each.outputs,
                            each.kernel,
                            padding=each.kernel // 2,
                            bias=False,
                        )
                    )
                    layers.append(nn.ReLU())
            self.branches.append(nn.Sequential(*layers))

    def forward(self, maps: Tensor) -> Tensor:
        """All branches, concatenated in depth."""
        return torch.cat([branch(maps) for branch in self.branches], 1)
