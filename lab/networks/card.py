"""The model card: what the weights of a network do not tell.

It is stored as JSON inside the file of the weights, and every field is checked when it is read,
because a file may come from anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from lab.errors import UserError
from lab.text import is_line

INTERPOLATIONS = ("bilinear", "bicubic")
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# "painter": as it is written in files.
CLASSIFIER, STYLE_NETWORK = "classifier", "painter"
NETWORK_KINDS = (CLASSIFIER, STYLE_NETWORK)

LONGEST = 300
"""Characters of a text in a card."""

Option = int | float | bool | str


@dataclass(frozen=True)
class Card:
    """What a network is, what it was trained on, and how images are prepared for it.

    name: short, for the command line. title: for the screen. kind: CLASSIFIER, from an image to
    logits, or STYLE_NETWORK, from an image to an image. architecture: a name of
    lab.networks.architecture, efficientnet_lite0, or a torchvision classifier; for a style network
    a name of lab.networks.style_networks. arguments: keywords of the constructor. classes: the
    label of each logit, in any script; none for a style network. channels: 1 (grey) or 3 (RGB).
    size: the edge of its square input, in pixels. mean, std: of each channel, in pixel units. crop:
    the fraction of the resized image's shorter edge that is kept. data: the training data, by name.
    metrics: of its training. seed: of its initial weights. trained: whether it was trained.
    """

    name: str
    title: str
    architecture: str
    classes: tuple[str, ...] = ()
    channels: int = 3
    size: int = 224
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    crop: float = 1.0
    interpolation: str = "bilinear"
    data: str = ""
    arguments: Mapping[str, Option] = field(default_factory=dict)
    metrics: Mapping[str, float | list[float]] = field(default_factory=dict)
    seed: int = 0
    trained: bool = False
    kind: str = CLASSIFIER

    def __post_init__(self) -> None:
        """Raises UserError, in one line, for the first field that cannot be right."""
        for name, (holds, expected) in _RULES.items():
            if not holds(getattr(self, name)):
                raise UserError(f"the card's {name} must be {expected}")
        if self.kind == CLASSIFIER and len(self.classes) < 2:
            raise UserError("the card's classes must be two or more labels")
        if self.kind == STYLE_NETWORK and self.classes:
            raise UserError("the card's classes must be none: a style network has none")
        if not len(self.mean) == len(self.std) == self.channels:
            raise UserError(f"the card's mean and std must have {self.channels} numbers each")

    def to_json(self) -> str:
        """The card as JSON, one field a line."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Card:
        """The card that `to_json` wrote; unknown fields are ignored.

        Raises UserError, in one line, for anything else.
        """
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UserError(f"the card is not JSON ({error})") from None
        if not isinstance(given, dict):
            raise UserError("the card must be a JSON object with named fields")
        # Cards written before there were style networks have no kind.
        given.setdefault("kind", CLASSIFIER)
        known = [item.name for item in fields(cls)]
        if missing := [name for name in known if name not in given]:
            raise UserError(f"the card lacks {', '.join(missing)}")
        values = {name: given[name] for name in known}
        for name in ("classes", "mean", "std"):
            if isinstance(values[name], list):
                values[name] = tuple(values[name])
        return cls(**values)


def _text(value: Any) -> bool:
    """On one line of any screen, in any script: what people call their folders is a label."""
    return isinstance(value, str) and is_line(value) and len(value) <= LONGEST


def _named(value: Any) -> bool:
    return _text(value) and bool(value)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    )


def _numbers(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, tuple) and all(_number(v) and low <= v <= high for v in value)
    )


def _classes(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) <= 100_000 and all(map(_named, value))


def _option(value: Any) -> bool:
    # Far more than any network here can use, and few enough that building it fails quickly.
    return _text(value) or (isinstance(value, (int, float)) and abs(value) <= 1e5)


def _arguments(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_named(k) and _option(v) for k, v in value.items())


def _metrics(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        _named(k) and (_number(v) or (isinstance(v, list) and all(map(_number, v))))
        for k, v in value.items()
    )


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": (_named, "a line of text"),
    "title": (_named, "a line of text"),
    "architecture": (_named, "a line of text"),
    "kind": (lambda value: value in NETWORK_KINDS, " or ".join(NETWORK_KINDS)),
    "classes": (_classes, "two or more labels"),
    "channels": (lambda value: _whole(1, 3)(value) and value != 2, "1 (grey) or 3 (RGB)"),
    "size": (_whole(8, 2048), "a whole number of pixels from 8 to 2048"),
    "mean": (_numbers(-10, 10), "a number for each channel"),
    "std": (_numbers(1e-6, 1e3), "a number above zero for each channel"),
    "crop": (lambda value: _number(value) and 0.1 <= value <= 1, "a share from 0.1 to 1"),
    "interpolation": (lambda value: value in INTERPOLATIONS, " or ".join(INTERPOLATIONS)),
    "data": (_text, "a line of text"),
    "arguments": (_arguments, "names with numbers, switches or words"),
    "metrics": (_metrics, "names with numbers or lists of numbers"),
    "seed": (_whole(0, 2**63 - 1), "a whole number from 0"),
    "trained": (lambda value: isinstance(value, bool), "true or false"),
}
