"""A frozen network as a list of steps that says of each how far it sees.

A convolution, a pooling or an activation computes a pixel of its result from a window of its
input. Where only a patch of the picture changes, only a rectangle of such a map does, and it can
be computed alone (Nakandala et al., 2019, "Incremental and Approximate Inference for Faster
Occlusion-based Deep CNN Explanations"). Any other operation is opaque: it sees everything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from lab.networks.efficientnet import pad_same
from lab.networks.models import Classifier
from lab.occlusion.operations import convolving, every, frozen
from lab.occlusion.receptive_fields import (
    ARITHMETIC,
    IN_PLACE,
    NOTHING,
    POINTWISE_FUNCTIONS,
    POINTWISE_LAYERS,
    Pair,
    Step,
    Window,
    convolution_arguments,
    extent_of,
    pair,
    pooled_whole,
    pooling,
    same_padding,
)


def steps(model: nn.Module, image: Tensor) -> tuple[list[Step], list[Any]]:
    """The model as steps, and all values for `image`; one opaque step where fx cannot follow it.

    image: float32 (1, C, H, W), the size that it is for.
    """
    # A Classifier looks at the shape of its pictures, which a trace does not know.
    traced = (
        nn.Sequential(model.normalise, model.network) if isinstance(model, Classifier) else model
    )
    try:
        reader = _Reader(traced, _Tracer().trace(traced), image)
        return _used(reader.steps, reader.values)
    # Whatever a model does that cannot be followed: it is run as it is.
    except Exception:
        return [Step("opaque", (0,), model)], [image, model(image)]


def _used(steps: list[Step], values: list[Any]) -> tuple[list[Step], list[Any]]:
    """Without the steps whose result nobody takes: padding that a convolution does itself."""
    wanted = {len(steps)}
    for i in range(len(steps), 0, -1):
        if i in wanted:
            wanted |= set(steps[i - 1].inputs)
    kept = sorted(wanted | {0})
    place = {old: new for new, old in enumerate(kept)}
    renumbered = [
        replace(steps[i - 1], inputs=tuple(place[j] for j in steps[i - 1].inputs))
        for i in kept
        if i
    ]
    return renumbered, [values[i] for i in kept]


class _Tracer(fx.Tracer):
    def trace(
        self, root: nn.Module | Callable[..., Any], concrete_args: dict[str, Any] | None = None
    ) -> fx.Graph:
        self.names = {p: name for name, p in cast(nn.Module, root).named_parameters()}
        return super().trace(root, concrete_args)

    def create_arg(self, a: Any) -> Any:
        """As fx does, which however looks through all parameters for each of them."""
        if isinstance(a, nn.Parameter) and a in self.names:
            return self.create_node("get_attr", self.names[a], (), {})
        return super().create_arg(a)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """As fx does, without that search."""
        if not isinstance(attr_val, nn.Parameter) or attr_val not in self.names:
            return attr_val
        name = self.names[attr_val]
        if name not in parameter_proxy_cache:
            parameter_proxy_cache[name] = self.create_proxy("get_attr", name, (), {})
        return parameter_proxy_cache[name]

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Layers are leaves, but not those derived from them: they may do something else."""
        return type(m).__module__.startswith("torch.nn.") and not isinstance(m, nn.Sequential)


