"""The state of the window from one start to the next, as one readable JSON file."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from gui.theme import Scheme
from lab.errors import UserError
from lab.runs import Run


@dataclass
class Session:
    """The state of the window.

    geometry: Qt's own, in base64. exhibit: chapter/name. runs: for each exhibit that was shown what
    its panel was set to. pictures: paths, or names of embedded ones. chosen: the index of the
    picture that was chosen by hand, from 0; -1 for none. scheme: as in gui/theme.py.
    """

    geometry: str = ""
    exhibit: str = "better_training/trainer"
    runs: Mapping[str, Run] = field(default_factory=dict)
    pictures: list[str] | None = None
    chosen: int = -1
    scheme: Scheme = "system"

    @property
    def files(self) -> set[Path]:
        """The files of pictures that it names."""
        names = {name for run in self.runs.values() for name in run.pictures}
        return {Path(name) for name in names | {*(self.pictures or ())} if name}

    @classmethod
    def read(cls, path: Path) -> Session:
        """The session in `path`; a new one where there is no file or it cannot be read.

        The window must open whatever the file holds: each field of a wrong type is ignored alone.
        """
        session = cls()
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return session
        if not isinstance(found, dict):
            return session
        if _is_base64(found.get("geometry")):
            session.geometry = found["geometry"]
        if isinstance(found.get("exhibit"), str):
            session.exhibit = found["exhibit"]
        runs = found.get("runs")
        made = map(_run, runs) if isinstance(runs, list) else ()
        session.runs = {run.exhibit: run for run in made if run is not None}
        names = found.get("pictures")
        if isinstance(names, list):
            session.pictures = [name for name in names if isinstance(name, str)]
        chosen = found.get("chosen")
        if isinstance(chosen, int) and not isinstance(chosen, bool) and chosen >= 0:
            session.chosen = chosen
        if found.get("scheme") in get_args(Scheme):
            session.scheme = found["scheme"]
        return session

    def write(self, path: Path) -> None:
        """Write it to `path` through a temporary file, so that it is never left half written."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        named = vars(self) | {"runs": [run.as_dict() for run in self.runs.values()]}
        with part.open("w", encoding="utf-8") as file:
            file.write(json.dumps(named, indent=1))
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name with no content
        os.replace(part, path)


def _is_base64(value: Any) -> bool:
    try:
        return isinstance(value, str) and base64.b64decode(value, validate=True) is not None
    except (binascii.Error, ValueError):
        return False


def _run(found: Any) -> Run | None:
    """What is right in `found`; None where it does not even name an exhibit."""
    if not isinstance(found, dict):
        return None
    try:
        run = Run(found["exhibit"])
    except (KeyError, UserError):
        return None
    for name in ("seed", "pictures"):
        if name in found:
            run = _with(run, name, found[name])
    params = found.get("params")
    for name, value in params.items() if isinstance(params, dict) else ():
        run = _with(run, "params", {**run.params, name: value})
    return run


def _with(run: Run, part: str, value: Any) -> Run:
    try:
        return replace(run, **{part: value})
    except UserError:
        return run
