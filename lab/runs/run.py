"""A run: checked, opened, and written as a command, as Python and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lab import catalog, parameters
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Knobs
from lab.media import pictures
from lab.media.files import opened
from lab.media.pictures import EMBEDDED, Picture
from lab.runs.checks import Param, checked_params, fits_on_command_line, is_one_line
from lab.runs.names import (
    NotRepeatable,
    absolute_path,
    name_change,
    reference,
    relative_path,
    renamed,
)
from lab.system import shells

if TYPE_CHECKING:
    from lab.workspace import Workspace

# No run that was written here comes near it.
LARGEST_FILE = 4 << 20


@dataclass(frozen=True)
class Run:
    """What to run.

    exhibit: chapter/name. params: the parameters that differ from their defaults, by name. seed:
    from 0 up, below 2**63. pictures: for each that the exhibit takes the name of an embedded one or
    the path of a file; "" for the one that is there anyway (the chosen one, or the default of its
    slot). models: for networks that are in a file, the name that `params` call it by -> its path.

    Raises UserError for what can be right in no exhibit; `opened` checks the rest.
    """

    exhibit: str
    params: Mapping[str, Param] = field(default_factory=dict)
    seed: int = 0
    pictures: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not is_one_line(self.exhibit):
            raise UserError("exhibit: name one as CHAPTER/EXHIBIT")
        object.__setattr__(self, "params", MappingProxyType(checked_params(self.params)))
        whole = isinstance(self.seed, int) and not isinstance(self.seed, bool)
        if not whole or not 0 <= self.seed < 2**63:
            raise UserError(f"seed={self.seed}: choose a whole number from 0 up")
        if not isinstance(self.pictures, (tuple, list)) or not all(map(is_one_line, self.pictures)):
            raise UserError("pictures: give a list of names and paths, each in one line")
        object.__setattr__(self, "pictures", tuple(self.pictures))
        pairs = self.models.items() if isinstance(self.models, Mapping) else [(None, None)]
        if not all(is_one_line(name) and is_one_line(path) for name, path in pairs):
            raise UserError("models: give the path of a file for each name, in one line")
        object.__setattr__(self, "models", MappingProxyType(dict(self.models)))

    # The read-only view of a dictionary can be neither hashed nor pickled.

    def __hash__(self) -> int:
        named = frozenset(self.params.items()), frozenset(self.models.items())
        return hash((self.exhibit, self.seed, self.pictures, named))

    def __reduce__(self) -> tuple[Any, ...]:
        return Run, tuple(self.as_dict().values())

    # ---- from and to what runs -----------------------------------------------------------------

    @classmethod
    def of(cls, exhibit: Exhibit, values: Any, workspace: Workspace, folder: Path) -> Run:
        """The run of `exhibit` with these parameters on this workspace, to be had again anywhere.

        What only this process has goes into files in `folder`, made where it is missing: networks
        trained here, and pictures of the camera, the clipboard or the browser; so does what lies
        in a file whose name no line can hold. It may take a while. Raises UserError where one
        cannot be written, NotRepeatable where a folder or a video has such a name.
        """
        from lab.networks.model_names import UNTRAINED

        shelf, models = workspace.shelf, {}

        def found(name: str) -> str:
            bare = name.removesuffix(UNTRAINED)
            if bare in shelf.names_trained_here():
                models[bare] = str(shelf.keep(bare, folder).absolute())
            elif not fits_on_command_line(shelf.located(bare)):
                return str(shelf.keep(bare, folder).absolute()) + name[len(bare) :]
            return shelf.located(name)

        def data(name: str) -> str:
            place = workspace.library.located(name)
            if not fits_on_command_line(place):
                raise NotRepeatable(f"no command can name the folder {place!r}: rename it first")
            return place

        params = parameters.counting(type(values), parameters.differing(values))
        params = renamed(exhibit, params, found, data)
        shown = [reference(picture, folder) for picture in workspace.pictures[: exhibit.pictures]]
        shown += [slot.default for slot in exhibit.slots[len(shown) :]]
        return cls(exhibit.path, params, workspace.seed, tuple(shown), models)

    def opened(self, workspace: Workspace) -> tuple[Exhibit, Any, Workspace]:
        """The exhibit, its parameters, and `workspace` with the seed, pictures and networks.

        Raises UserError for whatever the exhibit does not take, or is not there.
        """
        exhibit = catalog.load(self.exhibit)
        names = {name: workspace.shelf.adopt(path, name) for name, path in self.models.items()}
        params = renamed(exhibit, self.params, name_change(names))
        values = parameters.update(exhibit.parameters(), params, workspace.options)
        shown = self._pictures(exhibit, workspace)
        return exhibit, values, replace(workspace, seed=self.seed, pictures=shown)

    def frames(self, workspace: Workspace | None = None) -> Generator[Frame, None, None]:
        """Run it, in this thread, frame by frame; without a `workspace` on the embedded lab.

        Raises UserError as `opened` does.
        """
        from lab.workspace import Workspace

        exhibit, values, workspace = self.opened(workspace or Workspace.open())
        return exhibit.run(workspace, Knobs(values))

    def _pictures(self, exhibit: Exhibit, workspace: Workspace) -> tuple[Picture, ...]:
        if not self.pictures:
            return exhibit.filled(workspace.pictures)
        first = workspace.pictures[:1] if exhibit.slots else workspace.pictures
        there = [*exhibit.filled(first), *[None] * len(self.pictures)]
        shown = (pictures.named(n) if n else p for n, p in zip(self.pictures, there, strict=False))
        return tuple(picture for picture in shown if picture is not None)

    # ---- in words that can be taken elsewhere ----------------------------------------------------

    def command(self, windows: bool = os.name == "nt") -> str:
        """The run as one line for a shell, as lab.system.shells writes it.

        Without the parameters that do not count with the others: the command line refuses them.
        """
        exhibit = catalog.load(self.exhibit)
        params = parameters.counting(exhibit.parameters, self.params)
        params = renamed(exhibit, params, name_change(self.models))
        words = ["python", "main.py", "run", self.exhibit]
        for name, value in params.items():
            words += ["--set", f"{name}={parameters.as_text(value)}"]
        words += ["--seed", str(self.seed)] if self.seed else []
        for picture in self.pictures:
            words += ["--image", picture]
        words += ["--out", "out"]
        return shells.line(words, windows)

    def python(self) -> str:
        """The run as lines for a notebook."""
        arguments = [repr(self.exhibit)]
        arguments += [repr(dict(self.params))] if self.params else []
        given = {"seed": self.seed, "pictures": self.pictures, "models": dict(self.models)}
        arguments += [f"{name}={value!r}" for name, value in given.items() if value]
        return (
            f"import lab\n\nrun = lab.runs.Run({', '.join(arguments)})\n"
            "for frame in run.frames():\n"
            "    print(frame.status, dict(frame.metrics))\n"
        )

    # ---- as JSON ---------------------------------------------------------------------------------

    def as_dict(self, folder: Path | None = None) -> dict[str, Any]:
        """The fields by name, ready for JSON; what lies in `folder` by its path from there."""
        return {
            "exhibit": self.exhibit,
            "params": dict(self.params),
            "seed": self.seed,
            "pictures": tuple(relative_path(folder, name) for name in self.pictures),
            "models": {name: relative_path(folder, path) for name, path in self.models.items()},
        }

    def to_json(self, folder: Path | None = None) -> str:
        """The run as JSON. folder: where the file will lie."""
        return json.dumps(self.as_dict(folder), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, folder: Path | None = None) -> Run:
        """The run that `to_json` wrote, or the one in the text of a result.json.

        folder: where the file lies. Raises UserError, in one line, where it is none.
        """
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UserError(f"it is not JSON ({error}): give a run or a result.json") from None
        try:
            return cls._from_dict(found, folder)
        except UserError as error:
            raise UserError(" ".join(str(error).split())) from None

    @classmethod
    def _from_dict(cls, found: Any, folder: Path | None) -> Run:
        if isinstance(found, dict) and "run" in found:
            found = found["run"]
        if not isinstance(found, dict) or "exhibit" not in found:
            raise UserError('it is no run: it needs {"exhibit": "CHAPTER/EXHIBIT"}')
        known = [item.name for item in fields(cls)]
        for name in found:
            if name not in known:
                raise UserError(f"unknown key {name}: {parameters.advice(name, known)}")
        run = cls(**found)
        catalog.find(run.exhibit)
        shown = (n if n in EMBEDDED else absolute_path(folder, n) for n in run.pictures)
        models = {name: absolute_path(folder, path) for name, path in run.models.items()}
        return replace(run, pictures=tuple(shown), models=models)

    @classmethod
    def read(cls, path: Path | str) -> Run:
        """The run in a JSON file, or in a result.json. Raises UserError, naming the file."""
        path = Path(path)
        with opened(path, "the JSON file of a run") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise UserError(f"{path} is too large for a run: give a run or a result.json")
        try:
            return cls.from_json(content.decode("utf-8"), path.parent)
        except UnicodeDecodeError:
            raise UserError(f"{path} is not JSON: give a run or a result.json") from None
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
