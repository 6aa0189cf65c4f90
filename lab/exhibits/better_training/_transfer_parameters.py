"""The parameters of transfer learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lab.parameters import RUNNING, Choice, Number, Several, Switch, When

AUTOMATIC = -1


@dataclass(frozen=True)
class Parameters:
    """The network, the data, what is frozen, and two learning rates."""

    model: Annotated[
        str, Choice("Pretrained model", "models", help="Any classifier; its head is replaced.")
    ] = "efficientnet_lite0"
    data: Annotated[
        str, Choice("Dataset", "datasets", help="Or drop a folder of class folders.")
    ] = "photo_patches"
    images: Annotated[
        int, Number("Training images per class", 1, 500, log=True, help="Drawn anew for each seed.")
    ] = 10
    frozen: Annotated[
        int,
        Number("Frozen units", AUTOMATIC, 40, step=1, auto="Automatic",
               help="Or click the last frozen one in the drawn network. Automatic: two thirds.",
               when=When("ways", "fine")),
    ] = AUTOMATIC  # fmt: skip
    head_lr: Annotated[
        float,
        Number("Learning rate: head", 1e-5, 0.1, log=True, live=RUNNING, form=".2g",
               help="From scratch: of all layers."),
    ] = 3e-3  # fmt: skip
    body_lr: Annotated[
        float,
        Number("Learning rate: body", 0, 0.1, log=True, live=RUNNING, form=".2g",
               help="Of the fine-tuned layers below the head: keep it smaller.",
               when=When("ways", "fine")),
    ] = 1e-3  # fmt: skip
    ways: Annotated[
        tuple[str, ...],
        Several("Compared", {"head": "Head only", "fine": "Fine-tuned", "scratch": "From scratch"},
                least=1),
    ] = ("head", "fine", "scratch")  # fmt: skip
    epochs: Annotated[int, Number("Epochs", 1, 200, log=True)] = 10
    seeds: Annotated[int, Number("Seeds", 1, 6)] = 3
    table: Annotated[
        bool,
        Switch("Measure the lecture's table", live=True,
               help="After the comparison. Minutes for a large network."),
    ] = False  # fmt: skip
