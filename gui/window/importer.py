"""What comes into the window from outside: dropped, pasted, or chosen in a dialog."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.documents.dropped_files import ImportJob, Intake, Item, Taken, Told
from gui.runtime.worker import Worker
from gui.window.light_table import LightTable
from lab.errors import UserError, explain
from lab.media.pictures import Picture


class Importer(QObject):
    """Reads files in the pool and puts images on the light table.

    `adopted` tells a data set or a model that came in, `failed` why something could not come in,
    `noted` what need not stay on the screen, `told` what was left out of what came in, `counted`
    how many images are here of what is being read, and whether these are all. intake: None until
    the lab is there to take things in.
    """

    adopted = Signal(Taken)
    failed = Signal(str)
    noted = Signal(str)
    told = Signal(str)
    counted = Signal(int, bool)

    def __init__(self, worker: Worker, light_table: LightTable, window: QWidget) -> None:
        super().__init__(window)
        self.intake: Intake | None = None
        # Whether the images of the session are on the light table.
        self.laid_out = False
        self._worker = worker
        self._light_table = light_table
        self._window = window
        self._reading = 0

    @property
    def reading(self) -> bool:
        """Whether something is being read."""
        return self._reading > 0

    def read(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Read files in the pool; `then` gets what was read, and a failure is told."""
        self._reading += 1

        def arrived(result: Any) -> None:
            self._reading -= 1
            if isinstance(result, Exception):
                self.failed.emit(explain(result))
            else:
                then(result)

        self._worker.read(function, arrived)

    def lay_out(self, names: Sequence[str], chosen: int, named: Callable[[str], Picture]) -> None:
        """Put the images that `named` reads on the light table; what is gone is told.

        chosen: which of them was chosen by hand; -1 for none.
        """
        found: list[Picture | UserError] = []

        def read_all() -> Generator[Picture | UserError, None, None]:
            for name in names:
                try:
                    yield named(name)
                except UserError as error:
                    yield error

        def arrived(item: Picture | UserError) -> None:
            found.append(item)
            self.counted.emit(len(found), False)

        def ended(error: Exception | None) -> None:
            self._reading -= 1
            self.counted.emit(len(found), True)
            if error is not None:
                self.failed.emit(explain(error))
            gone = [str(item) for item in found if isinstance(item, UserError)]
            if gone:
                more = f" (and {len(gone) - 1:,} more)" if len(gone) > 1 else ""
                self.noted.emit(gone[0] + more)
            # One that is gone leaves the others, and which of them is chosen, as they were.
            before = sum(isinstance(picture, Picture) for picture in found[: max(chosen, 0)])
            laid = [picture for picture in found if isinstance(picture, Picture)]
            self._light_table.lay(laid, before if chosen >= 0 else -1)
            self.laid_out = True

        self._reading += 1
        self._worker.transfer(read_all, arrived, ended)

    def take(self, mime: QMimeData) -> None:
        """Take in what was dropped on the window or pasted."""
        if self.intake is None:
            self.noted.emit("One moment: PyTorch is still loading")
            return
        job = self.intake.mime(mime)
        if job is None:
            self.failed.emit("no image in that: drop or paste an image, video, folder or model")
        else:
            self._take_in(job)

    def paste(self) -> None:
        """Take in what the clipboard holds."""
        self.take(QGuiApplication.clipboard().mimeData())

    def open(self) -> None:
        """Take in files that are chosen in a dialog."""
        names, _ = QFileDialog.getOpenFileNames(self._window, "Add images, videos or a model")
        if names and self.intake is not None:
            self._take_in(self.intake.paths([Path(name) for name in names]))

    def receive(self, mime: QMimeData | None, then: Callable[[Picture], None]) -> None:
        """Take in what was dropped on a slot, or is chosen in a dialog where `mime` is None.

        The images come onto the light table without being chosen; `then` gets the first of them.
        """
        if self.intake is None:
            return
        if mime is None:
            name, _ = QFileDialog.getOpenFileName(self._window, "Add an image")
            job = self.intake.paths([Path(name)]) if name else None
        else:
            job = self.intake.mime(mime)
            if job is None:
                self.failed.emit("no image in that: drop an image or a video")
        if job is not None:
            self._take_in(job, then)

    def _take_in(self, job: ImportJob, then: Callable[[Picture], None] | None = None) -> None:
        """Read in the pool. The first image is chosen, or `then` gets it."""
        come = 0

        def arrived(item: Item) -> None:
            nonlocal come
            if isinstance(item, Taken):
                self.adopted.emit(item)
            elif isinstance(item, Told):
                self.told.emit(item.line)
            else:
                come += 1
                self._light_table.add(item, choose=come == 1 and then is None)
                if come == 1 and then is not None:
                    then(item)
                self.counted.emit(come, False)

        def ended(error: Exception | None) -> None:
            self._reading -= 1
            self.counted.emit(come, True)
            if error is not None:
                self.failed.emit(explain(error))

        self._reading += 1
        self._worker.transfer(job, arrived, ended)
