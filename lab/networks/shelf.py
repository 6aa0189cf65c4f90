"""The shelf: the models in hand, embedded, downloaded, trained here or dropped in as a file.

Any exhibit that takes a model takes any classifier by name; networks that paint stand beside them
and are asked for with `painter`. The window lists them from its own thread while the torch thread
loads and trains, so every method may be called from any thread; the slow part of one never holds
up another.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import torch

from lab.errors import NotYet, UserError
from lab.networks import imagenet, models, weights
from lab.networks.card import CLASSIFIER, PAINTER, Card
from lab.networks.layers import Layer, layers
from lab.networks.models import Classifier, Network, StyleNetwork

UNTRAINED = ":untrained"

STEM = "alexnet-stem"
"""A network that the trainer made and that is always there: its filters can be read by eye."""
DIGITS, ROBUST, ROBUST_L2 = "digits-cnn", "digits-robust", "digits-robust-l2"
"""One network that learned the digits in three ways: as they are, and from attacks on itself."""
_MADE_HERE = {
    STEM: "AlexNet stem (photographs)",
    DIGITS: "CNN (digits)",
    ROBUST: "CNN trained on attacks (digits)",
    ROBUST_L2: "CNN trained on L2 attacks (digits)",
}
_FOLDER = Path(__file__).parents[2] / "resources" / "networks"

DEFAULT_STYLE_NETWORK = "vgg19"
"""The network in which the lecture captures content and style."""


class Options(dict[str, str]):
    """Name -> title of the models to offer; `in` also knows those that are not offered.

    Any torchvision classifier may be named, NAME:untrained for its fresh weights, and the path of
    a .safetensors file; each has a title too.
    """

    def __missing__(self, name: str) -> str:
        """The title of a model that is known and not offered."""
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
    """The models in hand.

    on_change: functions to call, in the thread that made the change, after a model came, went or
    was renamed. No lock is held then, so they may ask the shelf anything.
    """

    def __init__(self) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._own: dict[str, Network] = {}
        self._files: dict[Path, str] = {}
        self._adopted: set[str] = set()
        # Ready to use, by what was asked for and the device.
        self._ready: dict[tuple[str, torch.device], Network] = {}
        # By all that they depend on; or why there are none.
        self._layers: dict[tuple[str, str, int, int], tuple[Layer, ...] | UserError] = {}

    def options(self) -> Options:
        """Name -> title of the classifiers: those in hand, then those to download."""
        here = self.in_hand(CLASSIFIER)
        absent = {
            name: f"{title} (download, {megabytes} MB)"
            for name, (title, megabytes) in imagenet.WELL_KNOWN.items()
            if name not in here
        }
        return Options(here | absent)

    def painters(self) -> dict[str, str]:
        """Name -> title of the networks that paint, the latest first."""
        return self._own_titles(PAINTER)

    def in_hand(self, kind: str = "") -> dict[str, str]:
        """Name -> title of what can be used at once: trained here, embedded, downloaded.

        kind: "classifier" leaves out what is trained here and paints.
        """
        own = self._own_titles(kind)
        embedded = {imagenet.EMBEDDED: f"{imagenet.title(imagenet.EMBEDDED)} (ImageNet)"}
        downloaded = {name: f"{imagenet.title(name)} (ImageNet)" for name in _downloaded()}
        return own | embedded | _MADE_HERE | downloaded

    def default_style_network(self) -> str:
        """The lecture's own network, VGG-19, where it is in hand; else the embedded one."""
        return (
            DEFAULT_STYLE_NETWORK if DEFAULT_STYLE_NETWORK in self.in_hand() else imagenet.EMBEDDED
        )

    def names_trained_here(self) -> list[str]:
        """The names of the networks that `put` and `adopt` brought, oldest first."""
        with self._lock:
            return list(self._own)

    def card(self, name: str) -> Card:
        """What `name` is, without its weights; PyTorch does nothing for it.

        Raises UserError for an unknown name.
        """
        if name.endswith(UNTRAINED):
            return _unlearned(self.card(name.removesuffix(UNTRAINED)))
        own = self._own_network(name)
        if own is not None:
            return own.card
        if name in _MADE_HERE:
            return _made_here(name, weights.card(_made_file(name)))
        if _is_file(name):
            return weights.card(name)
        self._check_imagenets(name)
        return imagenet.card(name)

    def layers(
        self, name: str, kind: str = "", *, maps: bool = False, known: bool = False
    ) -> dict[str, str]:
        """Name -> name and shape of the layers of `name`, in order; its weights are not loaded.

        kind: only those of a class whose name ends so ("Conv2d"). maps: only those that answer with
        feature maps. known: raises NotYet where the network would have to be built to see them,
        which is done once for each architecture. Nothing of a model that is in use is touched.
        """
        card = self.card(name)
        if card.kind != CLASSIFIER:
            raise _paints(card)
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
        behind it for fresh weights, or the path of a .safetensors file. Raises UserError for an
        unknown one, Missing for one that can be downloaded.
        """
        found = self._get(name, torch.device(device))
        if not isinstance(found, Classifier):
            raise _paints(found.card)
        return found

    def painter(self, name: str, device: torch.device | str = "cpu") -> StyleNetwork:
        """The same for a network that paints: one of `painters()`, or the path of a file."""
        found = self._get(name, torch.device(device))
        if not isinstance(found, StyleNetwork):
            raise UserError(f"{found.card.title} does not paint: choose a network that does")
        return found

    def untrained(self, name: str, device: torch.device | str = "cpu") -> Classifier:
        """The architecture of `name` before it learned anything, frozen, on `device`.

        A network trained here has the very weights that it began with: they follow from the seed
        in its card.
        """
        device = torch.device(device)
        card = self.card(name + UNTRAINED)
        if card.kind != CLASSIFIER:
            raise _paints(card)
        made = self._kept(card.name, device, lambda: models.build(card).to(device).frozen())
        assert isinstance(made, Classifier)
        return made

    def put(self, network: Network, title: str) -> str:
        """Keep a copy of `network` as it is now, and return the name that it is kept under.

        title: for the screen ("Small CNN on digits, 97.1 %"); a number makes it unique. Its
        architecture must be one that its card can build.
        """
        return self._keep(network.copy(), title)

    def adopt(self, path: Path | str, name: str = "") -> str:
        """Take the network in a .safetensors file, and return the name that it is kept under.

        name: the one that it should have, in small letters, digits and hyphens, where no other has
        it; "" for one made of its title.
        Raises UserError, in one line, for whatever lab/networks/weights.py refuses.
        """
        path = Path(path).resolve()
        network = weights.read(path)
        name = self._keep(network, network.card.title, name)
        with self._lock:
            self._files[path] = name
            self._adopted.add(name)
        return name

    def adopted(self) -> set[str]:
        """The names of those among `names_trained_here` that came as files."""
        with self._lock:
            return self._adopted & self._own.keys()

    def save(self, name: str, path: Path | str) -> Path:
        """Write the model and its card to a .safetensors file; returns its path."""
        return weights.save(self._get(name, torch.device("cpu")), path)

    def keep(self, name: str, folder: Path) -> Path:
        """Write it into `folder`, made where it is missing, under a name that stays its own.

        Written once. Raises UserError where it cannot be written.
        """
        network = self._get(name, torch.device("cpu"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{folder} cannot be made: {error.strerror or error}") from None
        return weights.keep(network, folder)

    def located(self, name: str) -> str:
        """The same model by a name that finds it from any folder: of a file, its whole path."""
        bare = name.removesuffix(UNTRAINED)
        return str(Path(bare).absolute()) + name[len(bare) :] if _is_file(bare) else name

    def rename(self, name: str, title: str) -> None:
        """Change the title of a network trained here; its name, which others hold, stays."""
        offered = set(self.options().values())
        with self._lock:
            own = self._trained_here(name)
            others = (offered | set(self._titles())) - {own.card.title}
            own.card = replace(own.card, title=_unique(title, others, "{} ({})"))
            self._forget(name)
        self._changed()

    def remove(self, name: str) -> None:
        """Take a network trained here off the shelf; a file that it was saved to stays."""
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
        """A network of the trainer's by its name or the path of its file; None for ImageNet's."""
        own = self._own_network(name)
        if own is not None:
            return own
        if name in _MADE_HERE:
            return self._kept(name, torch.device("cpu"), lambda: _read_made(name))
        if _is_file(name):
            kept = self.adopt(name)
            with self._lock:
                return self._own[kept]
        self._check_imagenets(name)
        return None

    def _own_network(self, name: str) -> Network | None:
        """A network that was trained here or adopted, by its name or the path of its file."""
        with self._lock:
            if name in self._own:
                return self._own[name]
            kept = self._files.get(Path(name).resolve()) if _is_file(name) else None
            return self._own[kept] if kept else None

    def _check_imagenets(self, name: str) -> None:
        """UserError for a name that is not of ImageNet's either."""
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
        # Made outside the lock: loading takes seconds, and the window must be able to list.
        made = make()
        with self._lock:
            return self._ready.setdefault(key, made)

    def _keep(self, network: Network, title: str, name: str = "") -> str:
        # It will be a file's name too.
        slug = re.sub(r"[^a-z0-9]+", "-", (name or title).lower()).strip("-") or "network"
        # ImageNet's names have no hyphen: one more keeps ours apart from them.
        slug = f"{slug}-here" if imagenet.known(slug) else slug
        offered = self.options().values()
        with self._lock:
            title = _unique(title, {*offered, *self._titles()}, "{} ({})")
            name = _unique(slug, {*self._own, *_MADE_HERE}, "{}-{}")
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


