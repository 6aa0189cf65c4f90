"""Which layers carry the style and the content, for networks that nobody chose them for too."""

from __future__ import annotations

from collections.abc import Sequence

from lab.errors import UserError
from lab.networks.layers import Layer, layers
from lab.networks.models import Classifier

# (style, content). VGG's are the papers': the rectified answers of conv1_1 to conv5_1, and of
# conv4_2. EfficientNet-Lite0's: the stem and blocks 0 to 3, each stage by its last block.
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
# Of a network that nobody chose for: style from so many resolutions, content from this one.
STYLE_STAGES, CONTENT_STAGE = 4, 2


def by_default(classifier: Classifier) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The layers of the style and those of the content, from early to late.

    For an architecture that nobody chose for: the last layer at each of its first resolutions. A
    pooling, which would begin the next one, is left out. Raises UserError where no layer has maps.
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
    """The name of the last layer at each resolution, finest first, poolings left out."""
    last: dict[tuple[int, ...], str] = {}
    for layer in known:
        if layer.spatial and "Pool" not in layer.kind:
            last[layer.shape[1:]] = layer.name
    return [last[shape] for shape in sorted(last, reverse=True)]
