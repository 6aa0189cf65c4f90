"""The networks whose landscapes are shown: trained here with their paths, or from the shelf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from lab.datasets import Dataset
from lab.datasets.fitting import fitted
from lab.errors import UserError
from lab.landscape.directions import flat, random_directions, shaped, weights_of
from lab.landscape.path import PathPlane, principal_plane, share_in
from lab.landscape.plane import LossPlane
from lab.networks import models
from lab.networks.finite import check_weights
from lab.networks.models import Classifier, card_for
from lab.training.race import from_seed, race, share
from lab.training.trainer import OptimiserSettings, Trainer
from lab.workspace import Workspace

NETWORK, BATCH = "deep_resnet", 64
# Small maps: after a stride of 4 they are 7 x 7, and a point takes 9 ms of one core on 250 digits.
# The difference is there: of 20 layers, 0.43, 0.25, 0.38 of the slice is not convex for the plain
# network, 0.02, 0.02, 0.05 for the residual one (seeds 0, 1, 2; first pair of directions).
SETTINGS, STRIDE = OptimiserSettings(0.1, 5e-4), 4
# Of a training path.
SNAPSHOTS = 32


@dataclass
class Subject:
    """A network with the images on which its loss is measured. snapshots: its training, or empty.

    title: for the screen. images: uint8. labels: int64.
    """

    title: str
    model: Classifier
    images: Tensor
    labels: Tensor
    snapshots: list[Tensor]

    @property
    def classes(self) -> int:
        """How many."""
        return len(self.model.classes)

    def random_plane(self, seed: int) -> LossPlane:
        """Two filter-normalised random directions through the weights as they are now."""
        return self._plane(*random_directions(self.model.network, seed))

    def path_plane(self) -> tuple[LossPlane, PathPlane]:
        """The plane of the training path."""
        found = principal_plane(torch.stack(self.snapshots))
        weights = weights_of(self.model.network)
        directions = found.directions.to(self.images.device)
        first, second = (shaped(direction, weights) for direction in directions)
        return self._plane(first, second), found

    def share_in_random(self, seed: int) -> float:
        """The share of the path's variance in the plane of two random directions."""
        directions = random_directions(self.model.network, seed)
        return share_in(torch.stack(self.snapshots), torch.stack([flat(d) for d in directions]))

    def _plane(self, first: dict[str, Tensor], second: dict[str, Tensor]) -> LossPlane:
        return LossPlane(self.model, self.images, self.labels, first, second)


class Training:
    """A plain and a residual network, which begin with the same weights and see the same batches.

    subjects: both, as far as they are trained, plain first.
    """

    def __init__(self, data: Dataset, depth: int, epochs: int, digits: int, seed: int) -> None:
        self.subjects: list[Subject] = []
        self._trainers: dict[int, Trainer] = {}
        for number, (kind, residual) in enumerate((("Plain", False), ("ResNet", True))):
            card = card_for(NETWORK, data, seed, depth=depth, residual=residual, stride=STRIDE)
            model = from_seed(seed, partial(models.build, card)).to(data.train_labels.device)
            self._trainers[number] = Trainer(
                model,
                data,
                optimiser_name="sgd",
                settings=lambda: SETTINGS,
                batch_size=BATCH,
                epochs=epochs,
                seed=seed,
            )
            few = slice(digits)
            self.subjects.append(
                Subject(
                    f"{kind}-{depth}", model, data.train_images[few], data.train_labels[few], []
                )
            )
            self._keep(number)

    def _keep(self, number: int) -> None:
        subject = self.subjects[number]
        subject.snapshots.append(flat(weights_of(subject.model.network)).clone())

    def run(self) -> Iterator[float]:
        """Train; yields after each step the share that is done, in [0, 1]."""
        for number in race(self._trainers):
            trainer = self._trainers[number]
            kept = len(self.subjects[number].snapshots)
            if trainer.step * SNAPSHOTS >= kept * trainer.total_steps:
                self._keep(number)
            yield min(share(trainer) for trainer in self._trainers.values())
        self.check()

    def check(self) -> None:
        """UserError where a training diverged."""
        for subject in self.subjects:
            check_weights(
                subject.model, subject.title, "train fewer epochs, or a shallower network"
            )


def from_shelf(workspace: Workspace, name: str, digits: int) -> Subject:
    """A model of the shelf, on the images that it was trained on.

    UserError, in one line, where its data are not here.
    """
    card = workspace.shelf.card(name)
    model = workspace.shelf.get(name, workspace.device)
    if card.data not in workspace.library.options():
        raise UserError(
            f"{card.title} was trained on {card.data or 'no data'}, which is not here: a landscape "
            "needs the training images; choose another model"
        )
    data = workspace.data(card.data)
    if card.classes != data.classes:
        raise UserError(f"{card.title} has other classes than {data.title}: choose another model")
    images = fitted(data.train_images[:digits], card.channels, card.size)
    return Subject(card.title, model, images, data.train_labels[:digits], [])
