"""What can be chosen in the controls, for the window's thread, which never runs PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.runtime.worker import Worker
from lab.errors import NotYet, UserError, explain
from lab.parameters import Source

if TYPE_CHECKING:  # it imports PyTorch
    from lab.workspace import Workspace


class Choices(QObject):
    """Answers from what is known; the torch thread looks into a network that nobody knows yet.

    `known` tells that something was asked for that is known by now, `failed` why it never will be.
    """

    known = Signal()
    failed = Signal(str)

    def __init__(self, worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self.lab: Workspace | None = None
        self._worker = worker
        self._asked: set[tuple[Source, str]] = set()

    def __call__(self, source: Source, of: str = "") -> Mapping[str, str]:
        """Name -> title of what can be chosen now from a source of lab.parameters.Choice.

        of: the model whose classes or layers are asked for. Raises UserError for an unknown one,
        NotYet for one whose layers are being looked up.
        """
        assert self.lab is not None
        try:
            return self.lab.options(source, of, known=True)
        except NotYet:
            self._look_up(source, of)
            raise

    def _look_up(self, source: Source, of: str) -> None:
        lab, asked = self.lab, (source, of)
        if lab is None or asked in self._asked:
            return
        self._asked.add(asked)

        def found(result: Mapping[str, str] | Exception) -> None:
            self._asked.discard(asked)
            if isinstance(result, Exception) and not isinstance(result, UserError):
                self.failed.emit(explain(result))
            else:
                self.known.emit()  # a UserError is an answer too: it is told to who asks again

        self._worker.call(lambda: lab.options(source, of), found)
