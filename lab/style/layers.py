"""Default style and content layers, for any convolutional network."""

from __future__ import annotations

from collections.abc import Sequence

from lab.errors import UserError
from lab.networks.layers import Layer, layers
from lab.networks.models import Classifier

# (style, content). Of VGG those of the papers: the ReLUs of conv1_1 to conv5_1, and of conv4_2. Of
# EfficientNet-Lite0: the stem, and the last block of each of the stages 0 to 3.
CHOSEN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "vgg19": (
        ("features.1", "features.6", "features.11", "features.20", "features.29"),
        ("features.22",),
    ),
    "vgg16": (
        ("features.1", "features.6", "features.11", "features.18", "features.25"),
        ("features.20",),
    ),
    "efficientnet_lite0": (
        ("stem.relu", "blocks.0.0", "blocks.1.1", "blocks.2.1", "blocks.3.2"),
        ("blocks.2.1",),
    ),
}
# For any other network: style from so many resolutions, content from the one with this index.
STYLE_STAGES, CONTENT_STAGE = 4, 2


def by_default(classifier: Classifier) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(style layers, content layers), from early to late.

    For an architecture that is not in CHOSEN: the last layer at each of its first resolutions,
    without poolings, which begin the next one. Raises UserError where no layer has feature maps.
    """
    card = classifier.card
    if card.architecture in CHOSEN:
        return CHOSEN[card.architecture]
    stages = last_of_each_resolution(layers(classifier))
    if not stages:
        raise UserError(f"{card.title} has no spatial layers: choose a convolutional network")
    style = stages[:STYLE_STAGES]
    return tuple(style), (style[min(CONTENT_STAGE, len(style) - 1)],)


def last_of_each_resolution(known: Sequence[Layer]) -> list[str]:
    """The name of the last layer at each resolution, finest first, without poolings."""
    last: dict[tuple[int, ...], str] = {}
    for layer in known:
        if layer.spatial and "Pool" not in layer.kind:
            last[layer.shape[1:]] = layer.name
    return [last[shape] for shape in sorted(last, reverse=True)]
