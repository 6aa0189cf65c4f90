"""Every chapter and exhibit, in lecture order. Adding an exhibit is one line here.

Titles and summaries stand here, so that the window and `list` can show them before PyTorch is
imported; an exhibit's module is imported when it is loaded.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lab.errors import UserError
from lab.exhibit import Exhibit
from lab.parameters import advice


@dataclass(frozen=True)
class Entry:
    """A line of the catalog: the exhibit lives in lab/exhibits/<chapter>/<name>.py."""

    chapter: str
    name: str
    title: str
    summary: str

    @property
    def path(self) -> str:
        """How the command line and the session name it: chapter/name."""
        return f"{self.chapter}/{self.name}"


@dataclass(frozen=True)
class Chapter:
    """A chapter of the lecture, and its exhibits as (name, title, summary) in lecture order."""

    name: str
    title: str
    exhibits: tuple[tuple[str, str, str], ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The exhibits of this chapter."""
        return tuple(Entry(self.name, *exhibit) for exhibit in self.exhibits)


CHAPTERS = (
    Chapter(
        "architectures",
        "Architectures",
        (
            (
                "backbones",
                "Backbones",
                "Every architecture of the lecture, opened: its graph, its layers, its costs.",
            ),
            (
                "receptive_field",
                "Receptive field",
                "What a unit can see of the image, and what it really depends on.",
            ),
            (
                "inception",
                "Inception modules",
                "Kernels of several sizes in parallel, and what 1 × 1 convolutions save.",
            ),
            (
                "residual",
                "Residual networks",
                "Plain and residual networks of 20, 56 and 110 layers: what a shortcut changes.",
            ),
            (
                "loss_landscape",
                "Loss landscape",
                "The loss around the weights, with and without residual connections.",
            ),
        ),
    ),
    Chapter(
        "building_blocks",
        "Building blocks",
        (
            (
                "batch_norm",
                "Batch normalisation",
                "Internal covariate shift with and without it, and what else it does.",
            ),
            (
                "normalisations",
                "Normalisations",
                "Batch, layer, instance, group and four more: what each averages over.",
            ),
        ),
    ),
    Chapter(
        "better_training",
        "Better training",
        (
            (
                "overfitting",
                "Overfitting",
                "1, 3, 5, 7, ?  Capacity, noise, and networks that memorise random labels.",
            ),
            (
                "memorise",
                "Coordinate networks",
                "Overfitting put to use: a network memorises your image.",
            ),
            (
                "regularisation",
                "Regularisation",
                "A penalty on the weights, L1, L2 or both, against none.",
            ),
            (
                "dropout",
                "Dropout",
                "Units, weights, pooling regions or layers dropped at random, each against none.",
            ),
            (
                "trainer",
                "Training a network",
                "Loss, accuracy, filters: does it generalise, or memorise (overfitting)?",
            ),
            (
                "augmentation",
                "Data augmentation",
                "Random transforms of the training images, and the test accuracy they gain.",
            ),
            (
                "transfer",
                "Transfer learning",
                "A pretrained network on a small dataset: frozen, fine-tuned, or from scratch.",
            ),
            (
                "hyperparameters",
                "Hyperparameters",
                "Why training fails, and how each failure is recognised by its curve.",
            ),
            (
                "notebook",
                "CNNs of the notebook",
                "The lecture's code example on CIFAR-10 or photographs: what it really gives.",
            ),
        ),
    ),
    Chapter(
        "failures",
        "Failures of learning",
        (
            # clever_hans
            # coloured_digits
            # learning_not_to_learn
            (
                "text_bias",
                "Bias in word vectors",
                "man : doctor = woman : ?  Analogies, association tests, and debiasing.",
            ),
            (
                "risk_scores",
                "Risk scores",
                "Error rates by group: what one threshold cannot make equal at once.",
            ),
            (
                "feedback_loop",
                "Feedback loop",
                "Predictive policing: patrols go where arrests were recorded.",
            ),
        ),
    ),
    Chapter(
        "adversarial",
        "Adversarial examples",
        (
            (
                "attack",
                "Adversarial attack",
                "A perturbation too small to see, and the model predicts another class.",
            ),
            (
                "robustness",
                "Robustness",
                "Accuracy under attack, against the size of the perturbation.",
            ),
            (
                "black_box",
                "Black-box attack",
                "Query the oracle, train a substitute, attack it, and transfer.",
            ),
            ("defences", "Defences", "Seven training defences, and the attacks on them."),
            (
                "without_adversaries",
                "If there were no attacks",
                "Gradient ascent on a class score would then show the class.",
            ),
        ),
    ),
    Chapter(
        "interpreting",
        "Interpreting networks",
        (
            ("predict", "Prediction", "The network's input, and its most probable classes."),
            ("occlusion", "Occlusion", "Which part of the image is the model looking at?"),
            (
                "saliency",
                "Saliency maps",
                "Which pixels does the class score depend on? Six attribution methods.",
            ),
            (
                "class_image",
                "Activation maximisation",
                "The image that maximises a class score, or the output of a neuron.",
            ),
            ("feature_maps", "Feature maps", "The activations of every layer for this image."),
            (
                "filters",
                "Convolutional filters",
                "The weights of a layer: noise, or edges, colours and patterns?",
            ),
            (
                "style_transfer",
                "Neural style transfer",
                "The content of one image in the style of another.",
            ),
            (
                "gram",
                "Gram matrix",
                "What represents a style, and textures synthesised from it alone.",
            ),
            (
                "style_video",
                "Style transfer in video",
                "Without flicker, and fast enough for the camera.",
            ),
        ),
    ),
)


def entries() -> Iterator[Entry]:
    """Every exhibit, in lecture order."""
    for chapter in CHAPTERS:
        yield from chapter.entries


def find(path: str) -> Entry:
    """The entry called chapter/name. UserError, with the nearest name, if there is none."""
    known = {entry.path: entry for entry in entries()}
    if path not in known:
        raise UserError(f"no exhibit {path}: {advice(path, known)}")
    return known[path]


def load(path: str) -> Exhibit:
    """The exhibit called chapter/name; imports PyTorch. Raises UserError for an unknown one."""
    entry = find(path)
    module = importlib.import_module(f"lab.exhibits.{entry.chapter}.{entry.name}")
    exhibit: Exhibit = module.EXHIBIT
    return replace(exhibit, path=entry.path, title=entry.title, summary=entry.summary)
