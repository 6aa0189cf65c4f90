"""What a panel needs from the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
        """Download a missing item, with progress and a Cancel button, then run the panel again."""

    def read(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Call `function` in the file pool, then `then` with its result; a failure is shown."""

    def receive(self, mime: QMimeData | None, then: Callable[[Picture], None]) -> None:
        """Read dropped pictures, or files chosen in a dialog where `mime` is None.

        They are added to the light table; `then` gets the first of them.
        """

    def named(self, name: str) -> Picture:
        """The picture of a name that `Picture.reference` gave, or of a path that `keep` gave."""

    def keep(self, picture: Picture) -> Picture:
        """Save a picture that has no file, so that it is there at the next start."""

    def choose(self, picture: Picture) -> None:
        """Make a picture the chosen one of the light table; it is added if it is not there."""

    def lay(self, *pictures: Picture) -> None:
        """Add images to the light table, in that order, without choosing one, and say so."""

    def suggest(self, name: str) -> None:
        """Choose an embedded picture, as long as nobody has chosen one by hand."""

    def hand_over(self, path: str, values: Mapping[str, Any]) -> None:
        """Show another exhibit, with its parameters of these names set to these values."""

    def copy(self, text: str, files: Sequence[str] = ()) -> None:
        """Put text on the clipboard, with a message that names the files saved for it."""

    def say(self, message: str) -> None:
        """Show a message for some seconds."""

    def export(self) -> None:
        """Export what is shown to a folder that is asked for."""
