"""What comes into the window from outside: dropped, pasted, or chosen in a dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.documents.dropped_files import ImportJob, Intake, Taken
from gui.runtime.worker import Worker
from gui.window.light_table import LightTable
from lab.errors import UserError, explain
from lab.media.pictures import Picture


class Importer(QObject):
    """Reads files in the pool and puts images on the light table.

    `adopted` tells a data set or a model that came in, `failed` why something could not come in,
    `noted` what need not stay on the screen. intake: None until the lab is there to take things in.
    """

    adopted = Signal(Taken)
    failed = Signal(str)
    noted = Signal(str)

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

        def picture_or_error(name: str) -> Picture | UserError:
            try:
                return named(name)
            except UserError as error:
                return error

        def read_all() -> list[Picture | UserError]:
            return [picture_or_error(name) for name in names]

        def laid(found: list[Picture | UserError]) -> None:
            for error in found:
                if isinstance(error, UserError):
                    self.noted.emit(str(error))
            # One that is gone leaves the others, and which of them is chosen, as they were.
            before = sum(isinstance(picture, Picture) for picture in found[: max(chosen, 0)])
            laid = [picture for picture in found if isinstance(picture, Picture)]
            self._light_table.lay(laid, before if chosen >= 0 else -1)
            self.laid_out = True

        self.read(read_all, laid)

    def take(self, mime: QMimeData) -> None:
        """Take in what was dropped on the window or pasted."""
        if self.intake is None:
            self.noted.emit("One moment: PyTorch is still loading")
            return
        jobs = self.intake.mime(mime)
        if not jobs:
            self.failed.emit("no image in that: drop or paste an image, video, folder or model")
        self._take_in(jobs)

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
            jobs = self.intake.paths([Path(name)]) if name else []
        else:
            jobs = self.intake.mime(mime)

        def place(found: list[Picture] | Taken) -> None:
            if isinstance(found, Taken):
                self.adopted.emit(found)
                return
            for picture in found:
                self._light_table.add(picture, choose=False)
            then(found[0])

        for job in jobs[:1]:
            self.read(job, place)

    def _take_in(self, jobs: list[ImportJob]) -> None:
        for job in jobs:
            self.read(job, self._place)

    def _place(self, found: list[Picture] | Taken) -> None:
        if isinstance(found, Taken):
            self.adopted.emit(found)
            return
        for picture in found:
            self._light_table.add(picture, choose=picture is found[0])
