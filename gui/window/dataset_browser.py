"""A data set to look through: its test images, by class, and those that are picked from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.runtime.worker import Worker
from gui.theme import GRID
from gui.views.images import to_image
from gui.widgets import Line, button
from lab.errors import explain
from lab.media.pictures import Picture

if TYPE_CHECKING:  # it imports PyTorch, which comes after the first paint
    from lab.datasets.library import Library

# Images on one page, and their edge in pixels.
PAGE, EDGE = 120, 9 * GRID
EVERY = -1


@dataclass(frozen=True)
class Page:
    """Some test images of a data set.

    images: uint8 (N, height, width, 3). labels: the class of each. places: their indices in the
    test set. count: how many there are of the class that was asked for.
    """

    title: str
    classes: tuple[str, ...]
    images: NDArray[np.uint8]
    labels: tuple[int, ...]
    places: tuple[int, ...]
    count: int


def page_of(library: Library, name: str, label: int, first: int) -> Page:
    """PAGE test images of a class from `first` on; EVERY class. Called in the torch thread."""
    data = library.get(name)
    labels = data.test_labels.cpu().numpy()
    places = np.flatnonzero((labels == label) | (label == EVERY))
    some = places[first : first + PAGE]
    images = data.test_images[some].cpu().permute(0, 2, 3, 1).numpy()
    images = np.ascontiguousarray(np.broadcast_to(images, (*images.shape[:3], 3)))
    shown = tuple(labels[some].tolist())
    return Page(data.title, data.classes, images, shown, tuple(some.tolist()), len(places))


class DatasetBrowser(QDialog):
    """`picked`: a tuple of the images that are to lie on the light table, in their order."""

    picked = Signal(tuple)

    def __init__(self, worker: Worker, library: Library, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Images of a data set")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(100 * GRID, 70 * GRID)
        self.page: Page | None = None
        self._worker, self._library = worker, library
        self._first = 0
        self._closed = False
        self.datasets, self.labels = QComboBox(), QComboBox()
        for name, title in library.options().items():
            self.datasets.addItem(title, name)
        self.datasets.setAccessibleName("Data set")
        self.labels.setAccessibleName("Class")
        self.labels.addItem("All classes", EVERY)
        self.images = QListWidget()
        self.images.setViewMode(QListView.ViewMode.IconMode)
        self.images.setResizeMode(QListView.ResizeMode.Adjust)
        self.images.setMovement(QListView.Movement.Static)
        self.images.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.images.setIconSize(QSize(EDGE, EDGE))
        self.images.setAccessibleName("Test images")
        self.words = Line("", "caption")
        self.before = button("‹", "plain", "Images before", lambda: self._turn(-PAGE))
        self.after = button("›", "plain", "Next images", lambda: self._turn(PAGE))
        self.add = button("Add to the images", "primary", "Or double click on one", self._add)
        self._lay_out()
        self.datasets.currentIndexChanged.connect(lambda _: self._other_data())
        self.labels.currentIndexChanged.connect(lambda _: self._show_from(0))
        self.images.itemSelectionChanged.connect(self._enable)
        self.images.itemDoubleClicked.connect(lambda _: self._add())
        self._other_data()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        column.setSpacing(2 * GRID)
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(self.datasets, 2)
        above.addWidget(self.labels, 1)
        below.addWidget(self.words, 1)
        for made in (self.before, self.after, self.add):
            below.addWidget(made)
        column.addLayout(above)
        column.addWidget(self.images, 1)
        column.addLayout(below)

    def _other_data(self) -> None:
        self.labels.blockSignals(True)
        while self.labels.count() > 1:
            self.labels.removeItem(1)
        self.labels.blockSignals(False)
        self._show_from(0)

    def _turn(self, by: int) -> None:
        self._show_from(self._first + by)

    def _show_from(self, first: int) -> None:
        self._first, self.page = first, None
        self.images.clear()
        self.words.setText("Reading the data set…")
        self._enable()
        name, label = self.datasets.currentData(), self.labels.currentData()
        asked = name, label, first

        def read(result: Page | Exception) -> None:
            now = self.datasets.currentData(), self.labels.currentData(), self._first
            if self._closed or asked != now:
                return
            if isinstance(result, Exception):
                self.words.setText(explain(result))
            else:
                self._show(result)

        self._worker.call(lambda: page_of(self._library, *asked), read)

    def _show(self, page: Page) -> None:
        self.page = page
        if self.labels.count() == 1:
            self.labels.blockSignals(True)
            for index, title in enumerate(page.classes):
                self.labels.addItem(title, index)
            self.labels.blockSignals(False)
        for image, label in zip(page.images, page.labels, strict=True):
            pixmap = QPixmap.fromImage(to_image(image)).scaled(
                EDGE, EDGE, Qt.AspectRatioMode.KeepAspectRatio
            )
            QListWidgetItem(QIcon(pixmap), page.classes[label], self.images)
        last = self._first + len(page.images)
        self.words.setText(f"Test images {self._first + 1:,} to {last:,} of {page.count:,}")
        self._enable()

    def _enable(self) -> None:
        page = self.page
        self.add.setEnabled(bool(self.images.selectedItems()))
        self.before.setEnabled(page is not None and self._first > 0)
        self.after.setEnabled(page is not None and self._first + PAGE < page.count)

    def _add(self) -> None:
        page = self.page
        if page is None:
            return
        rows = sorted(self.images.row(item) for item in self.images.selectedItems())
        words = [f"{page.classes[page.labels[r]]}, test image {page.places[r]}" for r in rows]
        self.picked.emit(
            tuple(Picture(w, page.images[r]) for w, r in zip(words, rows, strict=True))
        )
        self.words.setText(f"Added: {len(rows)}")

    def done(self, result: int) -> None:
        self._closed = True
        super().done(result)
