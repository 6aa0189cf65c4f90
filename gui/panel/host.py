"""What a panel needs of the window around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QMimeData

from gui.runtime.worker import Worker
from lab.media.pictures import Picture
from lab.parameters import Options

if TYPE_CHECKING:  # it imports PyTorch, and a panel is on the screen before that
    from lab.workspace import Workspace


class Host(Protocol):
    """The window, as a panel and its slots see it."""

    worker: Worker

    @property
    def options(self) -> Options:
        """What can be chosen now; NotYet where a network is being looked into."""

    def workspace(self) -> Workspace:
        """The lab as it is now, with the chosen picture first."""

    def download(self, item: str) -> None:
        """Fetch something that is missing, with progress and a way to call it off."""

    def read(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Read files in the pool; `then` gets what was read, and a failure is told."""

    def receive(self, mime: QMimeData | None, then: Callable[[Picture], None]) -> None:
        """Take in what was dropped, or chosen in a dialog where `mime` is None.

        It comes onto the light table; `then` gets the first picture of it.
        """

    def named(self, name: str) -> Picture:
        """The picture that `Picture.reference` or `keep` called so at an earlier time."""

    def keep(self, picture: Picture) -> Picture:
        """The picture with a file of its own, so that it is there at the next start."""

    def choose(self, picture: Picture) -> None:
        """Make a picture the chosen one of the light table, where it is laid if need be."""

    def suggest(self, name: str) -> None:
        """Choose an embedded picture, as long as nobody has chosen one by hand."""

    def copy(self, text: str, files: Sequence[str] = ()) -> None:
        """Put text on the clipboard, and say so, with the files that were saved for it."""

    def say(self, message: str) -> None:
        """A line at the lower left that goes by itself."""

    def export(self) -> None:
        """Write what is shown into a folder to be chosen."""
