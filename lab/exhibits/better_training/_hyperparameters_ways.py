"""The trainings that are compared: one setting of a network is right, the others are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from lab.datasets import Dataset
from lab.networks import models
from lab.networks.initialisation import scale_weights
from lab.networks.models import Classifier, card_for
from lab.training.comparison import Comparison
from lab.training.race import from_seed
from lab.training.trainer import OptimiserSettings, Trainer

NETWORK, OPTIMISER, BATCH = "mlp", "sgd", 50
# Checkpoints of a race.
CHECKS = 20


@dataclass(frozen=True)
class Way:
    """A training that differs from the base in one setting, or in none.

    label: for the screen, with {lr} and {images} for what they come to. lr: times the learning rate
    that is set. scale: of the initial weights, times those of Kaiming initialisation. hidden,
    depth: units of each hidden layer, and how many layers. share: of the training images.
    """

    label: str
    lr: float = 1.0
    batch_size: int = BATCH
    scale: float = 1.0
    hidden: int = 256
    depth: int = 2
    share: float = 1.0

    def shortened(self, data: Dataset) -> Dataset:
        """Its part of the training images, ten at least."""
        return data.shortened(max(10, round(self.share * len(data.train_labels))))

    def trainer(self, seed: int, data: Dataset, lr: Callable[[], float], epochs: int) -> Trainer:
        """With a constant learning rate, self.lr * lr(): a schedule would hide what it does."""
        part = self.shortened(data)
        # Of few images there are ten batches all the same, or they are hardly trained on.
        few = max(10, len(part.train_labels) // 10)
        size = self.batch_size if self.share == 1 else min(self.batch_size, few)
        card = card_for(NETWORK, part, seed, hidden=self.hidden, depth=self.depth)

        def build() -> Classifier:
            network = models.build(card)
            assert isinstance(network, Classifier)
            return scale_weights(network, self.scale)

        return Trainer(
            from_seed(seed, build).to(data.train_labels.device),
            part,
            optimiser_name=OPTIMISER,
            settings=lambda: OptimiserSettings(self.lr * lr(), 0.0),
            batch_size=size,
            epochs=epochs,
            schedule="constant",
            seed=seed,
        )


BASE = Way("lr {lr:.2g}")
# With the default settings, 2,000 digits and a learning rate of 0.02, each shows what it is there
# for with all of three seeds. Test accuracies: 0.925 for the base; learning rates 0.73, 0.88, 0.90
# (unstable) and NaN; batches of 8 0.81 (unstable), 200 0.91, 2,000 0.79 (too slow); zero 0.10,
# x 0.1 0.91 (late), x 10 0.10; 2 units 0.35, 4 units 0.76; 20 layers 0.51, 40 layers 0.21.
GROUPS: Mapping[str, Mapping[str, Way]] = {
    "lr": {
        "lr_tiny": Way("lr {lr:.2g}", lr=1 / 200),
        "lr_small": Way("lr {lr:.2g}", lr=1 / 20),
        "base": BASE,
        "lr_large": Way("lr {lr:.2g}", lr=5),
        "lr_huge": Way("lr {lr:.2g}", lr=50),
    },
    "batch": {
        f"batch_{size}": Way(f"batch {size:,}", batch_size=size) for size in (8, 50, 200, 2000)
    },
    "init": {
        "kaiming": Way("Kaiming (He)"),
        "zero": Way("all zero", scale=0),
        "small": Way("too small: Kaiming × 0.1", scale=0.1),
        "large": Way("too large: Kaiming × 10", scale=10),
    },
    "width": {
        f"width_{units}": Way(f"{units:,} units", hidden=units) for units in (2, 4, 16, 256, 1024)
    },
    "depth": {
        f"depth_{layers}": Way(f"{layers} layer{'s' * (layers > 1)}", hidden=64, depth=layers)
        for layers in (1, 2, 10, 20, 40)
    },
    "images": {
        "share_20": Way("{images:,} images", share=1 / 20),
        "share_6": Way("{images:,} images", share=1 / 6),
        "all": Way("{images:,} images"),
    },
}
GALLERY = (
    Way("good: learning rate {lr:.2g}"),
    Way("learning rate too small: {lr:.2g}", lr=1 / 200),
    Way("learning rate too large: {lr:.2g}", lr=50),
    Way("all initial weights zero", scale=0),
    Way("network too small: 2 hidden units", hidden=2),
    Way("overfitting: {images:,} images", share=1 / 20),
)
LETTERS = "ABCDEF"


def ways_of(group: str, seed: int) -> dict[str, Way]:
    """Name -> way. Of the gallery the names are LETTERS, in an order drawn from the seed."""
    if group != "gallery":
        return dict(GROUPS[group])
    order = np.random.default_rng(seed).permutation(len(GALLERY))
    return {letter: GALLERY[i] for letter, i in zip(LETTERS, order, strict=True)}


def labels_of(ways: Mapping[str, Way], data: Dataset, lr: float) -> dict[str, str]:
    """Name -> label, with the values that it comes to."""
    return {
        name: way.label.format(lr=way.lr * lr, images=len(way.shortened(data).train_labels))
        for name, way in ways.items()
    }


def comparison_of(
    ways: Mapping[str, Way], data: Dataset, lr: float, epochs: int, seeds: Sequence[int]
) -> Comparison:
    """The races of these ways."""
    built = {
        name: partial(way.trainer, data=data, lr=lambda: lr, epochs=epochs)
        for name, way in ways.items()
    }
    return Comparison(built, seeds, checks=CHECKS)
