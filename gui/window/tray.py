"""The tray under the exhibit: images, models, and a download under way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout

from gui.documents.persistence import Persistence
from gui.runtime.worker import Worker
from gui.theme import GRID
from gui.widgets import label
from gui.window.camera import Camera
from gui.window.downloads import DownloadStrip
from gui.window.light_table import LightTable
from gui.window.light_table_header import LightTableHeader
from gui.window.shelf_strip import ShelfStrip
from lab.errors import explain


class Tray(QFrame):
    """`failed` tells why the camera ended or a model could not be saved.

    caught_up: whether the exhibit on the screen has drawn all that it made of the last image.
    """

    failed = Signal(str)

    def __init__(
        self, worker: Worker, persistence: Persistence, caught_up: Callable[[], bool]
    ) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(3 * GRID, GRID, 2 * GRID, 2 * GRID)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        self.light_table = LightTable()
        self.images = LightTableHeader(self.light_table)
        self.light_table.camera.connect(self.toggle_camera)
        # A quick exhibit is run on each image, so the next one waits until it has ended and all of
        # it is drawn: else a card that is drawn late would never have its turn.
        self.camera = Camera(worker, caught_up, self.light_table.show_camera, self._camera_ended)
        self.shelf = ShelfStrip(worker, persistence)
        self.shelf.failed.connect(self.failed)
        self.downloads = DownloadStrip(worker)
        grid.addWidget(self.images, 0, 0)
        grid.addWidget(label("Models", "caption"), 0, 1)
        grid.addWidget(self.light_table, 1, 0)
        grid.addWidget(self.shelf, 1, 1)
        grid.addWidget(self.downloads, 2, 0, 1, 2)
        grid.setColumnStretch(0, 5)
        grid.setColumnStretch(1, 2)

    def toggle_camera(self) -> None:
        """Turn the camera on or off."""
        if self.camera.on:
            self.camera.stop()
        else:
            self.camera.start()
            self.light_table.set_camera(True)

    def _camera_ended(self, error: Exception | None) -> None:
        self.light_table.set_camera(False)
        if error is not None:
            self.failed.emit(explain(error))
