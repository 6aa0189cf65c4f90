"""The layers of architectures, each looked into once."""

from __future__ import annotations

import threading

from lab.errors import NotYet, UserError
from lab.networks import models
from lab.networks.card import CLASSIFIER, Card
from lab.networks.layers import Layer, layers
from lab.networks.models import Classifier


class LayerLists:
    """The layers of classifiers, by all that they depend on. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Or why there are none.
        self._known: dict[tuple[str, str, int, int], tuple[Layer, ...] | UserError] = {}

    def of(self, card: Card, *, known: bool = False) -> tuple[Layer, ...]:
        """The layers of the network of a card, in order, those of tokens included.

        known: raises NotYet where the network must be built for the answer, which is done once for
        each architecture, on the device "meta". Raises UserError for a network that cannot be
        built, and for one that is no classifier.
        """
        if card.kind != CLASSIFIER:
            raise no_classifier(card)
        key = (card.architecture, str(card.arguments), card.size, card.channels)
        with self._lock:
            found = self._known.get(key)
        if found is None:
            if known:
                raise NotYet(f"the layers of {card.title}")
            found = _looked_into(card)
            with self._lock:
                self._known[key] = found
        if isinstance(found, UserError):
            raise found
        return found


def no_classifier(card: Card) -> UserError:
    """The error for a style network where a classifier is needed."""
    return UserError(f"{card.title} is a style network, without classes: choose a classifier")


def _looked_into(card: Card) -> tuple[Layer, ...] | UserError:
    try:
        outline = models.outline(card)
        assert isinstance(outline, Classifier)
        return layers(outline, tokens=True)
    except UserError as error:  # kept, so that it is not tried again and again
        return error
