"""The shelf: all models at hand, embedded, downloaded, trained here or loaded from a file.

Classifiers and style networks are offered separately. Every method may be called from any thread:
the window lists the models while the torch thread loads and trains. No lock is held while a network
is loaded or built.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import torch

from lab.errors import NotYet, UserError
from lab.networks import imagenet, models, shipped, weights
from lab.networks.card import CLASSIFIER, STYLE_NETWORK, Card
from lab.networks.layers import Layer, layers
from lab.networks.models import Classifier, Network, StyleNetwork

UNTRAINED = ":untrained"

"""After the name of a model: its architecture with random initial weights."""

DEFAULT_STYLE_NETWORK = "vgg19"
"""The network of the lecture's papers on style transfer."""


class ModelOptions(dict[str, str]):
    """Name -> title of the models to offer.

    `in` and `[]` also accept names that are not offered: any torchvision classifier, NAME:untrained
    for random initial weights, and the path of a .safetensors file.
    """

    def __missing__(self, name: str) -> str:
        """The title of a model that exists but is not offered."""
        if name.endswith(UNTRAINED):
            return f"{self[name.removesuffix(UNTRAINED)]}, untrained"
        return Path(name).stem if _is_file(name) else imagenet.title(name)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        name = name.removesuffix(UNTRAINED)
        return super().__contains__(name) or _is_file(name) or imagenet.known(name)


def _is_file(name: str) -> bool:
    return name.endswith(weights.SUFFIX) and Path(name).is_file()


