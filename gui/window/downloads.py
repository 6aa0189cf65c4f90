"""The progress of a download, with a Cancel button."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from gui.runtime.file_pool import Transfer
from gui.runtime.worker import Worker
from gui.theme import GRID
from lab.system.downloads import Progress


class DownloadStrip(QWidget):
    """Hidden while nothing is downloaded; one download at a time."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker
        self._transfer: Transfer | None = None
        self._item = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        self._text = QLabel()
        self._text.setProperty("role", "caption")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        cancel = QPushButton("Cancel")
        cancel.setProperty("role", "plain")
        cancel.clicked.connect(self.cancel)
        row.addWidget(self._text)
        row.addWidget(self._bar, 1)
        row.addWidget(cancel)
        self.hide()

    def fetch(self, item: str, then: Callable[[Exception | None], None]) -> None:
        """Download `item`, then call `then` with None or the error, unless it was cancelled."""
        from lab.system import downloads

        if self._transfer is not None:
            return
        self._item = item
        self._text.setText(f"Downloading {item}…")
        self._bar.setValue(0)
        self.show()

        def ended(error: Exception | None) -> None:
            cancelled = self._transfer is not None and self._transfer.cancelled
            self._transfer = None
            self.hide()
            if not cancelled:
                then(error)

        self._transfer = self._worker.transfer(lambda: downloads.fetch(item), self._move, ended)

    def _move(self, progress: Progress) -> None:
        done, total = progress.done_bytes / 1e6, progress.total_bytes / 1e6
        self._bar.setValue(round(1000 * done / total) if total else 0)
        self._text.setText(f"Downloading {self._item}: {done:.1f} of {total:.1f} MB")

    def cancel(self) -> None:
        """Cancel the download; the part that came is deleted."""
        if self._transfer is not None:
            self._transfer.cancel()
