"""The training loop.

The data set lives on the device as uint8; shuffling and batching are tensor operations there. No
step reads anything back from the device: losses gather there and are read back at the pace of the
screen, because each `.item()` makes the processor wait for the accelerator.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.datasets import Dataset
from lab.networks.pixels import to_float
from lab.system import clock, devices

OPTIMISERS = {"sgd": "SGD with momentum", "adam": "Adam", "adamw": "AdamW"}
SCHEDULES = {"one_cycle": "One cycle", "constant": "Constant"}

MOMENTUM = 0.9
"""Of SGD, after Nesterov."""

LossFunction = Callable[[nn.Module, Tensor, Tensor, float], tuple[Tensor, Tensor]]
"""What one training step minimises: (model, images, targets, done) -> (loss, logits).

images: float32 (N, C, H, W) in [0, 1]. targets: labels, int64 (N,), or probabilities, float32
(N, classes). done: the fraction of all steps made so far, in [0, 1), for what grows with it. loss:
a scalar. logits: float32 (N, classes), from which the training accuracy is counted.
"""


def cross_entropy(
    model: nn.Module, images: Tensor, targets: Tensor, done: float
) -> tuple[Tensor, Tensor]:
    """The cross-entropy of the images as they are: a LossFunction, the default."""
    logits = model(images)
    return F.cross_entropy(logits, targets), logits


def optimiser(
    name: str,
    network: nn.Module,
    lr: float,
    weight_decay: float,
    groups: Mapping[str, Sequence[nn.Parameter]] | None = None,
) -> torch.optim.Optimizer:
    """The optimiser "sgd" (Nesterov MOMENTUM), "adam" or "adamw" for all of `network`.

    groups: name -> weights that are a parameter group of their own, which has that "name"; all
    others are the first group, without one.
    """
    everything = list(network.parameters())
    fused = everything[0].device.type in ("cpu", "cuda")
    named = dict(groups or {})
    apart = {weight for group in named.values() for weight in group}
    weights: list[dict[str, object]] = [
        {"params": [weight for weight in everything if weight not in apart], "name": ""}
    ]
    weights += [{"params": list(group), "name": title} for title, group in named.items()]
    if name == "sgd":
        return torch.optim.SGD(
            weights, lr, momentum=MOMENTUM, nesterov=True, weight_decay=weight_decay, fused=fused
        )
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(weights, lr, weight_decay=weight_decay, fused=fused)


def one_cycle(done: float, warm_up: float = 0.3) -> float:
    """The factor on the learning rate when a fraction `done` in [0, 1] of the steps is made.

    Cosine from 1/25 up to 1 over the first `warm_up`, then cosine down to nearly 0: Smith and
    Topin, "Super-Convergence" (2018), as in torch.optim.lr_scheduler.OneCycleLR. A plain function
    of `done`, because the learning rate that it multiplies is a live slider.
    """

    def between(start: float, end: float, x: float) -> float:
        return end + (start - end) * (1 + math.cos(math.pi * min(max(x, 0.0), 1.0))) / 2

    if done < warm_up:
        return between(1 / 25, 1, done / warm_up)
    return between(1, 1e-4 / 25, (done - warm_up) / (1 - warm_up))


def constant(done: float) -> float:
    """The factor on a learning rate that stays the same: 1."""
    return 1.0


@dataclass
class OptimiserSettings:
    """What may change between two steps: learning rate and weight decay, both 0 or more.

    group_lr: name -> the learning rate of a group of weights that has one of its own.
    """

    lr: float
    weight_decay: float
    group_lr: Mapping[str, float] = field(default_factory=dict)


class Trainer:
    """A network, its data and its optimiser; `steps()` trains one batch at a time.

    model: takes float32 (N, C, H, W) in [0, 1] and returns logits (N, classes). data: on the
    model's device. inputs: float32 (N, ...), what the model takes in place of the training images:
    features that a frozen network computed once. groups: name -> weights with a learning rate of
    their own, `settings().group_lr[name]`. settings(): asked before every step. augment(images):
    changes a batch of training images; evaluations do not use it. mix(images, labels): then blends
    the images with one another, and returns images and targets, float32 (N, classes) with rows that
    sum to 1.
    loss_function: what is minimised. after_step(model, lr): changes the weights after each step of
    the optimiser, whose learning rate was lr (a proximal step, for instance). autocast: compute in
    bfloat16 where that is faster (devices.autocast), the loss included. seed: of the order of the
    images, which then depends on no other random numbers; None draws it from torch's global
    generator.

    diverged_at: the first step whose loss was NaN or infinite, of those read back; None for none.
    """

    def __init__(
        self,
        model: nn.Module,
        data: Dataset,
        *,
        optimiser_name: str,
        settings: Callable[[], OptimiserSettings],
        batch_size: int,
        epochs: int,
        schedule: str = "one_cycle",
        inputs: Tensor | None = None,
        groups: Mapping[str, Sequence[nn.Parameter]] | None = None,
        augment: Callable[[Tensor], Tensor] | None = None,
        mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None,
        loss_function: LossFunction = cross_entropy,
        after_step: Callable[[nn.Module, float], None] | None = None,
        autocast: bool = True,
        seed: int | None = None,
    ) -> None:
        self.model = model
        self.data = data
        self.batch_size = min(batch_size, len(data.train_labels))
        self.steps_per_epoch = len(data.train_labels) // self.batch_size
        self.total_steps = self.steps_per_epoch * epochs
        self.step = 0
        self.seconds = 0.0
        self.seed = seed
        self.diverged_at: int | None = None
        self.augment = augment
        self._settings = settings
        self._inputs = inputs
        self._schedule = schedule
        self._mix = mix
        self._loss_function = loss_function
        self._after_step = after_step
        self._order = None if seed is None else torch.Generator().manual_seed(seed)
        first = settings()
        self.optimiser = optimiser(optimiser_name, model, first.lr, first.weight_decay, groups)
        device = self.device
        self._autocast = devices.autocast(device) if autocast else contextlib.nullcontext()
        # The layout that the convolutions of oneDNN and cuDNN prefer: 1.4 times as fast on two
        # cores.
        model.to(memory_format=torch.channels_last)
        self._losses: list[Tensor] = []
        self._accuracies: list[Tensor] = []

    @property
    def device(self) -> torch.device:
        """Where its data and its network are."""
        return self.data.train_labels.device

    @property
    def epoch(self) -> float:
        """Epochs done, with the fraction of the one under way."""
        return self.step / self.steps_per_epoch

    @property
    def images_per_second(self) -> float:
        """Training images per second, over the time of the steps alone."""
        return clock.rate(self.step * self.batch_size, self.seconds)

    def steps(self) -> Iterator[int]:
        """Train to the end; yields the number of steps done, after each."""
        while self.step < self.total_steps:
            order = torch.randperm(len(self.data.train_labels), generator=self._order)
            order = order.to(self.device)
            used = self.steps_per_epoch * self.batch_size
            for batch in order[:used].view(-1, self.batch_size):
                begun = clock.now()
                self._train_on(batch)
                self.step += 1
                self.seconds += clock.now() - begun
                yield self.step

    def _train_on(self, batch: Tensor) -> None:
        """One step on the training images with these indices, int64 (batch_size,)."""
        self.model.train()
        now, done = self._settings(), self.step / self.total_steps
        factor = one_cycle(done) if self._schedule == "one_cycle" else constant(done)
        for group in self.optimiser.param_groups:
            group["lr"] = now.group_lr.get(group["name"], now.lr) * factor
            group["weight_decay"] = now.weight_decay
        if self._inputs is None:
            images = to_float(self.data.train_images[batch])
        else:
            images = self._inputs[batch]
        if self.augment:
            images = self.augment(images)
        labels = targets = self.data.train_labels[batch]
        if self._mix:
            images, targets = self._mix(images, labels)
        with self._autocast:
            loss, logits = self._loss_function(self.model, images, targets, done)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        if self._after_step:
            self._after_step(self.model, now.lr * factor)
        self._losses.append(loss.detach())
        self._accuracies.append((logits.detach().argmax(1) == labels).float().mean())

    def read_back(self) -> tuple[list[float], list[float]]:
        """(loss, accuracy) of each step since the last call, in one transfer from the device."""
        if not self._losses:
            return [], []
        both = torch.stack([torch.stack(self._losses), torch.stack(self._accuracies)]).tolist()
        self._losses, self._accuracies = [], []
        if self.diverged_at is None:
            first = self.step - len(both[0]) + 1
            steps = (first + i for i, loss in enumerate(both[0]) if not math.isfinite(loss))
            self.diverged_at = next(steps, None)
        return both[0], both[1]
