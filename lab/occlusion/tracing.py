"""A frozen network as a list of steps, each with its receptive field.

A convolution, a pooling or an activation computes a pixel of its result from a window of its
input. If only a patch of the image changes, only a rectangle of the result does, and only that has
to be computed (Nakandala et al., 2019, "Incremental and Approximate Inference for Faster
Occlusion-based Deep CNN Explanations"). Any other operation is opaque: it takes whole values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from torch import Tensor, fx, nn

from lab.networks.models import Classifier
from lab.occlusion.graph_reader import GraphReader
from lab.occlusion.receptive_fields import Step


def steps(model: nn.Module, image: Tensor) -> tuple[list[Step], list[Any]]:
    """The model as steps, and all values for `image`; one opaque step if fx cannot trace it.

    image: float32 (1, C, H, W). The steps are for images of this size.
    """
    # A Classifier checks the shape of its input, which a trace does not know.
    traced = (
        nn.Sequential(model.normalise, model.network) if isinstance(model, Classifier) else model
    )
    try:
        reader = GraphReader(traced, _Tracer().trace(traced), image)
        return _without_unused(reader.steps, reader.values)
    # Tracing can fail in any way: the model is then run whole.
    except Exception:
        return [Step("opaque", (0,), model)], [image, model(image)]


def _without_unused(steps: list[Step], values: list[Any]) -> tuple[list[Step], list[Any]]:
    """Without the steps whose result is not used: padding that a convolution does itself."""
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
        """As in fx, without its search through all parameters for each of them."""
        if isinstance(a, nn.Parameter) and a in self.names:
            return self.create_node("get_attr", self.names[a], (), {})
        return super().create_arg(a)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """As in fx, without that search."""
        if not isinstance(attr_val, nn.Parameter) or attr_val not in self.names:
            return attr_val
        name = self.names[attr_val]
        if name not in parameter_proxy_cache:
            parameter_proxy_cache[name] = self.create_proxy("get_attr", name, (), {})
        return parameter_proxy_cache[name]

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """PyTorch's layers are leaves; classes derived from them are not: they may differ."""
        return type(m).__module__.startswith("torch.nn.") and not isinstance(m, nn.Sequential)
