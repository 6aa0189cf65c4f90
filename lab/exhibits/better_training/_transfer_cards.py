"""What transfer learning shows: the network in parts, training images, results, predictions."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lab.datasets import Dataset
from lab.exhibit.comparing import final_table
from lab.media.pictures import Picture
from lab.networks.eval_mode import eval_mode
from lab.networks.finite import not_finite
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels, pictures_of
from lab.networks.splitting import Split
from lab.payloads import Bars, Graph, Payload, Pictures, Table
from lab.training.scores import Scores
from lab.training.transfer_learning import Strategy, Transfer

WAYS = {"head": "head only", "fine": "fine-tuned", "scratch": "from scratch"}
IMAGE = "image"
STATES = ("frozen", "fine-tuned", "new head")
TOP = 5
# Of the training images that are shown.
ROWS, COLUMNS = 3, 4


def network_graph(split: Split, frozen: int, edge: int, channels: int, title: str) -> Graph:
    """The units in a row: what is frozen, fine-tuned, and new."""
    states = [STATES[0]] * frozen + [STATES[1]] * (split.depth - frozen) + [STATES[2]]
    nodes = {IMAGE: f"image\n{channels} × {edge} × {edge}"}
    nodes |= {
        unit.name: f"{unit.name}\n{unit.size}\n{state}"
        for unit, state in zip(split.units, states, strict=True)
    }
    names = list(nodes)
    groups = [
        [unit.name for unit, state in zip(split.units, states, strict=True) if state == wanted]
        for wanted in STATES
    ]
    return Graph(
        nodes,
        list(itertools.pairwise(names)),
        names[frozen],
        groups,
        title=f"{title}: {frozen} of {split.depth} units frozen (click the last frozen one)",
    )


def training_images(data: Dataset) -> Pictures:
    """Some images of each class, one class after another; of few classes a row of each."""
    classes, labels = len(data.classes), data.train_labels.cpu()
    each = COLUMNS if classes <= ROWS else max(1, COLUMNS * ROWS // classes)
    members = [(labels == label).nonzero()[:each, 0] for label in range(classes)]
    order = torch.cat(members)[: COLUMNS * ROWS]
    counts = labels.bincount(minlength=classes).tolist()
    few, most = min(counts), max(counts)
    count = f"{few}" if few == most else f"{few} to {most}"
    return Pictures(
        list(pictures_of(data.train_images[order.to(data.train_labels.device)])),
        columns=COLUMNS if classes > ROWS else min(COLUMNS, len(members[0])),
        title=f"Training images: {count} of each of {classes} classes",
    )


def results(scores: Scores, transfer: Transfer, strategies: Mapping[str, Strategy]) -> Table:
    """Test and training accuracy of each way, and how many weights it trained."""
    columns = {"test_accuracy": ("test", ".1%"), "train_accuracy": ("training", ".1%")}
    labels = {way: WAYS[way] for way in scores.ways}
    plain = final_table(scores, columns, labels, "Accuracy")
    counts = (f"{transfer.trained(strategies[way]):,}" for way in scores.ways)
    rows = [
        [way, test, str(train).partition(" ±")[0], count]
        for (way, test, train), count in zip(plain.rows, counts, strict=True)
    ]
    best = int(np.nanargmax([np.nan_to_num(scores.mean("test_accuracy", w)) for w in scores.ways]))
    return Table([*plain.columns, "weights"], rows, best)


def predictions(networks: Mapping[str, Classifier], picture: Picture) -> dict[str, Payload]:
    """An image as the networks see it, and the probabilities of its classes.

    networks: label -> network; those whose weights are not finite are left out.
    """
    sound = {k: network for k, network in networks.items() if not not_finite(network)}
    if not sound:
        return {}
    found: dict[str, NDArray[np.float32]] = {}
    pixels: Tensor | None = None
    for label, network in sound.items():
        pixels = network.prepare(picture.pixels)
        with eval_mode(network), torch.inference_mode():
            found[label] = network(pixels).softmax(1)[0].cpu().numpy()
    assert pixels is not None
    first = next(iter(found.values()))
    classes = next(iter(sound.values())).classes
    order = np.argsort(-first)[:TOP]
    best = int(order[0])
    caption = f"{picture.name}\npredicted {classes[best]} (p = {first[best]:.2f})"
    return {
        "seen": Pictures([as_pixels(pixels)], [caption]),
        "classes": Bars(
            [classes[i] for i in order],
            {label: values[order] for label, values in found.items()},
            highlight=0,
            form=".2f",
        ),
    }
