"""A traced network read into steps, node by node."""

from __future__ import annotations

import operator
from typing import Any, cast

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from lab.networks.efficientnet import pad_same
from lab.occlusion.graph_values import GraphValues
from lab.occlusion.operations import convolving, frozen, subsampling
from lab.occlusion.receptive_fields import (
    ARITHMETIC,
    IN_PLACE,
    POINTWISE_FUNCTIONS,
    POINTWISE_LAYERS,
    Window,
    convolution_arguments,
    extent_of,
    pair,
    pooled_whole,
    pooling,
)


class GraphReader(GraphValues):
    """Reads a trace into steps, following the shapes of the clean image's values."""

    def __init__(self, model: nn.Module, graph: fx.Graph, image: Tensor) -> None:
        super().__init__(model, image)
        for node in graph.nodes:
            if node not in self.absorbed:
                self._read(node)

    def _read(self, node: fx.Node) -> None:
        if node.op == "placeholder":
            if self.number:
                raise ValueError("more than one input")
            self.number[node] = 0
        elif node.op == "output":
            last = self.number[cast(fx.Node, node.args[0])]
            if last != len(self.values) - 1:
                self._add("opaque", (last,), lambda x: x)
        elif not any(n in self.number for n in node.all_input_nodes):
            self.constants[node] = self._function(node, [])()
        elif self._is_identity(node):
            self.number[node] = self.number[node.all_input_nodes[0]]
        else:
            inputs = [n for n in node.all_input_nodes if n in self.number]
            numbers = tuple(self.number[n] for n in inputs)
            spatial = all(i in self.maps for i in numbers)
            if not (spatial and self._local(node, inputs, numbers)):
                self._add("opaque", numbers, self._function(node, inputs))
            self.number[node] = len(self.values) - 1

    def _local(self, node: fx.Node, inputs: list[fx.Node], numbers: tuple[int, ...]) -> bool:
        """Add the node as a local step, if it is one."""
        if node.op == "call_module":
            return self._layer(node, inputs, numbers)
        if node.op != "call_function":
            return False
        if node.target is torch.conv2d and len(inputs) == 1:
            return self._convolution(node, **convolution_arguments(node, self.constants))
        if node.target is pad_same and isinstance(node.args[1], int):
            _, before, _ = self._padding_before(node) or (0, (0, 0), (0, 0))
            whole = self._function(node, inputs)
            # Usually the convolution that follows does the padding; then this step is not used.
            self._add("window", numbers, whole, lambda x: x, Window(before=before))
            return True
        if node.target is torch.cat and node.args:
            dim = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
            rank = self.values[numbers[0]].ndim
            if dim in (1, 1 - rank) and rank == 4 and len(numbers) == len(node.args[0]):  # type: ignore[arg-type]
                self._add("join", numbers, self._function(node, inputs))
                return True
            return False
        if node.target is functional.max_pool2d or node.target is torch.max_pool2d:
            return False
        if self._is_pointwise(node, numbers):
            whole, following = self._function(node, inputs), self._only_user(node)
            made = node.target in ARITHMETIC or node.target in IN_PLACE
            if made and following is not None and self._activation(following) == "relu":
                # A sum is a new tensor: the activation, its only user, may overwrite it.
                self._add("pointwise", numbers, lambda *values: whole(*values).relu_())
                self._absorb(node, following)
            else:
                self._add("pointwise", numbers, whole)
            return True
        return False

    def _is_pointwise(self, node: fx.Node, numbers: tuple[int, ...]) -> bool:
        if node.target in POINTWISE_FUNCTIONS:
            return len(numbers) == 1
        if node.target in ARITHMETIC or node.target in IN_PLACE:
            shape = self.values[numbers[0]].shape
            others = [self.constants[n] for n in node.all_input_nodes if n in self.constants]
            return all(self.values[i].shape == shape for i in numbers) and all(
                not isinstance(c, Tensor)
                or (c.ndim <= len(shape) and c.shape[-2:] in ((), (1,), (1, 1)))
                for c in others
            )
        # One channel of a 4D map, and its axis restored: GoogLeNet's normalisation of the input.
        if node.target is operator.getitem:
            key = node.args[1]
            rank = self.values[numbers[0]].ndim
            return (
                rank == 4
                and isinstance(key, tuple)
                and len(key) == 2
                and (key[0] == slice(None) and isinstance(key[1], (int, slice)))
            )
        if node.target is torch.unsqueeze:
            return self.values[numbers[0]].ndim == 3 and node.args[1:] == (1,)
        return False

    def _layer(self, node: fx.Node, inputs: list[fx.Node], numbers: tuple[int, ...]) -> bool:
        layer = self.modules[str(node.target)]
        if len(numbers) != 1 or self.values[numbers[0]].ndim != 4:
            return False
        if type(layer) is nn.Conv2d and layer.padding_mode == "zeros":
            return self._convolution(
                node,
                weight=layer.weight,
                bias=layer.bias,
                stride=layer.stride,
                padding=layer.padding,
                dilation=layer.dilation,
                groups=layer.groups,
            )
        if type(layer) in POINTWISE_LAYERS:
            self._add("pointwise", numbers, frozen(layer))
            return True
        if found := pooling(layer):
            inside, window = found
            self._add("window", numbers, pooled_whole(layer, inside), inside, window)
            return True
        return False

    def _convolution(
        self,
        node: fx.Node,
        *,
        weight: Tensor,
        bias: Tensor | None,
        stride: Any,
        padding: Any,
        dilation: Any,
        groups: int,
    ) -> bool:
        """Add a convolution; batch normalisation, ReLU or ReLU6 after it are folded in."""
        source = node.all_input_nodes[0]
        if source not in self.number or self.values[self.number[source]].ndim != 4:
            return False
        stride, dilation = pair(stride), pair(dilation)
        extent = extent_of((weight.shape[2], weight.shape[3]), dilation)
        if padding == "same":
            before = ((extent[0] - 1) // 2, (extent[1] - 1) // 2)
            after = (extent[0] - 1 - before[0], extent[1] - 1 - before[1])
        else:
            before = after = (0, 0) if padding == "valid" else pair(padding)
        norm, activation, last = None, "none", node
        following = self._only_user(last)
        if following is not None and following.op == "call_module":
            layer = self.modules[str(following.target)]
            if type(layer) is nn.BatchNorm2d and layer.track_running_stats and not layer.training:
                norm, last = layer, following
                following = self._only_user(last)
        if following is not None and (name := self._activation(following)):
            activation, last = name, following
        number = self.number[source]
        pad = self._padding_before(source) if before == after == (0, 0) else None
        if pad is not None:
            number, before, after = pad
        if extent == (1, 1) != stride and before == after == (0, 0):
            # A 1 x 1 convolution with a stride is a pointwise one of the subsampled map.
            self._add("subsample", (number,), subsampling(*stride), None, Window(stride=stride))
            number, stride = len(self.values) - 1, (1, 1)
        whole, inside = convolving(
            *(weight.detach(), bias, stride, dilation, groups, norm, activation, before, after)
        )
        self._add("window", (number,), whole, inside, Window(extent, stride, before))
        self._absorb(node, last)
        return True
