"""A run taken elsewhere: as a command line, or as Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gui.panel.host import Host
from lab.exhibit import Exhibit
from lab.runs import Run
from lab.system.home import home

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace


def copy(
    host: Host, exhibit: Exhibit, values: Any, workspace: Workspace, words: Callable[[Run], str]
) -> None:
    """Put the words for a run on the clipboard; a picture without a file is saved first."""
    folder = home() / "runs"

    def described() -> tuple[str, list[str]]:
        run = Run.of(exhibit, values, workspace, folder)
        files = map(Path, (*run.pictures, *run.models.values()))
        return words(run), [file.name for file in files if file.parent == folder.absolute()]

    host.read(described, lambda result: host.copy(*result))
