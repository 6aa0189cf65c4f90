"""Batch normalisation folded into the convolutions of a network that is used, not trained."""

from __future__ import annotations

import copy
from collections import Counter

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights


class _Tracer(fx.Tracer):
    """Stops at every convolution, subclasses included: EfficientNet-Lite0 has one of its own."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, nn.Conv2d) or super().is_leaf_module(m, module_qualified_name)


def pairs(network: nn.Module) -> list[tuple[str, str]]:
    """The names of each convolution, and of the batch normalisation that alone reads it.

    Empty for a network that torch.fx cannot trace.
    """
    try:
        graph = _Tracer().trace(network)
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
    """A copy of a network in eval mode that computes the same, to rounding, with less work.

    Every layer keeps its name and its result, except a folded convolution, which returns what its
    batch normalisation did: name the layers that are to be read in `keep`. Returns the network
    itself where there is nothing to fold; the network is not changed.
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
            conv.weight, conv.bias = fuse_conv_bn_weights(
                *(conv.weight, conv.bias, norm.running_mean, norm.running_var),
                *(norm.eps, norm.weight, norm.bias),
            )
        parent, _, name = second.rpartition(".")
        setattr(network.get_submodule(parent), name, nn.Identity())
    return network.requires_grad_(False)
