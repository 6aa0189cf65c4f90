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
    """A line of the catalog: the exhibit lives in lab/<chapter>/<name>.py."""

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
    Chapter("architectures", "Architectures"),
    Chapter("building_blocks", "Building blocks"),
    Chapter(
        "better_training",
        "Better training",
        (
            (
                "trainer",
                "Trainer",
                "A network learns from pictures, live: loss, filters, mistakes.",
            ),
            (
                "augmentation",
                "Augmentation",
                "Never the same picture twice: what it does, and gains.",
            ),
        ),
    ),
    Chapter("failures", "Failures of learning"),
    Chapter(
        "adversarial",
        "Adversarial examples",
        (
            ("attack", "Attack", "A change that nobody sees, and the network says another class."),
            (
                "robustness",
                "Robustness",
                "How much accuracy survives attacks of which size?",
            ),
            ("black_box", "Black box", "Fool a network of which only the answers are known."),
            ("defences", "Defences", "Seven ways to teach a network, and who breaks them."),
            ("without_adversaries", "Without adversaries", "If attacks were not possible."),
        ),
    ),
    Chapter(
        "interpreting",
        "Interpreting",
        (
            ("predict", "Predict", "What does the network see in this picture?"),
            ("occlusion", "Occlusion", "Which part of the picture does the answer hang on?"),
            ("saliency", "Saliency", "Which pixels does the answer hang on? Six ways to ask."),
            ("class_image", "Class images", "What does the network think this looks like?"),
            ("feature_maps", "Feature maps", "What does every layer make of this picture?"),
            ("filters", "Filters", "Noise, or edges, colours and patterns?"),
            (
                "style_transfer",
                "Style transfer",
                "A picture, painted anew in the manner of another.",
            ),
            ("gram", "Gram matrix", "What is a style, to a network? And what does it leave out?"),
            ("style_video", "Style in video", "Paint a film, or the camera, without flicker?"),
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
