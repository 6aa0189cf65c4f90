"""The values of a traced network for the clean image, and the steps that compute them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from lab.networks.efficientnet import pad_same
from lab.occlusion.operations import frozen
from lab.occlusion.receptive_fields import IDENTITIES, IN_PLACE, Pair, Step, Window, same_padding


class GraphValues:
    """What has been read of a traced network so far: each node's value, and the steps up to it."""

    def __init__(self, model: nn.Module, image: Tensor) -> None:
        self.steps: list[Step] = []
        self.model = model
        self.modules: Mapping[str, nn.Module] = dict(model.named_modules())
        self.constants: dict[fx.Node, Any] = {}
        self.number: dict[fx.Node, int] = {}
        self.values: list[Any] = [image]
        # Feature maps: values whose last two axes are those of the image, at any resolution.
        self.maps = {0}
        self.absorbed: set[fx.Node] = set()

    def _add(
        self,
        kind: str,
        inputs: tuple[int, ...],
        whole: Callable[..., Any],
        inside: Callable[[Tensor], Tensor] | None = None,
        window: Window | None = None,
    ) -> None:
        """Add a step, and its value for the clean image."""
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

    def _is_identity(self, node: fx.Node) -> bool:
        module = self.modules.get(str(node.target)) if node.op == "call_module" else None
        return isinstance(module, IDENTITIES) or (
            node.target is functional.dropout
            and (not node.kwargs.get("training", len(node.args) > 2 and node.args[2]))
        )

    def _absorb(self, node: fx.Node, last: fx.Node) -> None:
        """Give the value just added to the nodes folded into it, after `node` up to `last`."""
        while node is not last:
            node = next(iter(node.users))
            self.absorbed.add(node)
            self.number[node] = len(self.values) - 1

    def _padding_before(self, source: fx.Node) -> tuple[int, Pair, Pair] | None:
        """(value, before, after) if the source only pads another map with zeros."""
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
