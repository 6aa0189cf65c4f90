"""A network as the list of its operations, in the order in which a forward pass does them.

The forward pass runs on PyTorch's meta device, where tensors have shapes and no memory. A layer of
PyTorch is one operation; a function called between layers (an addition, a concatenation) is one of
its own. torch.fx is not used: it would need concrete sizes in half of torchvision's transformers.
"""

from __future__ import annotations

import inspect
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

aten = torch.ops.aten

Pair = tuple[int, int]

INPUT = "input"
"""The kind of the first operation: the image itself."""

# Classes outside torch.nn that are shown as one operation: class name -> the field's term.
_WHOLE = {
    "ShiftedWindowAttention": "window attention",
    "ShiftedWindowAttentionV2": "window attention",
    "RelativePositionalMultiHeadAttention": "attention",
    "StochasticDepth": "StochasticDepth",
    "WindowPartition": "window partition",
    "WindowDepartition": "window departition",
    "LayerNorm2d": "LayerNorm2d",
    "Flatten": "flatten",
}
# Classes of torch.nn that only chain others.
_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
# Functions, by name without underscores. Any other keeps its own name.
_KINDS = {
    **dict.fromkeys(("add", "iadd", "radd"), "add"),
    **dict.fromkeys(("sub", "isub", "rsub"), "subtract"),
    **dict.fromkeys(("mul", "imul", "rmul", "multiply"), "multiply"),
    **dict.fromkeys(("div", "truediv", "itruediv", "rtruediv"), "divide"),
    **dict.fromkeys(("cat", "concat", "concatenate"), "concatenate"),
    **dict.fromkeys(("view", "reshape", "unflatten", "squeeze", "unsqueeze"), "reshape"),
    **dict.fromkeys(("permute", "transpose", "swapaxes", "movedim"), "permute"),
    **dict.fromkeys(("chunk", "split", "unbind", "tensor_split"), "split"),
    **dict.fromkeys(("matmul", "bmm", "einsum", "imatmul"), "matmul"),
    **{"flatten": "flatten", "getitem": "slice", "pad": "pad", "mean": "mean"},
    **{"conv2d": "Conv2d", "linear": "Linear", "batch_norm": "BatchNorm2d"},
    **{"layer_norm": "LayerNorm", "group_norm": "GroupNorm", "relu": "ReLU", "relu6": "ReLU6"},
    **{"gelu": "GELU", "silu": "SiLU", "hardswish": "Hardswish", "sigmoid": "Sigmoid"},
    **{"softmax": "Softmax", "dropout": "Dropout", "local_response_norm": "LocalResponseNorm"},
    **{"max_pool2d": "MaxPool2d", "avg_pool2d": "AvgPool2d"},
    **{"adaptive_avg_pool2d": "AdaptiveAvgPool2d", "adaptive_max_pool2d": "AdaptiveMaxPool2d"},
    **{"scaled_dot_product_attention": "attention", "multi_head_attention_forward": "attention"},
}
# They change neither the values nor their arrangement: their result counts as their input's.
_PASSING = {"contiguous", "to", "detach", "clone", "float", "type", "alias", "view_as", "get"}
# What a function is called with, where it says a kernel: the names of its arguments, in order.
_SIGNATURES = {
    "conv2d": ("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
    "max_pool2d": ("input", "kernel_size", "stride", "padding", "dilation"),
    "avg_pool2d": ("input", "kernel_size", "stride", "padding"),
    "adaptive_avg_pool2d": ("input", "output_size"),
    "adaptive_max_pool2d": ("input", "output_size"),
}
# Functions whose result is as their first argument.
_SAME = {aten.relu, aten.gelu, aten.silu, aten.hardswish, aten.hardsigmoid, aten.sigmoid}
_BOTH = {aten.add, aten.mul}
_IN_PLACE = {aten.relu_, aten.silu_, aten.hardswish_, aten.hardsigmoid_, aten.hardtanh_, aten.add_}
_NORMALISATIONS = {aten.native_batch_norm, aten.native_layer_norm}
_POOLS = ("MaxPool2d", "AvgPool2d", "LPPool2d")


@dataclass(frozen=True)
class Operation:
    """One step of the forward pass.

    name: unique in its trace. path: the qualified name of the module that it is or lies in, such
    as "layer1.0.conv1"; "" for the network itself. module: of the module around it: for a layer,
    the path without its last part. kind: the field's term. inputs: the operations whose results it
    takes, as indices. shape: of its (first) result, with a batch of one: (1, C, H, W),
    (1, tokens, C) or (1, units).

    kernel, stride, padding, dilation: (rows, columns), or None where it has none; of a "pad", the
    padding is what it adds at the top and the left. groups: of a convolution, else 1. parameters:
    those that no operation before it used. multiply_adds: of its convolutions and matrix products.
    layers: how many of them with weights lie one behind another in it: 1 for a convolution, 2 for
    an attention with its projections. channel_axis: the axis of its result along which channels
    lie: 1 of (1, C, H, W), 3 of (1, H, W, C), 2 of (1, tokens, C).

    more: the other arguments that place its result: "axes" of a permute (for each axis of the
    result, that of the input), "start" and "step" of a slice (one for each axis), "axis" of a
    concatenation, softmax, split or mean, "window" and "shift" of a window attention.
    """

    name: str
    path: str
    module: str
    kind: str
    inputs: tuple[int, ...]
    shape: tuple[int, ...]
    kernel: Pair | None = None
    stride: Pair | None = None
    padding: Pair | None = None
    dilation: Pair | None = None
    groups: int = 1
    parameters: int = 0
    multiply_adds: int = 0
    layers: int = 0
    channel_axis: int = 1
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """operations: the first is the image, the last the result. parameters: all of the network's.

    A few networks have parameters that the forward pass of evaluation does not use, such as the
    auxiliary classifier of Inception: they count here, and in no operation.
    """

    operations: tuple[Operation, ...]
    parameters: int

    @cached_property
    def multiply_adds(self) -> int:
        """Of convolutions and matrix products, for one image."""
        return sum(each.multiply_adds for each in self.operations)

    @cached_property
    def layers(self) -> int:
        """Layers with weights on the longest path: the 50 of ResNet-50."""
        depths: list[int] = []
        for each in self.operations:
            depths.append(each.layers + max((depths[i] for i in each.inputs), default=0))
        return max(depths)

    def index(self, name: str) -> int:
        """The place of the operation of that name. KeyError where there is none."""
        return self._places[name]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {each.name: i for i, each in enumerate(self.operations)}


def traced(network: nn.Module, size: int | Pair, channels: int = 3) -> Trace:
    """The operations of a forward pass in evaluation of an image of `size` (rows, columns).

    The network is left as it is, whatever device its weights are on; no memory is taken for them.
    Raises what the network raises for a size that it does not take.
    """
    rows, columns = (size, size) if isinstance(size, int) else size
    state = {
        name: tensor if tensor.is_meta else tensor.detach().to("meta")
        for name, tensor in (*network.named_parameters(), *network.named_buffers())
    }
    bare = all(tensor.is_meta for tensor in (*network.parameters(), *network.buffers()))
    owned = {id(state[name]): state[name].numel() for name, _ in network.named_parameters()}
    image = torch.empty(1, channels, rows, columns, device="meta")
    recorder = _Recorder(owned, image)
    recording = recorder.hooked(network)
    with _evaluating(network), torch.no_grad(), recording, recorder, recorder.counter:
        network(image) if bare else functional_call(network, state, (image,))
    return Trace(tuple(recorder.operations), sum(owned.values()))


def watched(
    network: nn.Module, image: Tensor, receive: Callable[[Operation, Tensor], None]
) -> Tensor:
    """The network's output for `image`, (1, C, H, W), with its own weights and in evaluation.

    receive: called with each operation, named as by `traced`, and its (first) result, which it must
    not keep: a later operation may overwrite it. The operations' multiply-adds are 0.
    """
    recorder = _Watcher({id(each): each.numel() for each in network.parameters()}, image, receive)
    with _evaluating(network), torch.no_grad(), recorder.hooked(network), recorder:
        output: Tensor = network(image)
    return output


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    """Inside the `with`, the network is in eval mode; each of its modules returns to its own."""
    training = {module: module.training for module in network.modules()}
    try:
        network.eval()
        yield
    finally:
        for module, mode in training.items():
            module.training = mode


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up multiply-adds by PyTorch's own formulas of floating-point operations.

    The shapes of the most frequent functions are found here: PyTorch does that for them in Python,
    in 1 to 2 ms each, half of a trace's time.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.multiply_adds = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        packet = func.overloadpacket
        if packet in _IN_PLACE:
            result = args[0]
        elif packet in _SAME or (packet in _BOTH and _alike(*args)):
            result = torch.empty_like(args[0])
        elif packet in _NORMALISATIONS:
            # The second and third are its statistics, which evaluation does not use.
            result = torch.empty_like(args[0]), args[0].new_empty(0), args[0].new_empty(0)
        elif packet is aten.addmm:
            result = args[1].new_empty(args[1].shape[0], args[2].shape[1])
        else:
            result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(packet)
        if formula is not None:
            self.multiply_adds += formula(*args, **(kwargs or {}), out_val=result) // 2
        return result


def _alike(first: Any, second: Any, *_: Any) -> bool:
    return isinstance(second, Tensor) and first.shape == second.shape


class _Recorder(TorchFunctionMode):
    """Notes each layer and each function between layers, with the results that it takes."""

    def __init__(self, owned: Mapping[int, int], image: Tensor) -> None:
        super().__init__()
        self.counter = _Counter()
        self.unused = dict(owned)
        self.operations = [Operation(INPUT, "", "", INPUT, (), tuple(image.shape))]
        # By identity; the tensors are kept, so that no identity is used again.
        self.origin = {id(image): 0}
        self.kept: dict[int, Any] = {id(image): image}
        self.paths = [""]
        self.whole: nn.Module | None = None
        self.before = 0
        self.versions: dict[int, int] = {}
        self.names: Counter[str] = Counter()

    @contextmanager
    def hooked(self, network: nn.Module) -> Iterator[None]:
        """Inside the `with`, the recorder knows which module is running."""
        handles = []
        try:
            for name, module in network.named_modules():
                if name:
                    handles.append(module.register_forward_pre_hook(self._entering(name)))
                    handles.append(module.register_forward_hook(self._left))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _entering(self, name: str) -> Callable[[nn.Module, Any], None]:
        def hook(module: nn.Module, args: Any) -> None:
            self.paths.append(name)
            if self.whole is None and _is_whole(module):
                self.whole = module
                self.before = self.counter.multiply_adds
                self.versions = {id(each): each._version for each in _tensors(args)}

        return hook

    def _left(self, module: nn.Module, args: Any, result: Any) -> Any:
        path = self.paths.pop()
        if self.whole is not module:
            return result
        self.whole = None
        # A layer that passes its input on (dropout) gets a result of its own to be known by.
        if isinstance(result, Tensor) and self.versions.get(id(result)) == result._version:
            result = result.view_as(result)
        self._note(
            path,
            path.rpartition(".")[0],
            _kind(module),
            args,
            result,
            list(module.parameters()),
            _geometry(module, args, result),
            name=path,
        )
        return result

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.whole is not None:
            return func(*args, **kwargs)
        before = self.counter.multiply_adds
        result = func(*args, **kwargs)
        if not any(True for _ in _tensors(result)):
            return result
        word = getattr(func, "__name__", "function").strip("_")
        given = [each for each in _tensors((args, kwargs)) if id(each) not in self.unused]
        known = [each for each in given if id(each) in self.origin]
        weights = [each for each in _tensors((args, kwargs)) if id(each) in self.unused]
        if word in _PASSING:
            for each in _tensors(result):
                if known and id(each) not in self.origin:
                    self._keep(each, self.origin[id(known[0])])
            return result
        if not known and not weights:
            return result
        self.before = before
        path = self.paths[-1]
        kind = _KINDS.get(word, word)
        geometry = _called(word, args, kwargs, result)
        self._note(path, path, kind, (args, kwargs), result, weights, geometry)
        return result

    def _note(
        self,
        path: str,
        module: str,
        kind: str,
        given: Any,
        result: Any,
        weights: Iterable[Tensor],
        geometry: Mapping[str, Any],
        name: str = "",
    ) -> None:
        name = name or f"{module}.{kind}".strip(".").replace(" ", "_")
        self.names[name] += 1
        if self.names[name] > 1:
            name = f"{name}:{self.names[name]}"
        # In the order in which they are given, each once.
        inputs = dict.fromkeys(
            self.origin[id(each)] for each in _tensors(given) if id(each) in self.origin
        )
        results = list(_tensors(result))
        parameters = sum(self.unused.pop(id(each), 0) for each in weights)
        self.operations.append(
            Operation(
                name=name,
                path=path,
                module=module,
                kind=kind,
                inputs=tuple(inputs),
                shape=tuple(results[0].shape),
                parameters=parameters,
                multiply_adds=self.counter.multiply_adds - self.before,
                layers=_layers(kind),
                channel_axis=self._channel_axis(kind, list(inputs), results[0], geometry),
                **geometry,
            )
        )
        for each in results:
            self._keep(each, len(self.operations) - 1)
        self._seen(results[0])

    def _channel_axis(
        self, kind: str, inputs: list[int], result: Tensor, geometry: Mapping[str, Any]
    ) -> int:
        last = result.ndim - 1
        if kind in ("window partition", "attention"):
            return last
        if not inputs or kind in ("Linear", "flatten", "window departition"):
            # Made of parameters alone: tokens are (1, tokens, C).
            return last if kind == "Linear" or not inputs else 1
        given = self.operations[inputs[0]].channel_axis
        axes = geometry.get("more", {}).get("axes")
        return axes.index(given) if axes else min(given, last)

    def _keep(self, tensor: Tensor, index: int) -> None:
        self.origin[id(tensor)] = index
        self.kept[id(tensor)] = tensor

    def _seen(self, result: Tensor) -> None:
        """Called with the result of the operation that was noted last."""


class _Watcher(_Recorder):
    """A recorder of a pass with weights: it shows each result, and keeps none."""

    def __init__(
        self,
        owned: Mapping[int, int],
        image: Tensor,
        receive: Callable[[Operation, Tensor], None],
    ) -> None:
        super().__init__(owned, image)
        self.receive = receive
        receive(self.operations[0], image)

    def _keep(self, tensor: Tensor, index: int) -> None:
        """Note it without holding it: a freed tensor's identity is used again."""
        key = id(tensor)
        self.origin[key] = index
        self.kept[key] = weakref.ref(tensor, lambda _: self.origin.pop(key, None))

    def _seen(self, result: Tensor) -> None:
        self.receive(self.operations[-1], result)


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _tensors(each)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _is_whole(module: nn.Module) -> bool:
    """Whether it is shown as one operation.

    PyTorch's own layers are. A class derived from one whose forward pass is its own (padding as
    TensorFlow does) is read from the functions that it calls.
    """
    kind = type(module)
    if kind.__name__ in _WHOLE:
        return True
    if isinstance(module, _CONTAINERS):
        return False
    defined = next(c for c in inspect.getmro(kind) if "forward" in vars(c))
    return defined.__module__.startswith("torch.nn.")


def _kind(module: nn.Module) -> str:
    for kind in inspect.getmro(type(module)):
        if kind.__name__ in _WHOLE:
            return _WHOLE[kind.__name__]
        if kind.__module__.startswith("torch.nn."):
            return kind.__name__
    return type(module).__name__


def _layers(kind: str) -> int:
    if "attention" in kind.lower():
        return 2
    return 1 if kind.startswith("Conv") or kind in ("Linear", "Bilinear") else 0


def _pair(value: Any) -> Pair:
    if isinstance(value, int):
        return value, value
    first, second = value
    return int(first), int(second)


def _geometry(module: nn.Module, args: Any, result: Any) -> dict[str, Any]:
    """Kernel, stride, padding, dilation and groups of a layer, where it has them."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        return _convolution(
            module.kernel_size, module.stride, module.padding, module.dilation, module.groups
        )
    kind = type(module).__name__
    if kind in _POOLS:
        size, step = getattr(module, "kernel_size"), getattr(module, "stride", None)  # noqa: B009
        padding, dilation = getattr(module, "padding", 0), getattr(module, "dilation", 1)
        return _convolution(size, step or size, padding, dilation)
    if kind.startswith("Adaptive"):
        return _adaptive(args[0], result)
    if kind.startswith("ShiftedWindowAttention"):
        return {
            "more": {
                "window": tuple(getattr(module, "window_size")),  # noqa: B009
                "shift": tuple(getattr(module, "shift_size")),  # noqa: B009
            }
        }
    return {}


def _convolution(
    kernel: Any, stride: Any, padding: Any, dilation: Any = 1, groups: int = 1
) -> dict[str, Any]:
    kernel, dilation = _pair(kernel), _pair(dilation)
    if padding == "same":
        padding = (dilation[0] * (kernel[0] - 1) // 2, dilation[1] * (kernel[1] - 1) // 2)
    elif padding == "valid":
        padding = 0
    return {
        "kernel": kernel,
        "stride": _pair(stride),
        "padding": _pair(padding),
        "dilation": dilation,
        "groups": groups,
    }


def _adaptive(given: Tensor, result: Any) -> dict[str, Any]:
    """The kernel of an adaptive pooling, where all of its windows are of one size."""
    rows, columns = given.shape[-2:]
    down, across = next(_tensors(result)).shape[-2:]
    if rows % down or columns % across:
        return {}
    kernel = rows // down, columns // across
    return _convolution(kernel, kernel, 0)


def _called(word: str, args: Any, kwargs: Mapping[str, Any], result: Any) -> dict[str, Any]:
    """The same for a function, from its arguments."""
    if word in _SIGNATURES:
        given = dict(zip(_SIGNATURES[word], args, strict=False)) | dict(kwargs)
        if word == "conv2d":
            return _convolution(
                given["weight"].shape[-2:],
                given.get("stride", 1),
                given.get("padding", 0),
                given.get("dilation", 1),
                given.get("groups", 1),
            )
        if word.startswith("adaptive"):
            return _adaptive(args[0], result)
        size = given["kernel_size"]
        return _convolution(
            size, given.get("stride") or size, given.get("padding", 0), given.get("dilation", 1)
        )
    if word == "pad":
        # (left, right, top, bottom, ...): from the last axis.
        widths = tuple(args[1] if len(args) > 1 else kwargs["pad"])
        top = widths[2] if len(widths) > 2 else 0
        return {"padding": (top, widths[0]), "more": {"widths": widths}}
    return {"more": _more(word, args, kwargs)}


def _more(word: str, args: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    if word in ("permute", "transpose", "swapaxes"):
        dims = args[0].ndim
        if word == "permute":
            axes = kwargs.get("dims", args[1:])
            axes = axes[0] if len(axes) == 1 else axes
            return {"axes": tuple(axis % dims for axis in axes)}
        first, second = (axis % dims for axis in (*args[1:], *kwargs.values()))
        axes = list(range(dims))
        axes[first], axes[second] = second, first
        return {"axes": tuple(axes)}
    if word == "getitem":
        return _slices(args[0], args[1])
    places = {"cat": 1, "concat": 1, "concatenate": 1, "softmax": 1, "mean": 1}
    places |= {"chunk": 2, "split": 2, "flatten": 1}
    if word in places:
        at = places[word]
        axis = args[at] if len(args) > at else kwargs.get("dim", kwargs.get("start_dim", 0))
        return {"axis": axis}
    return {}


def _slices(given: Tensor, index: Any) -> dict[str, Any]:
    """Start and step along each axis of the input; an axis of one index has step 0."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(not isinstance(part, int | slice) and part is not Ellipsis for part in parts):
        return {}
    if Ellipsis in parts:
        at = parts.index(Ellipsis)
        parts[at : at + 1] = [slice(None)] * (given.ndim - len(parts) + 1)
    parts += [slice(None)] * (given.ndim - len(parts))
    start, step = [], []
    for part, length in zip(parts, given.shape, strict=True):
        if isinstance(part, slice):
            first, _, by = part.indices(length)
        else:
            first, by = part % length, 0
        start.append(first)
        step.append(by)
    return {"start": tuple(start), "step": tuple(step)}
