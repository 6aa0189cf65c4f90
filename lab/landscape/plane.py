"""The loss at many points of a plane of weights, fast.

Set against the plain way (load the weights, a DataLoader, `.item()` a batch): the images lie on the
device, already normalised; batch normalisation, whose statistics and parameters are the same in the
whole plane, is folded into the weights and into the directions once; the weights are views of one
flat buffer, which two operations set to a point; nothing is read back before the last point.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.landscape.directions import Direction, weights_of
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
        wide = images.device.type != "mps"
        if wide:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        self._batches = list(pixels.split(self._together(pixels)))
        self._base, self._first, self._second = (
            _laid_out(part, wide)
            for part in (weights_of(self._network), _folded(first, norms), _folded(second, norms))
        )
        self._now = self._base.clone()
        self._lay_weights(wide)

    def _together(self, pixels: Tensor) -> int:
        """How many images go through at once."""
        largest = 1

        def note(module: nn.Module, given: object, output: object) -> None:
            nonlocal largest
            if isinstance(output, Tensor):
                largest = max(largest, output.numel() * output.element_size())

        handles = [module.register_forward_hook(note) for module in self._network.modules()]
        with torch.inference_mode():
            self._network(pixels[:1])
        for handle in handles:
            handle.remove()
        # On a GPU its memory is the limit, not a cache.
        budget = BYTES if pixels.device.type == "cpu" else 256 * BYTES
        return max(1, min(len(pixels), budget // largest))

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
        found = []
        with torch.inference_mode():
            for a, b in points:
                torch.add(self._base, self._first, alpha=a, out=self._now)
                self._now.add_(self._second, alpha=b)
                logits = [self._network(some) for some in self._batches]
                found.append(F.cross_entropy(torch.cat(logits), self._labels))
            losses = torch.stack(found).nan_to_num(float("inf"), float("inf"))
        # Cloned: a tensor made in inference mode cannot take part in a graph later.
        return losses.clone()


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
