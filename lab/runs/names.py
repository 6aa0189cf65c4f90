"""What a run takes, by names and paths that can be read again elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab import parameters
from lab.errors import UserError
from lab.exhibit import Exhibit
from lab.media import pictures
from lab.media.pictures import EMBEDDED, Picture
from lab.runs.checks import fits_on_command_line


class NotRepeatable(UserError):
    """A run that no command and no file can name."""


def name_change(names: Mapping[str, str]) -> Callable[[str], str]:
    """What a network is called, from what it was called; others keep their name."""
    from lab.networks.model_names import UNTRAINED

    def name(old: str) -> str:
        bare = old.removesuffix(UNTRAINED)
        return names.get(bare, bare) + old[len(bare) :]

    return name


def renamed(
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


def reference(picture: Picture, folder: Path) -> str:
    """What reads this picture again: its own name, or that of a file in `folder`."""
    lasting = picture.source in ("embedded", "file") and picture.path and picture.path.is_file()
    if lasting and fits_on_command_line(picture.reference):
        return picture.reference
    if picture.video is not None and lasting:
        raise NotRepeatable(f"no command can name the video {picture.reference!r}: rename it first")
    return str(pictures.kept(picture, folder).absolute())


def relative_path(folder: Path | None, name: str) -> str:
    """A path as it is written in a file that lies in `folder`."""
    if folder is None or not name or name in EMBEDDED:
        return name
    whole = Path(name).absolute()
    if not whole.is_relative_to(folder.absolute()):
        return str(whole)
    inside = whole.relative_to(folder.absolute()).as_posix()
    return f"./{inside}" if inside in EMBEDDED else inside


def absolute_path(folder: Path | None, name: str) -> str:
    """A path that was read in a file that lies in `folder`."""
    return str((folder / name).absolute()) if folder is not None and name else name
