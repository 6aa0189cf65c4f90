"""Transfer learning: a trained network on a small data set of other classes.

The layers below a depth are frozen, and their features computed once; those above it are trained.
Yosinski et al., 2014: "How transferable are features in deep neural networks?"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab.datasets import Dataset
from lab.datasets.fitting import drawn, fitted
from lab.errors import UserError
from lab.networks import architecture, models
from lab.networks.heads import card_with, for_few_steps, with_new_head
from lab.networks.models import Classifier
from lab.networks.splitting import Split
from lab.training.evaluation import evaluate
from lab.training.features import features
from lab.training.race import from_seed
from lab.training.trainer import OptimiserSettings, Trainer

BODY = "body"
"""The parameter group of the layers below the head that are fine-tuned."""
BATCH = 20
EDGE = 96
"""Pixels: the edge of images for a network of ImageNet, which takes any. An image takes a fifth of
the time of one of 224 px."""
LARGEST = 2 << 30
"""Bytes that the features of all images may take."""


@dataclass(frozen=True)
class Strategy:
    """What is trained.

    frozen: the number of units, from the input, that keep their weights. pretrained: whether the
    others begin with the trained weights. cut: whether the others are left out instead, and a
    linear classifier is trained on the means of the frozen features over all positions.
    """

    frozen: int
    pretrained: bool = True
    cut: bool = False


class Transfer:
    """A trained network and a few images of each class of a data set.

    backbone: the trained network. count: training images of each class, drawn anew for each seed,
    or all where there are fewer. tests: test images at most. split: the network with a new head for
    the classes of the data, in units. networks: (strategy, seed) -> what is trained, or was.
    """

    def __init__(
        self, backbone: Classifier, data: Dataset, count: int, seeds: Sequence[int], tests: int
    ) -> None:
        self.backbone, self.data = backbone, data
        self._head = Split(backbone).head
        self.edge, self.split = self._fitting()
        self._channels = backbone.card.channels
        kept = {seed: drawn(data.train_labels, count, seed) for seed in seeds}
        pool = torch.unique(torch.cat(list(kept.values())))
        self._chosen = {seed: torch.searchsorted(pool, index) for seed, index in kept.items()}
        few = replace(
            data,
            train_images=data.train_images[pool],
            train_labels=data.train_labels[pool],
            test_images=data.test_images[:tests],
            test_labels=data.test_labels[:tests],
        )
        self._pool = replace(
            few,
            train_images=fitted(few.train_images, self._channels, self.edge),
            test_images=fitted(few.test_images, self._channels, self.edge),
        )
        self._features: dict[int, tuple[Tensor, Tensor]] = {}
        self.networks: dict[tuple[Strategy, int], Classifier] = {}

    def _fitting(self) -> tuple[int, Split]:
        """The edge of the images, and the split of a network for it."""
        card = self.backbone.card
        any_size = card.architecture not in architecture.NETWORKS
        if any_size and card.size > EDGE:
            try:
                return EDGE, Split(self._network(True, 0, EDGE))
            except (RuntimeError, AssertionError):  # a transformer takes its own size only
                pass
        return card.size, Split(self._network(True, 0, card.size))

    def _network(self, pretrained: bool, seed: int, edge: int) -> Classifier:
        card = card_with(self.backbone.card, self.data, edge, seed)
        if pretrained:
            return with_new_head(self.backbone, card, self._head)
        return for_few_steps(models.build(card)).to(self.backbone.device)

    @property
    def images(self) -> int:
        """Training images of each seed."""
        return len(next(iter(self._chosen.values())))

    def part(self, seed: int) -> Dataset:
        """The training images of a seed and the test images, as they enter the network."""
        index = self._chosen[seed]
        return replace(
            self._pool,
            train_images=self._pool.train_images[index],
            train_labels=self._pool.train_labels[index],
        )

    def prepare(self, strategies: Iterable[Strategy]) -> Iterator[float]:
        """Compute the features of all frozen parts; yields the share that is done.

        Raises UserError for a depth at which they take too much memory.
        """
        depths = sorted({strategy.frozen for strategy in strategies} - self._features.keys())
        for number, depth in enumerate(depths):
            self._check_memory(depth)
            below, found = self.split.below(depth), []
            for half, images in enumerate((self._pool.train_images, self._pool.test_images)):
                for result in features(below, images):
                    if result is None:
                        yield (number + half / 2) / len(depths)
                    else:
                        found.append(result)
            self._features[depth] = found[0], found[1]

    def _check_memory(self, depth: int) -> None:
        if not depth:
            return
        count = len(self._pool.train_labels) + len(self._pool.test_labels)
        size = 4 * count * torch.Size(self.split.units[depth - 1].shape).numel()
        if size > LARGEST:
            raise UserError(
                f"the features of {count:,} images at depth {depth} take {size / 1e9:.1f} GB: "
                "freeze more layers, or take fewer images"
            )

    def trainer(
        self, strategy: Strategy, seed: int, settings: Callable[[], OptimiserSettings], epochs: int
    ) -> Trainer:
        """What trains one network by a strategy whose features are prepared.

        settings().lr is the learning rate of the new head, and of all that begins untrained;
        settings().group_lr[BODY] that of the trained layers that are fine-tuned.
        """
        data, groups = self.part(seed), {}
        model: nn.Module
        if strategy.cut:
            width = self.inputs(strategy)[0].shape[1]
            model = from_seed(seed, lambda: nn.Linear(width, len(data.classes)))
            model.to(self.backbone.device)
        else:
            network = self._network(strategy.pretrained, seed, self.edge)
            split = Split(network)
            model = split.above(strategy.frozen)
            if strategy.pretrained and strategy.frozen < split.depth:
                groups = {BODY: split.parameters(strategy.frozen, split.depth)}
            self.networks[strategy, seed] = network
        return Trainer(
            model,
            data,
            optimiser_name="adamw",
            settings=settings,
            batch_size=BATCH,
            epochs=epochs,
            inputs=self.inputs(strategy)[0][self._chosen[seed]],
            groups=groups,
            # The backward pass of a depthwise convolution in bfloat16 takes four times as long.
            autocast=False,
            seed=seed,
        )

    def inputs(self, strategy: Strategy) -> tuple[Tensor, Tensor]:
        """What enters the trained part: for all training images, and for the test images."""
        train, test = self._features[strategy.frozen]
        return (_pooled(train), _pooled(test)) if strategy.cut else (train, test)

    def measure(self, strategy: Strategy, trainer: Trainer) -> Iterator[Mapping[str, float] | None]:
        """`test_loss` and `test_accuracy`: for a Measure of a Comparison."""
        inputs = self.inputs(strategy)[1]
        for result in evaluate(trainer.model, inputs, trainer.data.test_labels):
            if result is None:
                yield None
            else:
                yield {"test_loss": result.loss, "test_accuracy": result.accuracy}

    def trained(self, strategy: Strategy) -> int:
        """How many weights the strategy trains."""
        if strategy.cut:
            width = self.split.units[strategy.frozen - 1].shape[0]
            return (width + 1) * len(self.data.classes)
        return sum(unit.parameters for unit in self.split.units[strategy.frozen :])


def usual_depth(depth: int) -> int:
    """How many of `depth` units are frozen where nobody says: all but the upper third."""
    return depth - max(1, round(depth / 3))


def _pooled(values: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(values, 1).flatten(1) if values.ndim == 4 else values
