"""The one training loop.

The data set lives on the device as uint8; shuffling and batching are tensor operations there. No
step reads anything back: losses gather on the device and come over when the screen wants them,
because each `.item()` makes the processor wait for the accelerator.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.datasets import Dataset
from lab.networks.pixels import to_float
from lab.system import devices

M = TypeVar("M", bound=nn.Module)
Name = TypeVar("Name", bound=Hashable)

OPTIMISERS = {"sgd": "SGD with momentum", "adam": "Adam", "adamw": "AdamW"}
SCHEDULES = {"one_cycle": "One cycle", "constant": "Constant"}

LossFunction = Callable[[nn.Module, Tensor, Tensor, float], tuple[Tensor, Tensor]]
"""What a network is taught in one step: (model, images, targets, share) -> (loss, logits).

images: float32 (N, C, H, W) in [0, 1], targets: labels int64 (N,) or float32 (N, classes). share:
of the training that is done, in [0, 1), for what grows with it. The loss is to be minimised; the
logits, float32 (N, classes), are those that the training accuracy is counted by.
"""


def plain(model: nn.Module, images: Tensor, targets: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """The cross-entropy of the pictures as they are: the loss of most networks."""
    logits = model(images)
    return F.cross_entropy(logits, targets), logits


def optimiser(
    name: str, network: nn.Module, lr: float, weight_decay: float
) -> torch.optim.Optimizer:
    """The optimiser called sgd (momentum 0.9, Nesterov), adam or adamw, for all of `network`."""
    weights = list(network.parameters())
    fused = weights[0].device.type in ("cpu", "cuda")
    if name == "sgd":
        return torch.optim.SGD(
            weights, lr, momentum=0.9, nesterov=True, weight_decay=weight_decay, fused=fused
        )
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(weights, lr, weight_decay=weight_decay, fused=fused)


def one_cycle(share: float, warm_up: float = 0.3) -> float:
    """The factor on the learning rate when `share` in [0, 1] of the training is done.

    Cosine up from 1/25 to 1 over the first `warm_up`, cosine down to nearly 0 after it: Smith and
    Topin, "Super-Convergence" (2018), as torch.optim.lr_scheduler.OneCycleLR has it. A plain
    function, because the learning rate it multiplies is a live slider.
    """

    def between(start: float, end: float, x: float) -> float:
        return end + (start - end) * (1 + math.cos(math.pi * min(max(x, 0.0), 1.0))) / 2

    if share < warm_up:
        return between(1 / 25, 1, share / warm_up)
    return between(1, 1e-4 / 25, (share - warm_up) / (1 - warm_up))


@dataclass
class Settings:
    """What may change between two steps."""

    lr: float
    weight_decay: float


class Trainer:
    """A network, its data and its optimiser; `steps()` trains one batch at a time.

    model: takes float32 (N, C, H, W) in [0, 1] and returns logits (N, classes). data: resident on
    the model's device. settings() is asked before every step. augment(images) changes a batch of
    training pictures, never those of an evaluation. mix(images, labels) then blends them with one
    another: it returns pictures and targets, float32 (N, classes) that add up to 1.
    loss_function: what is minimised for them, in autocast too. autocast: in bfloat16 where that is
    faster (devices.autocast). seed: of the order of the pictures, which so depends on nothing else
    that is drawn; None takes the global random numbers.
    """

    def __init__(
        self,
        model: nn.Module,
        data: Dataset,
        *,
        optimiser_name: str,
        settings: Callable[[], Settings],
        batch_size: int,
        epochs: int,
        schedule: str = "one_cycle",
        augment: Callable[[Tensor], Tensor] | None = None,
        mix: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]] | None = None,
        loss_function: LossFunction = plain,
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
        self._settings = settings
        self._schedule = schedule
        self._augment = augment
        self._mix = mix
        self._loss_function = loss_function
        self.seed = seed
        self._order = None if seed is None else torch.Generator().manual_seed(seed)
        first = settings()
        self._optimiser = optimiser(optimiser_name, model, first.lr, first.weight_decay)
        device = data.train_labels.device
        self._autocast = devices.autocast(device) if autocast else contextlib.nullcontext()
        # What the convolutions of both oneDNN and cuDNN want: 1.4 times as fast on two cores.
        model.to(memory_format=torch.channels_last)
        self._losses: list[Tensor] = []
        self._hits: list[Tensor] = []

    @property
    def epoch(self) -> float:
        """Epochs done, with the fraction of the one under way."""
        return self.step / self.steps_per_epoch

    @property
    def images_per_second(self) -> float:
        """Training pictures through the network a second, over the steps alone."""
        return self.step * self.batch_size / self.seconds if self.seconds else 0.0

    def steps(self) -> Iterator[int]:
        """Train to the end; yields the number of steps done, after each."""
        while self.step < self.total_steps:
            order = torch.randperm(len(self.data.train_labels), generator=self._order)
            order = order.to(self.data.train_labels.device)
            used = self.steps_per_epoch * self.batch_size
            for batch in order[:used].view(-1, self.batch_size):
                begun = time.perf_counter()
                self._one(batch)
                self.step += 1
                self.seconds += time.perf_counter() - begun
                yield self.step

    def _one(self, batch: Tensor) -> None:
        self.model.train()
        now = self._settings()
        factor = one_cycle(self.step / self.total_steps) if self._schedule == "one_cycle" else 1.0
        for group in self._optimiser.param_groups:
            group["lr"] = now.lr * factor
            group["weight_decay"] = now.weight_decay
        images = to_float(self.data.train_images[batch])
        if self._augment:
            images = self._augment(images)
        labels = targets = self.data.train_labels[batch]
        if self._mix:
            images, targets = self._mix(images, labels)
        with self._autocast:
            share = self.step / self.total_steps
            loss, logits = self._loss_function(self.model, images, targets, share)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self._losses.append(loss.detach())
        self._hits.append((logits.detach().argmax(1) == labels).float().mean())

    def read_back(self) -> tuple[list[float], list[float]]:
        """Loss and accuracy of each step since the last time: one wait for the device, not many."""
        if not self._losses:
            return [], []
        both = torch.stack([torch.stack(self._losses), torch.stack(self._hits)]).tolist()
        self._losses, self._hits = [], []
        return both[0], both[1]


def from_seed(seed: int, build: Callable[[], M]) -> M:
    """The network that `build()` makes with the random numbers of `seed`: for each the same."""
    with devices.RandomState(torch.device("cpu"), seed):
        return build()


def race(runners: Mapping[Name, Trainer]) -> Iterator[Name]:
    """Train several networks turn about, to their ends; yields whose step has just been done.

    Next is whoever has done the least of its own training, the first named of equals: at any time
    all have done the same share, whatever their batches and epochs. Each draws from random numbers
    of its own (dropout, augmentation), begun from its trainer's seed (0 for None), so that it comes
    out as it would alone. For a fair race build the networks by `from_seed` and give the trainers
    one seed: then all begin with the same weights and meet the same pictures in the same order.
    """
    numbers = {
        name: devices.RandomState(trainer.data.train_labels.device, trainer.seed or 0)
        for name, trainer in runners.items()
    }
    running = {name: trainer.steps() for name, trainer in runners.items()}
    while running:
        name = min(running, key=lambda name: runners[name].step / runners[name].total_steps)
        with numbers[name]:
            step = next(running[name], None)
        if step is None:
            del running[name]
        else:
            yield name


@dataclass(frozen=True)
class Evaluation:
    """What a network says of labelled pictures, on the CPU.

    loss: mean cross-entropy. accuracy in [0, 1]. probabilities: float32 (N, classes).
    """

    loss: float
    accuracy: float
    probabilities: Tensor


def evaluate(
    model: nn.Module, images: Tensor, labels: Tensor, batch_size: int = 250
) -> Iterator[Evaluation | None]:
    """Evaluate in pieces: yields None after each batch, and the evaluation at last.

    images: uint8 (N, C, H, W). labels: int64 (N,). The model is left in the mode it was in.
    """
    logits = []
    for some in torch.split(images, batch_size):
        training = model.training
        model.eval()
        try:
            with torch.inference_mode():
                logits.append(model(to_float(some)))
        finally:
            model.train(training)
        yield None
    with torch.inference_mode():
        together = torch.cat(logits)
        loss = F.cross_entropy(together, labels)
        hits = (together.argmax(1) == labels).float().mean()
        probabilities = together.softmax(1)
    yield Evaluation(loss.item(), hits.item(), probabilities.cpu().clone())
