"""Batch normalisation folded into the convolutions of a frozen network, in eval mode."""

from __future__ import annotations

import copy
from collections import Counter

import torch
from torch import Tensor, fx, nn


class _ConvolutionTracer(fx.Tracer):
    """Treats every convolution as a leaf, subclasses included: EfficientNet-Lite0 has its own."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, nn.Conv2d) or super().is_leaf_module(m, module_qualified_name)


def pairs(network: nn.Module) -> list[tuple[str, str]]:
    """(convolution, batch normalisation): names of those whose output only the other reads.

    Empty for a network that torch.fx cannot trace.
    """
    try:
        graph = _ConvolutionTracer().trace(network)
    except Exception:  # Tracing runs the network's own Python, which may fail in any way.
        return []
    calls = Counter(node.target for node in graph.nodes if node.op == "call_module")
    found = []
    for node in graph.nodes:
        if node.op != "call_module" or calls[node.target] > 1:
            continue
        given = node.args[0]
        if not isinstance(network.get_submodule(node.target), nn.BatchNorm2d):
            continue
        if not isinstance(given, fx.Node) or given.op != "call_module" or len(given.users) > 1:
            continue
        convolution = isinstance(network.get_submodule(str(given.target)), nn.Conv2d)
        if convolution and calls[given.target] == 1:
            found.append((str(given.target), str(node.target)))
    return found


def folded(network: nn.Module, *keep: str) -> nn.Module:
    """A frozen copy of a network with batch normalisation folded into its convolutions.

    It computes the same but for rounding. Every layer keeps its name and its output, except a
    folded convolution, which returns what its batch normalisation did, and the normalisation, which
    becomes an identity. keep: names of convolutions to leave, because their output is read. The
    network must be in eval mode; it is not changed, and returned itself where nothing can be
    folded.
    """
    foldable = [pair for pair in pairs(network) if pair[0] not in keep]
    if not foldable:
        return network
    network = copy.deepcopy(network)
    for first, second in foldable:
        conv, norm = network.get_submodule(first), network.get_submodule(second)
        assert isinstance(conv, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        if norm.training or norm.running_mean is None or norm.running_var is None:
            continue
        with torch.no_grad():
            weight, bias = folded_weights(conv.weight, conv.bias, norm)
            conv.weight, conv.bias = nn.Parameter(weight), nn.Parameter(bias)
        parent, _, name = second.rpartition(".")
        setattr(network.get_submodule(parent), name, nn.Identity())
    return network.requires_grad_(False)


def folded_weights(
    weight: Tensor, bias: Tensor | None, norm: nn.BatchNorm2d
) -> tuple[Tensor, Tensor]:
    """(weight, bias) of one convolution that computes a convolution and then `norm` in eval mode.

    weight: (out, in / groups, rows, columns). bias: (out,). norm: with running statistics.
    """
    assert norm.running_mean is not None
    assert norm.running_var is not None
    # y = x * scale + shift. In double: the variance of a channel that is always 0 is close to 0.
    scale = (norm.running_var.double() + norm.eps).rsqrt()
    if norm.weight is not None:
        scale = scale * norm.weight.detach().double()
    shift = -norm.running_mean.double() * scale
    if norm.bias is not None:
        shift = shift + norm.bias.detach().double()
    scale, shift = scale.to(weight.dtype), shift.to(weight.dtype)
    folded_weight = weight.detach() * scale.view(-1, 1, 1, 1)
    return folded_weight, shift if bias is None else shift + bias.detach() * scale
