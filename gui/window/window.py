"""The window: chapters on the left, one exhibit in the middle, the light table below."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from PySide6.QtCore import QByteArray, QMimeData, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QPaintEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.application import application
from gui.documents.dropped_files import Intake, Taken
from gui.documents.persistence import Persistence
from gui.documents.session import Session
from gui.panel.panel import Panel
from gui.runtime.worker import Worker, explain
from gui.theme import GRID
from gui.thumbnail import PictureButton
from gui.views import views
from gui.window.choices import Choices
from gui.window.importer import Importer
from gui.window.panel_stack import PanelStack
from gui.window.shortcuts import Command, ShortcutSheet
from gui.window.sidebar import Chapters
from gui.window.tray import Tray
from lab import catalog, results
from lab.media import pictures
from lab.media.pictures import Picture
from lab.system import garbage

if TYPE_CHECKING:  # it imports PyTorch, which comes after the first paint
    from lab.workspace import Workspace

# How long after PyTorch is here garbage is held back at most, in milliseconds: what is still to be
# imported waits for an idle moment, which a training that begins at once would put off to its end.
HELD_MS = 10_000


class Window(QWidget):
    """The one window. It is on the screen before PyTorch is imported; `ready` says when it is."""

    painted = Signal()

    def __init__(self, session: Session, device: str = "auto", home: Path | None = None) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Glassbox")
        self.setAcceptDrops(True)
        self.setMinimumSize(1024, 640)
        self.worker = Worker(self)
        self._session = session
        self._device = device
        self._home = home
        self._lab: Workspace | None = None
        self._persistence = Persistence(home)
        self._painted = False
        self._build()
        self.commands = self._commands()
        for command in self.commands:
            QShortcut(QKeySequence(command.keys), self, command.run)
        geometry = QByteArray(base64.b64decode(session.geometry))
        if not self.restoreGeometry(geometry):
            self.resize(1600, 900)
        known = {entry.path for entry in catalog.entries()}
        self.show_exhibit(session.exhibit if session.exhibit in known else min(known))

    # ---- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        self.chapters = Chapters()
        self.chapters.chosen.connect(self.show_exhibit)
        self.panels = PanelStack(self, self._session.runs)
        self.panels.speed.connect(self.chapters.show_speed)
        self.tray = Tray(self.worker, self._persistence, lambda: self.current.caught_up)
        self.light_table, self.camera = self.tray.light_table, self.tray.camera
        self.importer = Importer(self.worker, self.light_table, self)
        self.options = Choices(self.worker, self)
        self.options.known.connect(self.panels.look_again)
        self.light_table.chosen.connect(self.panels.follow)
        self.light_table.asked.connect(self.importer.open)
        self.tray.shelf.used.connect(self.use)
        self.tray.shelf.changed.connect(self.panels.refresh)
        self.importer.adopted.connect(self._adopted)
        for noted in (self.tray.shelf.noted, self.importer.noted):
            noted.connect(self.say)
        for failed in (self.tray.failed, self.importer.failed, self.options.failed):
            failed.connect(lambda message: self.current.complain(message))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.chapters)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.panels.middle, 1)
        middle.addWidget(self.tray)
        row.addLayout(middle, 1)
        self._right = QFrame()
        self._right.setProperty("role", "side")
        self._right.setFixedWidth(45 * GRID)
        column = QVBoxLayout(self._right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panels.sides)
        row.addWidget(self._right)

    def _commands(self) -> tuple[Command, ...]:
        table = self.light_table
        return (
            Command("Ctrl+R", "Run from the start", lambda: self.current.start()),
            Command("Space", "Pause or resume", lambda: self.current.toggle()),
            Command(".", "One step", lambda: self.current.step()),
            Command("Esc", "Stop, or leave full screen", self.stop),
            Command("PgDown", "Next exhibit", lambda: self._move(1)),
            Command("PgUp", "Previous exhibit", lambda: self._move(-1)),
            Command("Ctrl+Right", "Next image", lambda: table.choose(table.index + 1)),
            Command("Ctrl+Left", "Previous image", lambda: table.choose(table.index - 1)),
            Command("Ctrl+O", "Add images, videos or a model", self.importer.open),
            Command("Ctrl+V", "Paste an image", self.importer.paste),
            Command("Ctrl+K", "Camera on or off", self.tray.toggle_camera),
            Command("Ctrl+E", "Export what is shown", self.export),
            Command("Ctrl+Shift+C", "Copy this run as a command", self.copy_command),
            Command("Ctrl+B", "Hide or show the side columns", self.toggle_sides),
            Command("Ctrl+L", "Theme: light, dark or the system's", self.next_scheme),
            Command("F11", "Full screen", self.toggle_full_screen),
            Command("?", "These shortcuts", self.show_keys),
        )

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
            views()  # pyqtgraph takes half a second that the window's thread has not
            opened = workspace.Workspace.open(device)
            self._persistence.restore(opened.shelf)
            return opened, devices.describe(opened.device)

        self.worker.call(open_lab, self._opened)

    def _opened(self, result: tuple[Workspace, str] | Exception) -> None:
        if isinstance(result, Exception):
            garbage.release()
            self.current.fail(result)
            return
        self._lab, described = result
        self.options.lab = self._lab
        self.chapters.show_device(described)
        self.tray.shelf.show_shelf(self._lab.shelf)
        self.importer.intake = Intake(
            self._lab.library.adopt, self._lab.shelf.adopt, self._persistence.keep
        )
        self.panels.load()
        from lab.system import devices

        self.worker.when_idle(devices.warm_up, lambda _: garbage.release())
        QTimer.singleShot(HELD_MS, self, garbage.release)

    @property
    def ready(self) -> bool:
        """Whether PyTorch, the visible exhibit and the pictures are all here."""
        return self.current.exhibit is not None and not self.importer.reading

    # ---- the host of the panels ----------------------------------------------------------------

    def workspace(self) -> Workspace:
        """The lab as it is now, with the chosen picture first."""
        assert self._lab is not None
        return replace(self._lab, pictures=self.light_table.in_hand, camera=self.camera.look)

    def download(self, item: str) -> None:
        """Fetch something that is missing; what wanted it runs again when it is here."""
        panel = self.current

        def fetched(error: Exception | None) -> None:
            if error is not None:
                panel.complain(explain(error), item)
                return
            self.tray.shelf.refresh()
            panel.side.refresh()
            panel.start()

        self.tray.downloads.fetch(item, fetched)

    def copy(self, text: str, files: Sequence[str] = ()) -> None:
        """Put text on the clipboard, and say so, with the files that were saved for it."""
        QGuiApplication.clipboard().setText(text)
        self.say(f"Copied; saved for it: {', '.join(files)}" if files else "Copied")

    def say(self, message: str) -> None:
        """A line at the lower left that goes by itself."""
        self.chapters.say(message)

    def read(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Read files in the pool; `then` gets what was read, and a failure is told."""
        self.importer.read(function, then)

    def receive(self, mime: QMimeData | None, then: Callable[[Picture], None]) -> None:
        """Take in what was dropped on a slot, or is chosen in a dialog where `mime` is None."""
        self.importer.receive(mime, then)

    def named(self, name: str) -> Picture:
        """The picture that `Picture.reference` or `keep` called so at an earlier time."""
        return self._persistence.named(name)

    def keep(self, picture: Picture) -> Picture:
        """The picture with a file of its own, so that it is there at the next start."""
        return self._persistence.keep(picture)

    def choose(self, picture: Picture) -> None:
        """Make a picture the chosen one of the light table, where it is laid if need be."""
        self.light_table.choose_picture(picture)

    def suggest(self, name: str) -> None:
        """Choose an embedded picture, as long as nobody has chosen one by hand."""
        self.light_table.suggest(name)

    def use(self, name: str) -> None:
        """Put a network of the shelf to use in the current exhibit, if it takes one of its kind."""
        assert self._lab is not None
        kind = "painter" if name in self._lab.shelf.painters() else "model"
        if hasattr(self.current.values, kind):
            self.current.set_value(kind, name)

    def _adopted(self, found: Taken) -> None:
        self.say(f"Added: {found.name}. Choose it in the controls.")
        self.tray.shelf.update_shelf()
        if found.kind == "model":
            self.use(found.name)
        elif hasattr(self.current.values, "data"):
            self.current.set_value("data", found.name)

    # ---- exhibits, drops -------------------------------------------------------------------------

    @property
    def current(self) -> Panel:
        """The panel on the screen."""
        return self.panels.current

    def show_exhibit(self, path: str) -> None:
        """Bring an exhibit to the front; what runs in another goes on."""
        self.panels.show(path)
        self.chapters.choose(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        mime = event.mimeData()
        if mime.hasUrls() or mime.hasImage() or mime.hasHtml() or mime.hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        # What was dragged off the light table and let go beside a slot is there already.
        if not isinstance(event.source(), PictureButton):
            self.importer.take(event.mimeData())

    # ---- commands --------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop the run on the screen; where none goes on, leave full screen."""
        if self.isFullScreen() and not self.current.active:
            self.showNormal()
        self.current.stop()

    def _move(self, by: int) -> None:
        paths = [entry.path for entry in catalog.entries()]
        self.show_exhibit(paths[(paths.index(self.current.entry.path) + by) % len(paths)])

    def export(self) -> None:
        panel = self.current
        if panel.exhibit is None or not panel.snapshot.outputs:
            panel.complain("nothing to export yet: press Run first")
            return
        folder = QFileDialog.getExistingDirectory(self, "Export into a folder")
        if folder:
            self.export_to(Path(folder))

    def export_to(self, folder: Path) -> None:
        """Write what the current panel shows into `folder`, as the command line's `run` does."""
        from gui.documents import export

        report = self.current.report()
        cards = export.drawn(report.exhibit, report.snapshot)
        told = f"Exported to {folder.name}"
        self.read(lambda: results.write(folder, report, cards), lambda _: self.say(told))

    def copy_command(self) -> None:
        self.current.copy_command()

    def toggle_sides(self) -> None:
        shown = self.chapters.isVisible()
        self.chapters.setVisible(not shown)
        self._right.setVisible(not shown)

    def next_scheme(self) -> None:
        schemes = get_args(theme.Scheme)
        self._session.scheme = schemes[(schemes.index(self._session.scheme) + 1) % len(schemes)]
        theme.apply(application(), self._session.scheme)
        self.say(f"Theme: {self._session.scheme}")

    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def show_keys(self) -> None:
        ShortcutSheet(self.commands, self).open()

    # ---- the end ---------------------------------------------------------------------------------

    def session(self) -> Session:
        """The state to come back to."""
        pictures, chosen = self._session.pictures, self._session.chosen
        if self.importer.laid_out:
            # What the camera saw has no name, and is not there the next time.
            laid, index = self.light_table.pictures, self.light_table.index
            pictures = [picture.reference for picture in laid if picture.reference]
            before = sum(bool(picture.reference) for picture in laid[: max(index, 0)])
            chosen = before if self.light_table.by_hand else -1
        return replace(
            self._session,
            geometry=bytes(self.saveGeometry().toBase64().data()).decode("ascii"),
            exhibit=self.current.entry.path,
            runs=self.panels.remembered(),
            pictures=pictures,
            chosen=chosen,
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        self.panels.close()
        self.chapters.end()
        if self._home is not None:
            session = self.session()
            if self.importer.laid_out:
                self._persistence.keep_only(session.files)
            with contextlib.suppress(OSError):  # a full disk must not keep the window open
                session.write(self._home / "session.json")
        self.tray.shelf.let_go()
        self.worker.close()
        super().closeEvent(event)
