"""Classes of one's own, recorded with the camera; a new head is trained on them at once."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from lab.datasets import Dataset
from lab.errors import UserError
from lab.exhibit import Action, Frame
from lab.networks.heads import card_with, with_new_head
from lab.networks.models import Classifier
from lab.networks.splitting import Split
from lab.payloads import Pictures
from lab.training.trainer import OptimiserSettings, Trainer
from lab.workspace import Workspace

CLASSES, IMAGES = 4, 20
# Seconds between two images of a class: four seconds for all, time to turn the thing around.
BETWEEN = 0.2
# Pixels of a thumbnail.
THUMB = 64
STEPS_EACH, LEARNING_RATE = 30, 3e-3
OFF = "the camera is off: turn it on (Ctrl+K), then record"

ACTIONS = tuple(
    Action(f"record_{k}", f"Record class {k}", f"{IMAGES} images of the camera", at_once=True)
    for k in range(1, CLASSES + 1)
)


class OwnClasses:
    """The images recorded so far; `classifier` is trained on them once there are two classes."""

    def __init__(self, backbone: Classifier, workspace: Workspace) -> None:
        self.classifier: Classifier | None = None
        self._backbone, self._workspace = backbone, workspace
        self._split = Split(backbone)
        self._below = self._split.below(self._split.depth)
        self._features: dict[int, list[Tensor]] = {}
        self._thumbs: dict[int, list[NDArray[np.uint8]]] = {}

    def record(self, number: int) -> Generator[Frame, None, bool]:
        """Record a class anew, and train where there are two or more; whether it was trained.

        Whatever goes wrong with the camera is told in a status of one line, and what was recorded
        before is kept.
        """
        features: list[Tensor] = []
        thumbs: list[NDArray[np.uint8]] = []
        for taken in range(1, IMAGES + 1):
            try:
                picture = self._workspace.camera()
            except UserError as error:
                yield Frame(status=f"class {number} is not recorded: {error}")
                return False
            if picture is None:
                yield Frame(status=f"class {number} is not recorded: {OFF}")
                return False
            pixels = self._backbone.prepare(picture.pixels)
            with torch.no_grad():
                features.append(self._below(pixels))
            thumbs.append(_thumb(picture.pixels))
            shown = {**self._thumbs, number: thumbs}
            yield Frame(
                {"examples": _examples(shown)},
                status=f"recording class {number}: {taken} of {IMAGES}",
                after=BETWEEN,
            )
        self._features[number], self._thumbs[number] = features, thumbs
        if len(self._features) < 2:
            yield Frame(status=f"class {number} has {IMAGES} images: record another class")
            return False
        yield from self._train()
        return True

    def _train(self) -> Iterator[Frame]:
        numbers = sorted(self._features)
        inputs = torch.cat([torch.cat(self._features[k]) for k in numbers])
        labels = torch.arange(len(numbers)).repeat_interleave(IMAGES).to(inputs.device)
        images = np.stack([thumb for k in numbers for thumb in self._thumbs[k]])
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().to(inputs.device)
        names = tuple(f"class {k}" for k in numbers)
        title = f"{len(names)} own classes"
        data = Dataset("own", title, names, pixels, labels, pixels, labels, "camera")
        own = self._backbone.card
        card = replace(card_with(own, data, own.size, self._workspace.seed), crop=own.crop)
        made = with_new_head(self._backbone, card, self._split.head)
        split = Split(made)
        trainer = Trainer(
            split.above(split.depth),
            data,
            optimiser_name="adamw",
            settings=lambda: OptimiserSettings(LEARNING_RATE, 1e-2),
            batch_size=IMAGES,
            epochs=STEPS_EACH,
            inputs=inputs,
            autocast=False,
            seed=self._workspace.seed,
        )
        for _ in trainer.steps():
            yield Frame(status=f"training the head on {len(labels)} images")
        accuracy = trainer.read_back()[1][-1]
        made.card = replace(card, trained=True, metrics={"train_accuracy": accuracy})
        self.classifier = made.eval()
        self._workspace.shelf.put(made, f"{own.title}, {title}")


def _thumb(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (THUMB, THUMB, 3): the central square, scaled."""
    image = Image.fromarray(pixels)
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    return np.asarray(square.resize((THUMB, THUMB)))


def _examples(thumbs: dict[int, list[NDArray[np.uint8]]]) -> Pictures:
    images = [thumb for number in sorted(thumbs) for thumb in thumbs[number][:: IMAGES // 5][:5]]
    names = ", ".join(f"class {number}" for number in sorted(thumbs))
    return Pictures(images, columns=5, title=f"Own classes, a row of each: {names}")
