"""Classifiers with ImageNet weights: one embedded, torchvision's by download."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import torch
from torch import nn

from lab.errors import Missing, UserError
from lab.networks import efficientnet
from lab.networks.card import Card

EMBEDDED = "efficientnet_lite0"
DATA = "ImageNet-1k: 1.28 million photographs, 1000 classes"

# Offered for download: title, size in 10^6 bytes. Written here because importing torchvision
# would delay the window.
WELL_KNOWN = {
    "alexnet": ("AlexNet", 244),
    "vgg16": ("VGG-16", 553),
    "vgg19": ("VGG-19", 575),
    "googlenet": ("GoogLeNet", 52),
    "resnet18": ("ResNet-18", 47),
    "resnet50": ("ResNet-50", 103),
    "mobilenet_v2": ("MobileNetV2", 14),
    "densenet121": ("DenseNet-121", 32),
    "convnext_tiny": ("ConvNeXt-T", 114),
}

# Built here, and trained by nobody here: name -> (title, edge of the input in pixels).
WITHOUT_WEIGHTS = {"senet": ("SE-ResNet-50", 224), "alexnet_slide": ("AlexNet (slide)", 227)}


@cache
def torchvision_names() -> tuple[str, ...]:
    """The names of torchvision's classifiers; imports torchvision."""
    from torchvision import models

    return tuple(models.list_models(module=models))


def known(name: str) -> bool:
    """Whether there is a classifier of that name, on this machine or to be downloaded."""
    here = name == EMBEDDED or name in WITHOUT_WEIGHTS
    return here or name in WELL_KNOWN or name in torchvision_names()


def downloaded() -> list[str]:
    """The names of torchvision's classifiers whose weights are on this machine."""
    from lab.system import downloads

    # Without any file of weights, skip the slow import of torchvision.
    if not any(downloads.home().glob("*/*.pth")):
        return []
    return [name for name in torchvision_names() if downloads.present(name)]


def nearest(name: str, others: Iterable[str] = ()) -> str:
    """Advice, for an error message, for a name that is neither known nor one of `others`."""
    names = [EMBEDDED, *torchvision_names(), *WITHOUT_WEIGHTS, *others]
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"choose {EMBEDDED}, resnet18 or another of torchvision's classifiers"


def title(name: str) -> str:
    """The title of a classifier, for the screen."""
    if name == EMBEDDED:
        return "EfficientNet-Lite0"
    titles = WELL_KNOWN | WITHOUT_WEIGHTS
    return titles[name][0] if name in titles else name


def card(name: str) -> Card:
    """The card of a classifier with its ImageNet weights, or without where there are none.

    Raises UserError, with the nearest name, for an unknown one.
    """
    from torchvision import models

    if not known(name):
        raise UserError(f"no model {name}: {nearest(name)}")
    # Lite0 has the same thousand classes, in the same order, as torchvision's classifiers.
    here = name == EMBEDDED or name in WITHOUT_WEIGHTS
    weights = models.get_model_weights("alexnet" if here else name).DEFAULT
    seen = weights.transforms()
    if name == EMBEDDED:
        size, crop, mean, std, interpolation = 224, 0.875, [0.5] * 3, [0.5] * 3, "bicubic"
    else:
        size, crop = seen.crop_size[0], seen.crop_size[0] / seen.resize_size[0]
        mean, std, interpolation = seen.mean, seen.std, seen.interpolation.value
    trained = name not in WITHOUT_WEIGHTS
    if not trained:
        size = WITHOUT_WEIGHTS[name][1]
    return Card(
        name=name,
        title=title(name),
        architecture=name,
        classes=tuple(weights.meta["categories"]),
        size=size,
        mean=tuple(mean),
        std=tuple(std),
        crop=crop,
        interpolation=interpolation,
        data=DATA if trained else "",
        trained=trained,
    )


def network(name: str, classes: int) -> nn.Module:
    """The architecture with random initial weights: normalised RGB to logits (N, classes)."""
    if name == EMBEDDED:
        return efficientnet.EfficientNetLite0(classes)
    from torchvision import models

    from lab.networks import lecture_networks

    options: dict[str, Any] = {}
    if name in ("googlenet", "inception_v3"):
        # Ported from TensorFlow: their trained weights expect its normalisation.
        options = {"aux_logits": False, "transform_input": True, "init_weights": True}
    result: nn.Module
    if name in WITHOUT_WEIGHTS:
        result = lecture_networks.build(name, classes)
    else:
        result = models.get_model(name, weights=None, num_classes=classes, **options)
    for module in result.modules():
        # An in-place activation would overwrite the output that a hook was given.
        if "inplace" in vars(module):
            vars(module)["inplace"] = False
    return result


def weights(name: str) -> dict[str, torch.Tensor]:
    """The ImageNet weights of `network(name, 1000)`. Missing where they were not downloaded.

    UserError where there are none.
    """
    if name in WITHOUT_WEIGHTS:
        raise UserError(f"there are no trained weights of {title(name)}: choose {name}:untrained")
    if name == EMBEDDED:
        return efficientnet.embedded_weights()
    from lab.system import downloads

    if not downloads.present(name):
        line = f"{name}'s weights are not on this machine: python main.py download {name}"
        raise Missing(line, item=name)
    result: dict[str, torch.Tensor] = torch.load(
        downloads.path(name), map_location="cpu", weights_only=True
    )
    # Changed in place: the dictionary has version attributes that loading reads.
    for key in list(result):
        tensor = result.pop(key)
        # The auxiliary heads of GoogLeNet and Inception are for training alone.
        if not key.startswith(("aux", "AuxLogits")):
            # DenseNet's file has old names such as "denselayer1.norm.1.weight".
            result[re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.(\d)", r"\1\2", key)] = tensor
    return result
