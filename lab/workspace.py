"""What a run may use: the device, pictures, models, data, the seed, and a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

from lab import parameters
from lab.datasets import Dataset, Library
from lab.errors import UserError
from lab.media.pictures import Picture
from lab.networks.classes import ClassNames
from lab.networks.models import Classifier
from lab.networks.shelf import Shelf
from lab.system import devices
from lab.system.home import home


@dataclass(frozen=True)
class Workspace:
    """Handed to every run. Pictures are those that the exhibit takes, chosen ones first.

    camera: what the camera sees by now; None where it is off, UserError where it went away.
    chosen: the picture that is chosen on the light table by now; None where there is none.
    folder: where a run may write files of its own (a film); made by whoever writes first. On the
    command line it is the folder of `--out`.
    """

    device: torch.device
    shelf: Shelf
    library: Library
    pictures: tuple[Picture, ...] = ()
    seed: int = 0
    camera: Callable[[], Picture | None] = lambda: None
    chosen: Callable[[], Picture | None] = lambda: None
    folder: Path = field(default_factory=lambda: home() / "made")

    @classmethod
    def open(cls, device: str = "auto") -> Workspace:
        """A workspace with the embedded models and data; each exhibit has a picture of its own."""
        return cls(devices.choose(device), Shelf(), Library())

    @property
    def picture(self) -> Picture:
        """The chosen picture. UserError where there is none."""
        if not self.pictures:
            raise UserError("no image: add one in the window, or give --image PATH")
        return self.pictures[0]

    def options(
        self, source: parameters.Source, of: str = "", *, known: bool = False
    ) -> Mapping[str, str]:
        """name -> title of what can be chosen now from a source of lab.parameters.Choice.

        of: the model whose classes, layers or input are asked for, "auto" for the one that style
        transfer takes by itself; of "models", all that is offered is that one. known: raises NotYet
        where PyTorch would be needed for the answer. Raises UserError for an unknown model.
        """
        of = self.shelf.default_style_network() if of == parameters.AUTO else of
        if source == "models" and of:
            return {of: self.shelf.options()[of]}
        if source == "classes":
            return ClassNames(self.shelf.card(of).classes)
        if source == "input":
            card = self.shelf.card(of)
            return {"channels": str(card.channels), "size": str(card.size)}
        if source == "layers":
            return self.shelf.layers(of, known=known)
        if source == "maps":
            return self.shelf.layers(of, maps=True, known=known)
        if source == "units":
            return self.shelf.layers(of, tokens=True, known=known)
        if source == "convolutions":
            return self.shelf.layers(of, "Conv2d", known=known)
        if source == "operations":
            from lab.structure import networks as structure  # imports torchvision

            return structure.operations(of, known=known)
        return {
            "models": self.shelf.options,
            "painters": self.shelf.style_networks,
            "datasets": self.library.options,
        }[source]()

    def data(self, name: str) -> Dataset:
        """A data set, resident on this workspace's device."""
        return self.library.get(name).to(self.device)

    def trained_on(self, data: Dataset, name: str) -> Classifier:
        """The network of that name. UserError where it was not trained on images like `data`."""
        card = self.shelf.card(name)
        seen = (card.channels, card.size, card.size)
        if card.classes != data.classes or seen != tuple(data.train_images.shape[1:]):
            raise UserError(
                f"{card.title} was not trained on {data.title}: choose another model or dataset"
            )
        return self.shelf.get(name, self.device)
