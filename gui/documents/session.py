"""What the window remembers from one start to the next, as one readable JSON file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

from gui.theme import Scheme


@dataclass
class Session:
    """The state of the window.

    geometry: Qt's own, in base64. exhibit: chapter/name. parameters: for each exhibit, those
    values that differ from the defaults. pictures: paths, or names of embedded ones. chosen: the
    index of the chosen picture. scheme: "system", "light" or "dark".
    """

    geometry: str = ""
    exhibit: str = "better_training/trainer"
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: list[str] | None = None
    chosen: int = 0
    scheme: Scheme = "system"

    @classmethod
    def read(cls, path: Path) -> Session:
        """The session in `path`; a new one where there is none, or none that can be read.

        The window must open whatever the file holds, so each part that is not of its type is
        passed over by itself.
        """
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls()
        fresh = cls()
        if not isinstance(found, dict):
            return fresh
        for item in fields(cls):
            value = found.get(item.name)
            kind = list if item.name == "pictures" else type(getattr(fresh, item.name))
            if isinstance(value, kind):
                setattr(fresh, item.name, value)
        fresh.parameters = {k: v for k, v in fresh.parameters.items() if isinstance(v, dict)}
        if fresh.pictures is not None:
            fresh.pictures = [p for p in fresh.pictures if isinstance(p, str)]
        if fresh.scheme not in get_args(Scheme):
            fresh.scheme = "system"
        return fresh

    def write(self, path: Path) -> None:
        """Write it to `path`, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        os.replace(part, path)
