"""What the window does for its panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from gui.documents.dropped_files import Taken
from gui.documents.persistence import Persistence
from gui.panel.panel import Panel
from gui.runtime.worker import Worker
from gui.window.dataset_browser import DatasetBrowser
from gui.window.importer import Importer
from gui.window.put_to_use import put_to_use
from gui.window.tray import Tray
from lab import results
from lab.errors import explain
from lab.media.pictures import Picture
from lab.parameters import Options

if TYPE_CHECKING:  # it imports PyTorch, which comes after the first paint
    from lab.workspace import Workspace


class PanelHost:
    """A `gui.panel.host.Host`, where the methods of that name are documented.

    lab: None until it is opened. current: the panel on the screen. say: shows a message. show:
    brings the exhibit at a path to the front, set to values by name.
    """

    def __init__(
        self,
        worker: Worker,
        persistence: Persistence,
        tray: Tray,
        importer: Importer,
        options: Options,
        current: Callable[[], Panel],
        say: Callable[[str], None],
        show: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        self.lab: Workspace | None = None
        self.worker = worker
        self.options = options
        self.say = say
        self.hand_over = show
        # Where the protocol's methods only pass on to another object.
        self.read, self.receive = importer.read, importer.receive
        self.named, self.keep = persistence.named, persistence.keep
        self.choose, self.suggest = tray.light_table.choose_picture, tray.light_table.suggest
        self._tray = tray
        self._current = current

    def workspace(self) -> Workspace:
        assert self.lab is not None
        table = self._tray.light_table
        return replace(
            self.lab,
            pictures=table.in_hand,
            camera=self._tray.camera.look,
            chosen=lambda: next(iter(table.in_hand), None),
        )

    def lay(self, *pictures: Picture) -> None:
        def laid(kept: Sequence[Picture]) -> None:
            for picture in kept:
                self._tray.light_table.add(picture, choose=False)
            more = f" (and {len(kept) - 1:,} more)" if len(kept) > 1 else ""
            self.say(f"Added to the images: {kept[0].name}{more}")

        # One job for all: the jobs of the pool end in any order.
        self.read(lambda: [self.keep(picture) for picture in pictures], laid)

    def browse(self) -> None:
        """Open the images of a data set, to pick some for the light table."""
        lab = self.lab
        if lab is None:
            self.say("One moment: PyTorch is still loading")
            return
        browser = DatasetBrowser(self.worker, lab.library, self._tray.window())
        browser.picked.connect(lambda pictures: self.lay(*pictures))
        browser.open()

    def download(self, item: str) -> None:
        panel = self._current()

        def fetched(error: Exception | None) -> None:
            if error is not None:
                panel.complain(explain(error), item)
                return
            self._tray.shelf.refresh()
            panel.side.refresh()
            panel.start()

        self._tray.downloads.fetch(item, fetched)

    def copy(self, text: str, files: Sequence[str] = ()) -> None:
        QGuiApplication.clipboard().setText(text)
        self.say(f"Copied; saved for it: {', '.join(files)}" if files else "Copied")

    def use(self, name: str) -> None:
        """Choose a network of the shelf in the exhibit on the screen, and say as what."""
        self.say(put_to_use(self._current(), self.workspace(), "model", name))

    def adopt(self, found: Taken) -> None:
        """Show a data set or a model that came in, and choose it in the exhibit on the screen."""
        self._tray.shelf.update_shelf()
        used = put_to_use(self._current(), self.workspace(), found.kind, found.name)
        self.say(f"Added. {used}".strip())

    def export(self) -> None:
        panel = self._current()
        if panel.exhibit is None or not panel.snapshot.outputs:
            panel.complain("nothing to export yet: press Run first")
            return
        folder = QFileDialog.getExistingDirectory(self._tray, "Choose a folder to export to")
        if folder:
            self.export_to(Path(folder))

    def export_to(self, folder: Path) -> None:
        """Write what the current panel shows into `folder`, as the command line's `run` does.

        An export that lies there stays: this one then gets a folder inside.
        """
        from gui.documents import export

        report = self._current().report()
        cards = export.drawn(report.exhibit, report.snapshot)
        self.read(
            lambda: results.exported(folder, report, cards),
            lambda place: self.say(f"Exported to {place}"),
        )