class _Reader:
    """Reads a trace into steps, following the shapes of the clean picture's values."""

    def __init__(self, model: nn.Module, graph: fx.Graph, image: Tensor) -> None:
        self.steps: list[Step] = []
        self.model = model
        self.modules: Mapping[str, nn.Module] = dict(model.named_modules())
        self.constants: dict[fx.Node, Any] = {}
        self.number: dict[fx.Node, int] = {}
        self.values: list[Any] = [image]
        # Maps: values whose last two sides are those of the picture, made smaller or not.
        self.maps = {0}
        self.absorbed: set[fx.Node] = set()
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
        elif self._nothing(node):
            self.number[node] = self.number[node.all_input_nodes[0]]
        else:
            inputs = [n for n in node.all_input_nodes if n in self.number]
            numbers = tuple(self.number[n] for n in inputs)
            spatial = all(i in self.maps for i in numbers)
            if not (spatial and self._local(node, inputs, numbers)):
                self._add("opaque", numbers, self._function(node, inputs))
            self.number[node] = len(self.values) - 1

    def _add(
        self,
        kind: str,
        inputs: tuple[int, ...],
        whole: Callable[..., Any],
        inside: Callable[[Tensor], Tensor] | None = None,
        window: Window | None = None,
    ) -> None:
        step = Step(kind, inputs, whole, inside, window or Window())
        self.values.append(whole(*(self.values[i] for i in inputs)))
        self.steps.append(step)
        if kind != "opaque":
            self.maps.add(len(self.values) - 1)

    def _function(self, node: fx.Node, inputs: list[fx.Node]) -> Callable[..., Any]:
        """What the node computes, as a function of `inputs`."""
        constants = self.constants
        kind = node.op
        target: Any = node.target
        if kind == "get_attr":
            found: Any = self.model
            for name in str(target).split("."):
                found = getattr(found, name)
            fixed = found.detach() if isinstance(found, Tensor) else found
            return lambda: fixed
        layer = self.modules.get(str(target)) if kind == "call_module" else None
        module = frozen(layer) if layer is not None else None
        target = IN_PLACE.get(target, target)
        # An in-place activation would overwrite the clean map.
        options = {k: v for k, v in node.kwargs.items() if k != "inplace"}

        def call(*values: Any) -> Any:
            given = dict(zip(inputs, values, strict=True))

            def value(n: fx.Node) -> Any:
                return given[n] if n in given else constants[n]

            args = fx.node.map_arg(node.args, value)
            kwargs = fx.node.map_arg(options, value)
            if module is not None:
                return module(*args, **kwargs)
            if kind == "call_method":
                return getattr(args[0], str(target))(*args[1:], **kwargs)
            return cast(Callable[..., Any], target)(*args, **kwargs)

        return call

    def _nothing(self, node: fx.Node) -> bool:
        module = self.modules.get(str(node.target)) if node.op == "call_module" else None
        return isinstance(module, NOTHING) or (
            node.target is functional.dropout
            and (not node.kwargs.get("training", len(node.args) > 2 and node.args[2]))
        )

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
            # Mostly done by the convolution that follows; then nobody takes this step's result.
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
                # A sum is a new map: the activation that alone takes it may overwrite it.
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
        # One channel of four sides, and its place given back: as GoogLeNet's normalisation does.
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
        """Add a convolution with what follows it alone: normalisation, then ReLU or ReLU6."""
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
            # Of each stride one pixel is enough: the convolution is pointwise then.
            self._add("every", (number,), every(*stride), None, Window(stride=stride))
            number, stride = len(self.values) - 1, (1, 1)
        whole, inside = convolving(
            *(weight.detach(), bias, stride, dilation, groups, norm, activation, before, after)
        )
        self._add("window", (number,), whole, inside, Window(extent, stride, before))
        self._absorb(node, last)
        return True

    def _absorb(self, node: fx.Node, last: fx.Node) -> None:
        """What was folded in after `node`, up to `last`, carries the value just added."""
        while node is not last:
            node = next(iter(node.users))
            self.absorbed.add(node)
            self.number[node] = len(self.values) - 1

    def _padding_before(self, source: fx.Node) -> tuple[int, Pair, Pair] | None:
        """(value, before, after) where the source only lays zeros around another map."""
        if source.target is not pad_same:
            return None
        inner = self.number[cast(fx.Node, source.args[0])]
        if inner not in self.maps:
            return None
        kernel, stride = cast(Pair, source.args[1:])
        sizes = self.values[inner].shape[-2:]
        (up, down), (left, right) = (same_padding(size, kernel, stride) for size in sizes)
        return inner, (up, left), (down, right)

    def _only_user(self, node: fx.Node) -> fx.Node | None:
        return next(iter(node.users)) if len(node.users) == 1 else None

    def _activation(self, node: fx.Node) -> str:
        if node.op == "call_module":
            layer = self.modules[str(node.target)]
            names = {nn.ReLU: "relu", nn.ReLU6: "hardtanh"}
            return names.get(cast(Any, type(layer)), "")
        return {functional.relu: "relu", torch.relu: "relu", functional.relu6: "hardtanh"}.get(
            cast(Any, node.target), ""
        )
