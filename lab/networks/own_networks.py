"""The networks that were trained here or read from files, each under a name of its own."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from lab.errors import UserError
from lab.networks import imagenet, shipped
from lab.networks.model_names import is_file
from lab.networks.models import Network
from lab.system.saving import LONGEST


class OwnNetworks:
    """Names and titles are unique. Any thread may call any method.

    offered, in the methods: titles that are taken by other models.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._networks: dict[str, Network] = {}
        self._files: dict[Path, str] = {}
        self._adopted: set[str] = set()

    def names(self) -> list[str]:
        """All names, oldest first."""
        with self._lock:
            return list(self._networks)

    def adopted(self) -> set[str]:
        """The names of those that were read from files."""
        with self._lock:
            return self._adopted & self._networks.keys()

    def titles(self, kind: str = "") -> dict[str, str]:
        """Name -> title of those of one kind or of all, the latest first."""
        with self._lock:
            own = list(reversed(self._networks.items()))
        return {name: net.card.title for name, net in own if kind in ("", net.card.kind)}

    def find(self, name: str) -> Network | None:
        """The network of that name, or the one that was read from the file of that path."""
        with self._lock:
            if name in self._networks:
                return self._networks[name]
            kept = self._files.get(Path(name).resolve()) if is_file(name) else None
            return self._networks[kept] if kept else None

    def add(
        self,
        network: Network,
        title: str,
        offered: Collection[str],
        name: str = "",
        path: Path | None = None,
    ) -> str:
        """Add `network` itself, with a title and a name that are free; returns the name.

        name: the wanted one; "" for one made from the title. path: the file that it was read from.
        """
        # It will be a file's name too.
        slug = re.sub(r"[^a-z0-9]+", "-", (name or title).lower())[:LONGEST].strip("-") or "network"
        # Names of torchvision's classifiers have no hyphen, so this one cannot be one of them.
        slug = f"{slug}-here" if imagenet.known(slug) else slug
        with self._lock:
            title = _unique(title, {*offered, *self._titles()}, "{} ({})")
            name = _unique(slug, {*self._networks, *shipped.TITLES}, "{}-{}")
            self._adopted.discard(name)
            network.card = replace(network.card, name=name, title=title)
            self._networks[name] = network
            if path is not None:
                self._files[path] = name
                self._adopted.add(name)
        return name

    def rename(self, name: str, title: str, offered: Collection[str]) -> None:
        """Change the title; the name stays the same."""
        with self._lock:
            own = self._own(name)
            others = {*offered, *self._titles()} - {own.card.title}
            own.card = replace(own.card, title=_unique(title, others, "{} ({})"))

    def remove(self, name: str) -> None:
        """Let go of a network; its file stays."""
        with self._lock:
            self._own(name)
            del self._networks[name]
            self._files = {path: kept for path, kept in self._files.items() if kept != name}

    def _own(self, name: str) -> Network:
        if name not in self._networks:
            raise UserError(f"{name} was not trained here: only such networks can be changed")
        return self._networks[name]

    def _titles(self) -> list[str]:
        return [own.card.title for own in self._networks.values()]


def _unique(text: str, taken: Collection[str], form: str) -> str:
    """`text`, or where it is taken `form` of it and the first free number from 2."""
    result, number = text, 2
    while result in taken:
        result, number = form.format(text, number), number + 1
    return result
