"""The lecture's two networks, each at two learning rates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from lab.augmentation import Composition
from lab.datasets import Dataset
from lab.networks import models
from lab.networks.layers import layers
from lab.networks.models import Classifier, card_for
from lab.payloads import Table
from lab.training.comparison import Comparison
from lab.training.evaluation import evaluate
from lab.training.race import from_seed
from lab.training.trainer import OptimiserSettings, Trainer

NETWORK, OPTIMISER, BATCH = "lecture_cnn", "adam", 64
# What the lecture's notebook printed as test accuracy of the two.
PRINTED = {"first": 0.244, "second": 0.283}
# The classes and the pixels of CIFAR-10.
CLASSES, EDGE = 10, 32
# The lecture's transforms: a flip, and torchvision's ColorJitter(0.2, 0.2, 0.2, 0.1).
FLIP = 0.5
JITTER = {"brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "hue": 0.1}
CHECKS = 10


def in_its_shape(data: Dataset) -> Dataset:
    """The photograph patches as CIFAR-10's images are: ten classes, 32 x 32 px; others as is.

    So the networks have the parameters that the lecture's have.
    """
    return data.of_classes(CLASSES).cropped(EDGE) if data.name == "photo_patches" else data


def augmentation(times: float) -> Composition:
    """The lecture's, with its colour jitter `times` as strong."""
    strengths = {name: min(times * value, 0.5 if name == "hue" else 1.0)
                 for name, value in JITTER.items()}  # fmt: skip
    return Composition(("flip", *JITTER), {"flip": FLIP} | strengths)


def network(data: Dataset, which: str, seed: int) -> Classifier:
    """The "first" or the "second", which has batch normalisation, on the CPU."""
    card = card_for(NETWORK, data, seed, batch_norm=which == "second")
    built = from_seed(seed, partial(models.build, card))
    assert isinstance(built, Classifier)
    return built


class NotebookRace:
    """Four ways: NETWORK_stated and NETWORK_other, of the networks "first" and "second".

    lrs: "stated" and "other" learning rate. augment: of the second network. probabilities: of each
    way, float32 (N, classes) for the test images, at its last checkpoint.
    """

    def __init__(
        self,
        data: Dataset,
        lrs: Mapping[str, float],
        epochs: int,
        seeds: Sequence[int],
        augment: Callable[[Tensor], Tensor],
    ) -> None:
        self.probabilities: dict[str, Tensor] = {}
        self._data, self._epochs, self._augment = data, epochs, augment
        ways = {
            f"{which}_{rate}": partial(self._trainer, which=which, lr=lr)
            for rate, lr in lrs.items()
            for which in PRINTED
        }
        self.comparison = Comparison(ways, seeds, checks=CHECKS, measure=self._measure)

    def _trainer(self, seed: int, which: str, lr: float) -> Trainer:
        return Trainer(
            network(self._data, which, seed).to(self._data.train_labels.device),
            self._data,
            optimiser_name=OPTIMISER,
            settings=lambda: OptimiserSettings(lr, 0.0),
            batch_size=BATCH,
            epochs=self._epochs,
            schedule="constant",
            augment=self._augment if which == "second" else None,
            seed=seed,
        )

    def _measure(self, way: str, trainer: Trainer) -> Iterator[Mapping[str, float] | None]:
        data = trainer.data
        for result in evaluate(trainer.model, data.test_images, data.test_labels):
            if result is None:
                yield None
            else:
                self.probabilities[way] = result.probabilities
                yield {"test_loss": result.loss, "test_accuracy": result.accuracy}


def parameters(module: torch.nn.Module) -> int:
    """How many it has."""
    return sum(weights.numel() for weights in module.parameters())


def layer_table(first: Classifier, second: Classifier) -> Table:
    """The layers of both, with what they give out and their parameters; "–" where one has none."""
    modules = [dict(model.network.named_children()) for model in (first, second)]
    rows = []
    for layer in layers(second):
        counts = [parameters(each[layer.name]) if layer.name in each else 0 for each in modules]
        if any(counts) or layer.name == "mean":
            words = _described(layer.name, modules[1][layer.name])
            rows.append([words, layer.size, *(f"{count:,}" if count else "–" for count in counts)])
    totals = [f"{parameters(model):,}" for model in (first, second)]
    rows.append(["parameters in all", "", *totals])
    return Table(["Layer", "Output", "First", "Second"], rows, highlight=len(rows) - 1)


def _described(name: str, module: torch.nn.Module) -> str:
    if isinstance(module, torch.nn.Conv2d):
        stride = f", stride {module.stride[0]}" if module.stride[0] > 1 else ""
        return f"{name}: {module.kernel_size[0]} × {module.kernel_size[1]}{stride}"
    return name
