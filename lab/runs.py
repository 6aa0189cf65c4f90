"""A run as a value: what has to be said to have it again.

The command line, `shot`, the session, Copy command and Copy Python, and result.json all read and
write it. As JSON, of which only "exhibit" is needed::

    {
     "exhibit": "interpreting/occlusion",
     "params": {"model": "small-cnn-on-digits", "patch": 8},
     "seed": 0,
     "pictures": ["coffee"],
     "models": {"small-cnn-on-digits": "small-cnn-on-digits-6d3c9a70f1b2.safetensors"}
    }

Paths in it are relative to the folder of the file. PyTorch is not imported before a run is opened:
the window reads its session earlier.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Generator, Mapping
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
from lab.system import shells

if TYPE_CHECKING:
    from lab.workspace import Workspace

Param = bool | int | float | str | tuple[str, ...]

# No run that was written here comes near it.
LARGEST_FILE = 4 << 20


class NotRepeatable(UserError):
    """A run that no command and no file can name."""


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
        if not _is_line(self.exhibit):
            raise UserError("exhibit: name one as CHAPTER/EXHIBIT")
        object.__setattr__(self, "params", MappingProxyType(_params(self.params)))
        whole = isinstance(self.seed, int) and not isinstance(self.seed, bool)
        if not whole or not 0 <= self.seed < 2**63:
            raise UserError(f"seed={self.seed}: choose a whole number from 0 up")
        if not isinstance(self.pictures, (tuple, list)) or not all(map(_is_line, self.pictures)):
            raise UserError("pictures: give a list of names and paths, each in one line")
        object.__setattr__(self, "pictures", tuple(self.pictures))
        pairs = self.models.items() if isinstance(self.models, Mapping) else [(None, None)]
        if not all(_is_line(name) and _is_line(path) for name, path in pairs):
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
            elif not _is_writable(shelf.located(bare)):
                return str(shelf.keep(bare, folder).absolute()) + name[len(bare) :]
            return shelf.located(name)

        def data(name: str) -> str:
            place = workspace.library.located(name)
            if not _is_writable(place):
                raise NotRepeatable(f"no command can name the folder {place!r}: rename it first")
            return place

        params = parameters.counting(type(values), parameters.differing(values))
        params = _renamed(exhibit, params, found, data)
        shown = [_found(picture, folder) for picture in workspace.pictures[: exhibit.pictures]]
        shown += [slot.default for slot in exhibit.slots[len(shown) :]]
        return cls(exhibit.path, params, workspace.seed, tuple(shown), models)

    def opened(self, workspace: Workspace) -> tuple[Exhibit, Any, Workspace]:
        """The exhibit, its parameters, and `workspace` with the seed, pictures and networks.

        Raises UserError for whatever the exhibit does not take, or is not there.
        """
        exhibit = catalog.load(self.exhibit)
        names = {name: workspace.shelf.adopt(path, name) for name, path in self.models.items()}
        params = _renamed(exhibit, self.params, _by(names))
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
        params = _renamed(exhibit, params, _by(self.models))
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
            "pictures": tuple(_from(folder, name) for name in self.pictures),
            "models": {name: _from(folder, path) for name, path in self.models.items()},
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
        shown = tuple(name if name in EMBEDDED else _at(folder, name) for name in run.pictures)
        return replace(
            run, pictures=shown, models={n: _at(folder, path) for n, path in run.models.items()}
        )

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


def _is_line(value: Any) -> bool:
    """Whether it is text on one line: without control characters, but for the tab."""
    broken = r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]"
    return isinstance(value, str) and not re.search(broken, value)


def _is_writable(name: str) -> bool:
    """Whether a path can be written in a command: in one line, and in Unicode."""
    return _is_line(name) and not re.search(r"[\ud800-\udfff]", name)


def _params(given: Any) -> dict[str, Param]:
    if not isinstance(given, Mapping) or not all(map(_is_line, given)):
        raise UserError("params: give a value for each name")
    result: dict[str, Param] = {}
    for name, value in given.items():
        if isinstance(value, (tuple, list)) and all(map(_is_line, value)):
            result[name] = tuple(value)
        elif _is_line(value) or _is_number(value):
            result[name] = value
        else:
            raise UserError(f"params: {name} is a number, a switch, a name or a list of names")
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _by(names: Mapping[str, str]) -> Callable[[str], str]:
    """What a network is called, from what it was called; others keep their name."""
    from lab.networks.model_names import UNTRAINED

    def name(old: str) -> str:
        bare = old.removesuffix(UNTRAINED)
        return names.get(bare, bare) + old[len(bare) :]

    return name


def _renamed(
    exhibit: Exhibit,
    params: Mapping[str, Any],
    model: Callable[[str], str],
    data: Callable[[str], str] = str,
) -> dict[str, Any]:
    """`params` with every name of a network passed through `model`, of a data set through `data`.

    They are told by what the exhibit declares.
    """
    result = dict(params)
    sources: tuple[tuple[parameters.Source, Callable[[str], str]], ...]
    sources = ("models", model), ("painters", model), ("datasets", data)
    for source, change in sources:
        for item in parameters.taking(exhibit.parameters, source):
            value = result.get(item.name)
            if isinstance(value, str):
                result[item.name] = change(value)
            elif isinstance(value, tuple):
                result[item.name] = tuple(map(change, value))
    return result


def _found(picture: Picture, folder: Path) -> str:
    """What reads this picture again: its own name, or that of a file in `folder`."""
    lasting = picture.source in ("embedded", "file") and picture.path and picture.path.is_file()
    if lasting and _is_writable(picture.reference):
        return picture.reference
    if picture.video is not None and lasting:
        raise NotRepeatable(f"no command can name the video {picture.reference!r}: rename it first")
    return str(pictures.kept(picture, folder).absolute())


def _from(folder: Path | None, name: str) -> str:
    """A path as it is written in a file that lies in `folder`."""
    if folder is None or not name or name in EMBEDDED:
        return name
    whole = Path(name).absolute()
    if not whole.is_relative_to(folder.absolute()):
        return str(whole)
    inside = whole.relative_to(folder.absolute()).as_posix()
    return f"./{inside}" if inside in EMBEDDED else inside


def _at(folder: Path | None, name: str) -> str:
    """A path that was read in a file that lies in `folder`."""
    return str((folder / name).absolute()) if folder is not None and name else name
