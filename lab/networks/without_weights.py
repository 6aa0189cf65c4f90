"""Networks that are built without memory for their weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

# What weights are made by.
_MAKERS = frozenset((torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn))


class WithoutWeights(TorchFunctionMode):
    """Inside the `with`, networks are built with weights on the device "meta".

    Tensors as weights are made of have no memory there, and are not filled, so that no random
    number is drawn. All others are computed: with `torch.device("meta")` RegNet could not read the
    widths that it computes with tensors. So move the network `.to("meta")` afterwards.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if args and _fills(func) and isinstance(args[0], Tensor) and args[0].is_meta:
            return args[0]
        if func in _MAKERS:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


def _fills(func: Any) -> bool:
    """Whether it changes its first argument in place, as initialisations do."""
    name = getattr(func, "__name__", "")
    return name.endswith("_") and not name.endswith("__")
