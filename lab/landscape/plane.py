"""The loss at many points of a plane of weights, fast.

Set against the plain way (load the weights, a DataLoader, `.item()` a batch): the images lie on the
device, already normalised; batch normalisation, whose statistics and parameters are the same in the
whole plane, is folded into the weights and into the directions once; the first layer is computed
for three points and mixed for all others; convolutions of small maps are matrix products; the
weights are views of one flat buffer, which two operations set to a point; nothing is read back
before the last point.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.landscape.directions import Direction, weights_of
from lab.landscape.linear_maps import (
    LARGEST,
    FirstLayer,
    Matrix,
    outputs,
    pays_as_matrix,
    replace,
    uses,
)
from lab.networks.eval_mode import eval_mode
from lab.networks.folding import folded, folded_weights, pairs
from lab.networks.models import Classifier
from lab.networks.pixels import to_float

BYTES = 2**21
"""Of the greatest feature map of a batch, so that it stays in a cache."""


class LossPlane:
    """L(w + a d1 + b d2), the mean cross-entropy in nats, for points (a, b).

    The network is in eval mode: batch normalisation keeps the running statistics of the centre, as
    in the paper's code. model: on the device of the images; it is copied and not changed. images:
    uint8 (N, C, H, W). labels: int64 (N,). first, second: d1 and d2, as `directions` makes them.
    """

    def __init__(
        self,
        model: Classifier,
        images: Tensor,
        labels: Tensor,
        first: Direction,
        second: Direction,
    ) -> None:
        with eval_mode(model), torch.no_grad():
            network = copy.deepcopy(model.network).requires_grad_(False)
            norms = {conv: network.get_submodule(norm) for conv, norm in pairs(network)}
            self._network = folded(network)
            pixels = model.normalise(to_float(images))
        self._labels = labels
        # Not measured on Apple's GPU, so not done there.
        wide = pixels.device.type != "mps"
        if wide:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        self._batches = list(pixels.split(_together(self._network, pixels)))
        self._entry: FirstLayer | None = None
        with torch.no_grad():
            parts = self._quicker(_folded(first, norms), _folded(second, norms))
        centre = weights_of(self._network)
        self._centre, self._first, self._second = (
            _laid_out({name: part[name] for name in centre}, wide) for part in (centre, *parts)
        )
        self._now = self._centre.clone()
        self._lay_weights(wide)

    def _quicker(self, first: Direction, second: Direction) -> tuple[Direction, Direction]:
        """Give layers their quicker form; returns the directions of the weights that are left."""
        first, second = dict(first), dict(second)
        for name, use in uses(self._network, self._batches[0][:1]).items():
            module, weight = self._network.get_submodule(name), f"{name}.weight"
            assert isinstance(module, (nn.Conv2d, nn.Linear))
            if use.first and use.calls == 1 and self._entry is None and self._fits(use.out):
                maps = [
                    (
                        outputs(module, module.weight, module.bias, some),
                        outputs(module, first[weight], None, some),
                        outputs(module, second[weight], None, some),
                    )
                    for some in self._batches
                ]
                self._entry = FirstLayer(maps)
                replace(self._network, name, self._entry)
            elif isinstance(module, nn.Conv2d) and pays_as_matrix(module, use):
                matrix = Matrix(module, use)
                first[weight], second[weight] = matrix.of(first[weight]), matrix.of(second[weight])
                replace(self._network, name, matrix)
        return first, second

    def _fits(self, out: torch.Size) -> bool:
        """Whether three outputs for all images are read sooner than one is computed."""
        return 3 * out[1:].numel() * len(self._labels) <= LARGEST

    def _lay_weights(self, wide: bool) -> None:
        """Make the network's weights views of the buffer that is set to a point."""
        weights = weights_of(self._network)
        parts = torch.split(self._now, [w.numel() for w in weights.values()])
        for (name, weight), part in zip(weights.items(), parts, strict=True):
            view = part.view(weight.shape)
            if wide and weight.ndim == 4:
                out, channels, height, width = weight.shape
                view = part.view(out, height, width, channels).permute(0, 3, 1, 2)
            self._network.get_parameter(name).data = view

    def losses(self, points: Sequence[tuple[float, float]]) -> Tensor:
        """float32 (N,), on the device. Infinite where the network's output is not finite."""
        *_, found = self.measure(points)
        assert found is not None
        return found

    def measure(self, points: Sequence[tuple[float, float]]) -> Iterator[Tensor | None]:
        """The same in steps: yields None after each batch of images, and the losses at the end."""
        found = []
        for point in points:
            logits = []
            for batch in range(len(self._batches)):
                with torch.inference_mode():
                    if not batch:
                        torch.add(self._centre, self._first, alpha=point[0], out=self._now)
                        self._now.add_(self._second, alpha=point[1])
                    logits.append(self._logits(batch, point))
                yield None
            with torch.inference_mode():
                found.append(F.cross_entropy(torch.cat(logits), self._labels))
        with torch.inference_mode():
            losses = torch.stack(found).nan_to_num(float("inf"), float("inf"))
        # Cloned: a tensor made in inference mode cannot take part in a graph later.
        yield losses.clone()

    def _logits(self, batch: int, point: tuple[float, float]) -> Tensor:
        if self._entry is not None:
            self._entry.batch, self._entry.at = batch, point
        logits: Tensor = self._network(self._batches[batch])
        return logits


def _together(network: nn.Module, pixels: Tensor) -> int:
    """How many images go through at once."""
    largest = 1

    def note(module: nn.Module, given: object, output: object) -> None:
        nonlocal largest
        if isinstance(output, Tensor):
            largest = max(largest, output.numel() * output.element_size())

    handles = [module.register_forward_hook(note) for module in network.modules()]
    with torch.inference_mode():
        network(pixels[:1])
    for handle in handles:
        handle.remove()
    # On a GPU its memory is the limit, not a cache.
    budget = BYTES if pixels.device.type == "cpu" else 256 * BYTES
    return max(1, min(len(pixels), budget // largest))


def _folded(direction: Direction, norms: dict[str, nn.Module]) -> dict[str, Tensor]:
    """The direction for the folded weights: scaled as the weights of each convolution are."""
    result = {}
    for name, values in direction.items():
        norm = norms.get(name.removesuffix(".weight"))
        if isinstance(norm, nn.BatchNorm2d) and norm.running_mean is not None:
            values = folded_weights(values, None, norm)[0]
        result[name] = values
    return result


def _laid_out(direction: Direction, wide: bool) -> Tensor:
    """All values in one row; of a convolution in channels_last order where `wide`."""
    return torch.cat([
        (values.permute(0, 2, 3, 1) if wide and values.ndim == 4 else values).reshape(-1)
        for values in direction.values()
    ])  # fmt: skip