class Shelf:
    """The models at hand.

    on_change: functions called after a model was added, removed or renamed, in the thread that did
    it. No lock is held then, so they may call any method.
    """

    def __init__(self) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._own: dict[str, Network] = {}
        self._files: dict[Path, str] = {}
        self._adopted: set[str] = set()
        # Loaded networks, by name and device.
        self._ready: dict[tuple[str, torch.device], Network] = {}
        # By all that they depend on; or why there are none.
        self._layers: dict[tuple[str, str, int, int], tuple[Layer, ...] | UserError] = {}

    def options(self) -> ModelOptions:
        """Name -> title of the classifiers: those at hand, then those to download."""
        here = self.in_hand(CLASSIFIER)
        absent = {
            name: f"{title} (download, {megabytes} MB)"
            for name, (title, megabytes) in imagenet.WELL_KNOWN.items()
            if name not in here
        }
        return ModelOptions(here | absent)

    def style_networks(self) -> dict[str, str]:
        """Name -> title of the style networks, the latest first."""
        return self._own_titles(STYLE_NETWORK)

    def in_hand(self, kind: str = "") -> dict[str, str]:
        """Name -> title of what needs no download: trained here, embedded, downloaded before.

        kind: "classifier" leaves out the style networks.
        """
        own = self._own_titles(kind)
        embedded = {imagenet.EMBEDDED: f"{imagenet.title(imagenet.EMBEDDED)} (ImageNet)"}
        downloaded = {name: f"{imagenet.title(name)} (ImageNet)" for name in _downloaded()}
        return own | embedded | shipped.TITLES | downloaded

    def default_style_network(self) -> str:
        """The network for style transfer: VGG-19 where it is at hand, else the embedded one."""
        return (
            DEFAULT_STYLE_NETWORK if DEFAULT_STYLE_NETWORK in self.in_hand() else imagenet.EMBEDDED
        )

    def names_trained_here(self) -> list[str]:
        """The names of the networks added by `put` and `adopt`, oldest first."""
        with self._lock:
            return list(self._own)

    def card(self, name: str) -> Card:
        """The card of a model, without its weights and without PyTorch.

        Raises UserError for an unknown name.
        """
        if name.endswith(UNTRAINED):
            return _untrained(self.card(name.removesuffix(UNTRAINED)))
        own = self._own_network(name)
        if own is not None:
            return own.card
        if name in shipped.TITLES:
            return shipped.card(name)
        if _is_file(name):
            return weights.card(name)
        self._check_imagenet(name)
        return imagenet.card(name)

    def layers(
        self, name: str, kind: str = "", *, maps: bool = False, known: bool = False
    ) -> dict[str, str]:
        """Name -> name and shape of the layers of a model, in order.

        kind: only layers whose class name ends so ("Conv2d"). maps: only those that output feature
        maps. known: raises NotYet where the network must be built for the answer, which is done
        once for each architecture, on the device "meta": the weights are not loaded, and a model in
        use is not touched.
        """
        card = self.card(name)
        if card.kind != CLASSIFIER:
            raise _no_classifier(card)
        key = (card.architecture, str(card.arguments), card.size, card.channels)
        with self._lock:
            found = self._layers.get(key)
        if found is None:
            if known:
                raise NotYet(f"the layers of {card.title}")
            found = _layers_of(card)
            with self._lock:
                self._layers[key] = found
        if isinstance(found, UserError):
            raise found
        return {
            layer.name: layer.title
            for layer in found
            if layer.kind.endswith(kind) and (layer.maps or not maps)
        }

    def get(self, name: str, device: torch.device | str = "cpu") -> Classifier:
        """The classifier called `name`, frozen, on `device`: the same object every time.

        It is shared: `copy()` it before changing it. name: one of `options()`, with ":untrained"
        after it for random initial weights, or the path of a .safetensors file. Raises UserError
        for an unknown name, Missing for a model that can be downloaded.
        """
        found = self._get(name, torch.device(device))
        if not isinstance(found, Classifier):
            raise _no_classifier(found.card)
        return found

    def style_network(self, name: str, device: torch.device | str = "cpu") -> StyleNetwork:
        """The same for a style network: one of `style_networks()`, or the path of a file."""
        found = self._get(name, torch.device(device))
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
            raise _no_classifier(card)
        made = self._kept(card.name, device, lambda: models.build(card).to(device).frozen())
        assert isinstance(made, Classifier)
        return made

    def put(self, network: Network, title: str) -> str:
        """Add a copy of `network` as it is now; returns its name on the shelf.

        title: for the screen ("Small CNN on digits, 97.1 %"); a number is added where it is taken.
        Raises UserError where the card does not describe the network.
        """
        return self._keep(network.copy(), title)

    def adopt(self, path: Path | str, name: str = "") -> str:
        """Add the network in a .safetensors file; returns its name on the shelf.

        name: the wanted name, in small letters, digits and hyphens, taken unless another network
        has it; "" for one made from the title. Raises UserError for a file that
        lab.networks.weights refuses.
        """
        path = Path(path).resolve()
        network = weights.read(path)
        name = self._keep(network, network.card.title, name)
        with self._lock:
            self._files[path] = name
            self._adopted.add(name)
        return name

    def adopted(self) -> set[str]:
        """The names of those among `names_trained_here` that were added from files."""
        with self._lock:
            return self._adopted & self._own.keys()

    def save(self, name: str, path: Path | str) -> Path:
        """Write a model and its card to a .safetensors file; returns the path."""
        return weights.save(self._get(name, torch.device("cpu")), path)

    def keep(self, name: str, folder: Path) -> Path:
        """Write a model into `folder`, which is created; returns the path of the file.

        The file is named by the card and the weights, and not written again where it exists.
        Raises UserError where it cannot be written.
        """
        network = self._get(name, torch.device("cpu"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{folder} cannot be made: {error.strerror or error}") from None
        return weights.keep(network, folder)

    def located(self, name: str) -> str:
        """The name of a model, valid in any working directory: of a file, its absolute path."""
        bare = name.removesuffix(UNTRAINED)
        return str(Path(bare).absolute()) + name[len(bare) :] if _is_file(bare) else name

    def rename(self, name: str, title: str) -> None:
        """Change the title of a network trained here; its name stays the same."""
        offered = set(self.options().values())
        with self._lock:
            own = self._trained_here(name)
            others = (offered | set(self._titles())) - {own.card.title}
            own.card = replace(own.card, title=_unique(title, others, "{} ({})"))
            self._forget(name)
        self._changed()

    def remove(self, name: str) -> None:
        """Remove a network trained here; a file that it was saved to is kept."""
        with self._lock:
            self._trained_here(name)
            del self._own[name]
            self._files = {path: kept for path, kept in self._files.items() if kept != name}
            self._forget(name)
        self._changed()

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
        own = self._own_network(name)
        if own is not None:
            return own
        if name in shipped.TITLES:
            return self._kept(name, torch.device("cpu"), lambda: shipped.load(name))
        if _is_file(name):
            kept = self.adopt(name)
            with self._lock:
                return self._own[kept]
        self._check_imagenet(name)
        return None

    def _own_network(self, name: str) -> Network | None:
        """A network that was trained here or adopted, by its name or the path of its file."""
        with self._lock:
            if name in self._own:
                return self._own[name]
            kept = self._files.get(Path(name).resolve()) if _is_file(name) else None
            return self._own[kept] if kept else None

    def _check_imagenet(self, name: str) -> None:
        """UserError for a name that no ImageNet classifier has."""
        if imagenet.known(name):
            return
        if name.endswith(weights.SUFFIX):
            raise UserError(f"no file {name}: give the path of a saved network")
        raise UserError(f"no model {name}: {imagenet.nearest(name, self.options())}")

    def _kept(self, name: str, device: torch.device, make: Callable[[], Network]) -> Network:
        key = (name, device)
        with self._lock:
            if key in self._ready:
                return self._ready[key]
        # Outside the lock: loading takes seconds, and the window lists the models meanwhile.
        made = make()
        with self._lock:
            return self._ready.setdefault(key, made)

    def _keep(self, network: Network, title: str, name: str = "") -> str:
        # It will be a file's name too, which may have 255 bytes.
        slug = re.sub(r"[^a-z0-9]+", "-", (name or title).lower())[:100].strip("-") or "network"
        # Names of torchvision's classifiers have no hyphen, so this one cannot be one of them.
        slug = f"{slug}-here" if imagenet.known(slug) else slug
        offered = self.options().values()
        with self._lock:
            title = _unique(title, {*offered, *self._titles()}, "{} ({})")
            name = _unique(slug, {*self._own, *shipped.TITLES}, "{}-{}")
            self._adopted.discard(name)
            network.card = replace(network.card, name=name, title=title)
            self._own[name] = network
        self._changed()
        return name

    def _own_titles(self, kind: str = "") -> dict[str, str]:
        """Name -> title of the networks trained here, of one kind or of all, the latest first."""
        with self._lock:
            own = list(reversed(self._own.items()))
        return {name: net.card.title for name, net in own if kind in ("", net.card.kind)}

    def _titles(self) -> list[str]:
        return [own.card.title for own in self._own.values()]

    def _trained_here(self, name: str) -> Network:
        if name not in self._own:
            raise UserError(f"{name} was not trained here: only such networks can be changed")
        return self._own[name]

    def _forget(self, name: str) -> None:
        for key in [key for key in self._ready if key[0] in (name, name + UNTRAINED)]:
            del self._ready[key]

    def _changed(self) -> None:
        for listener in list(self.on_change):
            listener()


def _no_classifier(card: Card) -> UserError:
    return UserError(f"{card.title} is a style network, without classes: choose a classifier")


def _layers_of(card: Card) -> tuple[Layer, ...] | UserError:
    try:
        outline = models.outline(card)
        assert isinstance(outline, Classifier)
        return layers(outline)
    except UserError as error:  # kept, so that it is not tried again and again
        return error


def _untrained(card: Card) -> Card:
    name, title = card.name + UNTRAINED, f"{card.title}, untrained"
    return replace(card, name=name, title=title, data="", metrics={}, trained=False)


def _unique(text: str, taken: Collection[str], form: str) -> str:
    """`text`, or where it is taken `form` of it and the first free number from 2."""
    result, number = text, 2
    while result in taken:
        result, number = form.format(text, number), number + 1
    return result


def _downloaded() -> list[str]:
    """The names of torchvision's classifiers whose weights are on this machine."""
    from lab.system import downloads

    # Without any file of weights, skip the slow import of torchvision.
    if not any(downloads.home().glob("*/*.pth")):
        return []
    return [name for name in imagenet.torchvision_names() if downloads.present(name)]
