"""The window: chapters at the left, one exhibit in the middle, images and models below."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui import theme
from gui.documents.dropped_files import Intake
from gui.documents.persistence import Persistence
from gui.documents.session import Session
from gui.panel.panel import Panel
from gui.runtime.worker import Worker
from gui.thumbnail import PictureButton
from gui.views import views
from gui.window.choices import Choices
from gui.window.columns import Columns, exhibits_menu, first_size, least_size
from gui.window.commands import commands, takes_space
from gui.window.importer import Importer
from gui.window.panel_host import PanelHost
from gui.window.panel_stack import PanelStack
from gui.window.session_keeper import SessionKeeper
from gui.window.sidebar import Sidebar
from gui.window.tray import Tray
from lab import catalog
from lab.media import pictures
from lab.system import garbage

if TYPE_CHECKING:  # it imports PyTorch, which comes after the first paint
    from lab.workspace import Workspace

# Garbage collection is switched on in the first idle moment of the worker, or else so many
# milliseconds after PyTorch is imported: a training that begins at once leaves no idle moment.
HELD_MS = 10_000
SECOND = "Another window is open: the settings of this one are not kept."


class Window(QWidget):
    """The one window. It is shown before PyTorch is imported."""

    painted = Signal()

    def __init__(self, session: Session, device: str = "auto", home: Path | None = None) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Glassbox")
        self.setAcceptDrops(True)
        room = self.screen().availableSize()
        self.setMinimumSize(least_size(room))
        self.worker = Worker(self)
        self._session = session
        self._device = device
        self._persistence = Persistence(home)
        self._keeper = SessionKeeper(home, self.session, self.worker, self)
        self._painted = self._closed = False
        self._build()
        self.commands = commands(self, self)
        for command in self.commands:
            QShortcut(QKeySequence(command.keys), self, command.run)
        geometry = QByteArray(base64.b64decode(session.geometry))
        if not self.restoreGeometry(geometry):
            self.resize(first_size(room))
        known = {entry.path for entry in catalog.entries()}
        self.show_exhibit(session.exhibit if session.exhibit in known else min(known))
        # A click beside the controls takes the keys from a field; at first nothing has them.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocus()
        if not self._keeper.first:
            self.sidebar.show_note(SECOND)

    # ---- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.sidebar = Sidebar()
        self.sidebar.chosen.connect(self.show_exhibit)
        self.tray = Tray(self.worker, self._persistence, lambda: self.current.caught_up)
        self.light_table, self.camera = self.tray.light_table, self.tray.camera
        self.importer = Importer(self.worker, self.light_table, self)
        self.choices = Choices(self.worker, self)
        parts = self.worker, self._persistence, self.tray, self.importer, self.choices
        self.host = PanelHost(*parts, lambda: self.current, self.say, self.set_up)
        self.panels = PanelStack(self.host, self._session.runs)
        self.panels.speed.connect(self.sidebar.show_speed)
        self.panels.activity.connect(self.sidebar.mark)
        self.panels.models.connect(self.tray.shelf.mark)
        self.choices.known.connect(self.panels.look_again)
        self.light_table.chosen.connect(self.panels.follow)
        self.light_table.chosen.connect(self.panels.settle)
        self.light_table.asked.connect(self.importer.open)
        self.tray.shelf.used.connect(self.host.use)
        self.tray.images.browse.connect(self.host.browse)
        self.tray.shelf.changed.connect(self.panels.refresh)
        self.importer.adopted.connect(self.host.adopt)
        self.importer.counted.connect(self.tray.images.show_reading)
        self.importer.told.connect(self.tray.images.tell)
        self.panels.shown.connect(self._show_whether_images_are_taken)
        for noted in (self.tray.shelf.noted, self.importer.noted):
            noted.connect(self.say)
        importer = self.importer
        for failed in (self.tray.failed, importer.failed, importer.told, self.choices.failed):
            failed.connect(lambda message: self.current.complain(message))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.panels.middle, 1)
        middle.addWidget(self.tray)
        row.addLayout(middle, 1)
        self.right = QFrame()
        self.right.setProperty("role", "side")
        column = QVBoxLayout(self.right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panels.sides)
        row.addWidget(self.right)
        self.columns = Columns(self.sidebar, self.panels, self.right)
        self.panels.exhibits.connect(self._list_exhibits)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.fit(event.size())

    # ---- starting: the first paint, then PyTorch, then the rest --------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.painted.emit()
            QTimer.singleShot(0, self, self._begin)

    def _begin(self) -> None:
        self.worker.begin()
        names = self._session.pictures
        self.importer.lay_out(
            list(pictures.LIGHT_TABLE) if names is None else names,
            self._session.chosen,
            self._persistence.named,
        )
        device = self._device

        def open_lab() -> tuple[Workspace, str]:
            from lab import workspace
            from lab.system import devices

            devices.set_threads()
            views()  # imports pyqtgraph, half a second that the window's thread must not take
            opened = workspace.Workspace.open(device)
            self._persistence.restore(opened.shelf)
            return opened, devices.describe(opened.device)

        self.worker.call(open_lab, self._opened)

    def _opened(self, result: tuple[Workspace, str] | Exception) -> None:
        if isinstance(result, Exception):
            garbage.release()
            self.current.fail(result)
            return
        lab, described = result
        self.host.lab = self.choices.lab = lab
        self.sidebar.show_device(described)
        self.tray.shelf.show_shelf(lab.shelf)
        self.importer.intake = Intake(lab.library.adopt, lab.shelf.adopt, self._persistence.keep)
        self.panels.load()
        self._keeper.begin()
        from lab.system import devices

        self.worker.when_idle(devices.warm_up, lambda _: garbage.release())
        QTimer.singleShot(HELD_MS, self, garbage.release)

    @property
    def ready(self) -> bool:
        """Whether PyTorch, the exhibit on the screen and the pictures are loaded."""
        return self.current.exhibit is not None and not self.importer.reading

    def workspace(self) -> Workspace:
        """The lab as it is now, with the chosen picture first."""
        return self.host.workspace()

    # ---- exhibits and drops ----------------------------------------------------------------------

    @property
    def current(self) -> Panel:
        """The panel on the screen."""
        return self.panels.current

    def show_exhibit(self, path: str) -> None:
        """Show an exhibit; runs of the others go on."""
        self.panels.show(path)
        self.sidebar.choose(path)

    def set_up(self, path: str, values: Mapping[str, Any]) -> None:
        """Show an exhibit with these values of its parameters, by name."""
        self.show_exhibit(path)
        self.panels.set_up(path, values)

    def _show_whether_images_are_taken(self) -> None:
        exhibit = self.current.exhibit
        self.tray.images.set_taken(exhibit is None or exhibit.pictures > 0)

    def say(self, message: str) -> None:
        """Show a message for some seconds: something went well, so an earlier error is over."""
        self.sidebar.say(message)
        if not self.columns.listed:
            self.current.header.show_status(message)
        self.panels.settle()

    def _list_exhibits(self) -> None:
        menu, beside = exhibits_menu(self, self.show_exhibit), self.current.header.menu
        menu.exec(beside.mapToGlobal(beside.rect().bottomLeft()))
        menu.deleteLater()

    def event(self, event: QEvent) -> bool:
        # Keys that the focus does not want come here before the shortcuts get them.
        if takes_space(self.focusWidget(), event):
            event.accept()
            return True
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        mime = event.mimeData()
        if mime.hasUrls() or mime.hasImage() or mime.hasHtml() or mime.hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        # A picture dragged off the light table is there already.
        if not isinstance(event.source(), PictureButton):
            self.importer.take(event.mimeData())

    # ---- the end ---------------------------------------------------------------------------------

    def session(self) -> Session:
        """The state that the next start restores."""
        pictures, chosen = self._session.pictures, self._session.chosen
        if self.importer.laid_out:
            # The camera's picture has no reference: it is not saved.
            laid, index = self.light_table.pictures, self.light_table.index
            pictures = [picture.reference for picture in laid if picture.reference]
            before = sum(bool(picture.reference) for picture in laid[: max(index, 0)])
            chosen = before if self.light_table.by_hand else -1
        return replace(
            self._session,
            scheme=theme.scheme(),
            geometry=bytes(self.saveGeometry().toBase64().data()).decode("ascii"),
            exhibit=self.current.entry.path,
            runs=self.panels.remembered(),
            pictures=pictures,
            chosen=chosen,
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._closed:
            return
        self._closed = True
        self.panels.close()
        self.sidebar.close_down()
        session = self.session()
        if self._keeper.first and self.importer.laid_out:
            self._persistence.keep_only(session.files)
        self._keeper.write(session)
        self.tray.shelf.let_go()
        self.worker.close()
        self._keeper.close()
        super().closeEvent(event)