def _made_file(name: str) -> Path:
    return _FOLDER / f"{name}{weights.SUFFIX}"


def _made_here(name: str, card: Card) -> Card:
    return replace(card, name=name, title=_MADE_HERE[name])


def _read_made(name: str) -> Network:
    made = weights.read(_made_file(name))
    made.card = _made_here(name, made.card)
    return made


def _layers_of(card: Card) -> tuple[Layer, ...] | UserError:
    try:
        outline = models.outline(card)
        assert isinstance(outline, Classifier)
        return layers(outline)
    except UserError as error:  # so that nobody tries again and again
        return error


def _paints(card: Card) -> UserError:
    return UserError(f"{card.title} paints and names no classes: choose a classifier")


def _unlearned(card: Card) -> Card:
    name, title = card.name + UNTRAINED, f"{card.title}, untrained"
    return replace(card, name=name, title=title, data="", metrics={}, trained=False)


def _unique(text: str, taken: Collection[str], form: str) -> str:
    """Return `text`, with a number from 2 behind it, as `form` says, if it is taken."""
    result, number = text, 2
    while result in taken:
        result, number = form.format(text, number), number + 1
    return result


def _downloaded() -> list[str]:
    """Return the names of torchvision's classifiers whose weights are on this machine."""
    from lab.system import downloads

    # Where there is no file of weights, nobody has to wait for torchvision's names.
    if not any(downloads.home().glob("*/*.pth")):
        return []
    return [name for name in imagenet.torchvision_names() if downloads.present(name)]
