"""The shelf: all models at hand, embedded, downloaded, trained here or loaded from a file.

Classifiers and style networks are offered separately. Every method may be called from any thread:
the window lists the models while the torch thread loads and trains. No lock is held while a network
is loaded or built.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import torch

from lab.errors import UserError
from lab.networks import imagenet, model_names, models, shipped, weights
from lab.networks.card import CLASSIFIER, STYLE_NETWORK, Card
from lab.networks.finite import check_output, check_weights
from lab.networks.layer_lists import LayerLists, no_classifier
from lab.networks.model_names import UNTRAINED, ModelOptions, StyleOptions, is_file
from lab.networks.models import Classifier, Network, StyleNetwork
from lab.networks.own_networks import OwnNetworks

DEFAULT_STYLE_NETWORK = "vgg19"
"""The network of the lecture's papers on style transfer."""


class Shelf:
    """The models at hand.

    on_change: functions called after a model was added, removed or renamed, in the thread that did
    it. No lock is held then, so they may call any method.
    """

    def __init__(self) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._own = OwnNetworks()
        self._layers = LayerLists()
        self._lock = threading.Lock()
        # Loaded networks, by name and device.
        self._ready: dict[tuple[str, torch.device], Network] = {}
        self._checked: weakref.WeakSet[Network] = weakref.WeakSet()

    def options(self) -> ModelOptions:
        """Name -> title of the classifiers: those at hand, then those to download."""
        here = self.in_hand(CLASSIFIER)
        absent = {
            name: f"{title} (download, {megabytes} MB)"
            for name, (title, megabytes) in imagenet.WELL_KNOWN.items()
            if name not in here
        }
        return ModelOptions(here | absent)

    def style_networks(self) -> StyleOptions:
        """Name -> title of the style networks, the latest first."""
        return StyleOptions(self._own.titles(STYLE_NETWORK))

    def in_hand(self, kind: str = "") -> dict[str, str]:
        """Name -> title of what needs no download, of one kind of network or of all."""
        own = self._own.titles(kind)
        embedded = {imagenet.EMBEDDED: f"{imagenet.title(imagenet.EMBEDDED)} (ImageNet)"}
        downloaded = {name: f"{imagenet.title(name)} (ImageNet)" for name in imagenet.downloaded()}
        return own | embedded | shipped.TITLES | downloaded

    def default_style_network(self) -> str:
        """The network for style transfer: VGG-19 where it is at hand, else the embedded one."""
        own = DEFAULT_STYLE_NETWORK
        return own if own in self.in_hand() else imagenet.EMBEDDED

    def names_trained_here(self) -> list[str]:
        """The names of the networks added by `put` and `adopt`, oldest first."""
        return self._own.names()

    def adopted(self) -> set[str]:
        """The names of those among `names_trained_here` that were added from files."""
        return self._own.adopted()

    def located(self, name: str) -> str:
        """The name of a model, valid in any working directory: of a file, its absolute path."""
        return model_names.located(name)

    def card(self, name: str) -> Card:
        """The card of a model, without its weights and without PyTorch.

        Raises UserError for an unknown name.
        """
        if name.endswith(UNTRAINED):
            return model_names.untrained(self.card(name.removesuffix(UNTRAINED)))
        own = self._own.find(name)
        if own is not None:
            return own.card
        if name in shipped.TITLES:
            return shipped.card(name)
        if is_file(name):
            return weights.card(name)
        self._check_imagenet(name)
        return imagenet.card(name)

    def layers(
        self,
        name: str,
        kind: str = "",
        *,
        maps: bool = False,
        tokens: bool = False,
        known: bool = False,
    ) -> dict[str, str]:
        """Name -> name and shape of the layers of a model, in order.

        kind: only layers whose class name ends so ("Conv2d"). maps: only those that output feature
        maps. tokens: also those that output tokens. known: raises NotYet where the network must be
        built for the answer, which is done once for each architecture, on the device "meta": the
        weights are not loaded, and a model in use is not touched.
        """
        return {
            layer.name: layer.title
            for layer in self._layers.of(self.card(name), known=known)
            if layer.kind.endswith(kind)
            and (layer.maps or not maps)
            and (tokens or not layer.tokens)
        }

    def get(self, name: str, device: torch.device | str = "cpu") -> Classifier:
        """The classifier called `name`, frozen, on `device`: the same object every time.

        It is shared: `copy()` it before changing it. name: one of `options()`, with ":untrained"
        after it for random initial weights, or the path of a .safetensors file. Raises UserError
        for an unknown name, and for a network that gives no numbers, Missing for a model that can
        be downloaded.
        """
        found = self._sound(name, torch.device(device))
        if not isinstance(found, Classifier):
            raise no_classifier(found.card)
        return found

    def style_network(self, name: str, device: torch.device | str = "cpu") -> StyleNetwork:
        """The same for a style network: one of `style_networks()`, or the path of a file."""
        found = self._sound(name, torch.device(device))
        if not isinstance(found, StyleNetwork):
            raise UserError(f"{found.card.title} is not a style network: choose one")
        return found

    def untrained(self, name: str, device: torch.device | str = "cpu") -> Classifier:
        """The architecture of `name` with its initial weights, frozen, on `device`.

        For a network trained here they are those that its training began with: they depend only on
        the seed in its card.
        """
        device = torch.device(device)
        card = self.card(name + UNTRAINED)
        if card.kind != CLASSIFIER:
            raise no_classifier(card)
        made = self._kept(card.name, device, lambda: models.build(card).to(device).frozen())
        assert isinstance(made, Classifier)
        return made

    def _sound(self, name: str, device: torch.device) -> Network:
        """UserError where the output of a network trained here, or of a file, is not finite."""
        found = self._get(name, device)
        own = found.card.name in self._own.names() and device.type != "meta"
        if own and found not in self._checked:
            check_output(found)
            self._checked.add(found)
        return found

    def _get(self, name: str, device: torch.device) -> Network:
        if name.endswith(UNTRAINED):
            return self.untrained(name.removesuffix(UNTRAINED), device)
        own = self._find(name)
        if own is None:
            return self._kept(name, device, lambda: models.load(name, device=device))
        if own.device == device:
            return own
        return self._kept(own.card.name, device, lambda: own.copy(device))

    def _find(self, name: str) -> Network | None:
        """A network trained by this program, by name or file; None for an ImageNet classifier."""
        own = self._own.find(name)
        if own is not None:
            return own
        if name in shipped.TITLES:
            return self._kept(name, torch.device("cpu"), lambda: shipped.load(name))
        if is_file(name):
            return self._own.find(self.adopt(name))
        self._check_imagenet(name)
        return None

    def _check_imagenet(self, name: str) -> None:
        """UserError for a name that no ImageNet classifier has."""
        if not imagenet.known(name):
            raise model_names.unknown(name, self.options())

    def _kept(self, name: str, device: torch.device, make: Callable[[], Network]) -> Network:
        key = (name, device)
        with self._lock:
            if key in self._ready:
                return self._ready[key]
        # Outside the lock: loading takes seconds, and the window lists the models meanwhile.
        made = make()
        with self._lock:
            return self._ready.setdefault(key, made)

    def put(self, network: Network, title: str) -> str:
        """Add a copy of `network` as it is now; returns its name on the shelf.

        title: for the screen ("Small CNN on digits, 97.1 %"); a number is added where it is taken.
        Raises UserError where the card does not describe the network, and for one with NaN or
        infinite weights.
        """
        check_weights(network, title)
        name = self._own.add(network.copy(), title, self.options().values())
        self._changed()
        return name

    def adopt(self, path: Path | str, name: str = "") -> str:
        """Add the network in a .safetensors file; returns its name on the shelf.

        name: the wanted name, in small letters, digits and hyphens, taken unless another network
        has it; "" for one made from the title. Raises UserError for a file that
        lab.networks.weights refuses.
        """
        path = Path(path).resolve()
        network = weights.read(path)
        name = self._own.add(network, network.card.title, self.options().values(), name, path)
        self._changed()
        return name

    def save(self, name: str, path: Path | str) -> Path:
        """Write a model and its card to a .safetensors file; returns the path."""
        return weights.save(self._get(name, torch.device("cpu")), path)

    def keep(self, name: str, folder: Path) -> Path:
        """Write a model into `folder` as `lab.networks.weights.keep` does; returns the path."""
        return weights.keep(self._get(name, torch.device("cpu")), folder)

    def rename(self, name: str, title: str) -> None:
        """Change the title of a network trained here; its name stays the same."""
        self._own.rename(name, title, self.options().values())
        self._forget(name)
        self._changed()

    def remove(self, name: str) -> None:
        """Remove a network trained here; a file that it was saved to is kept."""
        self._own.remove(name)
        self._forget(name)
        self._changed()

    def _forget(self, name: str) -> None:
        with self._lock:
            for key in [key for key in self._ready if key[0] in (name, name + UNTRAINED)]:
                del self._ready[key]

    def _changed(self) -> None:
        for listener in list(self.on_change):
            listener()
