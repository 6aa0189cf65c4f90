"""Loss, accuracy and class probabilities of a network on labelled images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.networks.eval_mode import eval_mode
from lab.networks.pixels import to_float


@dataclass(frozen=True)
class Evaluation:
    """What a network predicts for labelled images, on the CPU.

    loss: mean cross-entropy in nats. accuracy: in [0, 1]. probabilities: float32 (N, classes).
    """

    loss: float
    accuracy: float
    probabilities: Tensor


def evaluate(
    model: nn.Module, images: Tensor, labels: Tensor, batch_size: int = 250
) -> Iterator[Evaluation | None]:
    """Evaluate batch by batch: yields None after each batch and the evaluation at the end.

    images: uint8 (N, C, H, W), or float32 of any shape that the model takes as it is (features that
    a frozen network computed once). labels: int64 (N,). The model predicts in eval mode; between
    two batches, and afterwards, it is in the mode that it had, so its training may go on meanwhile.
    """
    batches = []
    for some in torch.split(images, batch_size):
        with eval_mode(model), torch.inference_mode():
            batches.append(model(to_float(some) if some.dtype == torch.uint8 else some))
        yield None
    with torch.inference_mode():
        logits = torch.cat(batches)
        loss = F.cross_entropy(logits, labels)
        accuracy = (logits.argmax(1) == labels).float().mean()
        probabilities = logits.softmax(1)
    # Cloned: a tensor made in inference mode cannot take part in a graph later.
    yield Evaluation(loss.item(), accuracy.item(), probabilities.cpu().clone())
