"""The window: chapters on the left, one exhibit in the middle, the light table below."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    QGridLayout,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.documents.dropped_files import ImportJob, Intake, Taken
from gui.documents.persistence import Persistence
from gui.documents.session import Session
from gui.panel.panel import Panel
from gui.runtime.worker import Worker, explain
from gui.theme import GRID
from gui.thumbnail import PictureButton
from gui.widgets import label
from gui.window.camera import Camera
from gui.window.downloads import DownloadStrip
from gui.window.keys import COMMANDS, KeySheet
from gui.window.light_table import LightTable
from gui.window.shelf_strip import ShelfStrip
from gui.window.sidebar import Chapters
from lab import catalog
from lab.errors import UserError
from lab.media import pictures
from lab.media.pictures import Picture
from lab.system import garbage

if TYPE_CHECKING:  # it imports PyTorch, which comes after the first paint
    from lab.workspace import Workspace

# How often the panels look for frames, in milliseconds.
TICK_MS = 33
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
        self.panels: dict[str, Panel] = {}
        self._session = session
        self._device = device
        self._home = home
        self._lab: Workspace | None = None
        self._persistence = Persistence(home)
        self._laid = False
        self._painted = False
        self._reading = 0
        self._pump = QTimer(self)
        self._pump.setInterval(TICK_MS)
        self._pump.timeout.connect(self._tick)
        self._build()
        for command in COMMANDS:
            QShortcut(QKeySequence(command.keys), self, getattr(self, command.method))
        if session.geometry:
            self.restoreGeometry(QByteArray(base64.b64decode(session.geometry)))
        else:
            self.resize(1600, 900)
        known = {entry.path for entry in catalog.entries()}
        self.show_exhibit(session.exhibit if session.exhibit in known else min(known))

    # ---- building ----------------------------------------------------------------------------

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.chapters = Chapters()
        self.chapters.chosen.connect(self.show_exhibit)
        row.addWidget(self.chapters)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        self._stack = QStackedWidget()
        middle.addWidget(self._stack, 1)
        middle.addWidget(self._build_tray())
        row.addLayout(middle, 1)
        self._right = QFrame()
        self._right.setProperty("role", "side")
        self._right.setFixedWidth(45 * GRID)
        self._sides = QStackedWidget(self._right)
        column = QVBoxLayout(self._right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._sides)
        row.addWidget(self._right)

    def _build_tray(self) -> QFrame:
        tray = QFrame()
        grid = QGridLayout(tray)
        grid.setContentsMargins(3 * GRID, GRID, 2 * GRID, 2 * GRID)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        self.light_table = LightTable()
        self.light_table.chosen.connect(self._follow)
        self.light_table.asked.connect(self.open_files)
        self.light_table.camera.connect(self.toggle_camera)
        # A quick exhibit is run on each picture, so the next one waits until it has ended and all
        # of it is drawn: else a card that is drawn late would never have its turn.
        self.camera = Camera(
            self.worker,
            lambda: self.current.caught_up,
            self.light_table.show_camera,
            self._camera_ended,
        )
        self.shelf = ShelfStrip(self)
        self.downloads = DownloadStrip(self.worker)
        grid.addWidget(label("Light table", "caption"), 0, 0)
        grid.addWidget(label("Shelf", "caption"), 0, 1)
        grid.addWidget(self.light_table, 1, 0)
        grid.addWidget(self.shelf, 1, 1)
        grid.addWidget(self.downloads, 2, 0, 1, 2)
        grid.setColumnStretch(0, 5)
        grid.setColumnStretch(1, 2)
        return tray

    # ---- starting: the first paint, then PyTorch, then the rest --------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.painted.emit()
            QTimer.singleShot(0, self, self._begin)

    def _begin(self) -> None:
        self.worker.begin()
        self._lay_out_pictures()
        device = self._device

        def open_lab() -> tuple[Workspace, str]:
            from lab import workspace
            from lab.system import devices

            devices.set_threads()
            opened = workspace.Workspace.open(device)
            self._persistence.restore(opened.shelf)
            return opened, devices.describe(opened.device)

        self.worker.call(open_lab, self._opened)

    def _lay_out_pictures(self) -> None:
        names = self._session.pictures
        if names is None:
            names = list(pictures.LIGHT_TABLE)
        chosen = self._session.chosen

        def laid(found: list[Picture | UserError]) -> None:
            for error in found:
                if isinstance(error, UserError):
                    self.say(str(error))
            # One that is gone leaves the others, and which of them is chosen, as they were.
            index = sum(isinstance(picture, Picture) for picture in found[:chosen])
            self.light_table.lay([p for p in found if isinstance(p, Picture)], index)
            self._laid = True

        def read_all() -> list[Picture | UserError]:
            return [_or_error(lambda name=name: pictures.named(name)) for name in names]

        self.read(read_all, laid)

    def _opened(self, result: tuple[Workspace, str] | Exception) -> None:
        if isinstance(result, Exception):
            garbage.release()
            self.current.fail(result)
            return
        self._lab, described = result
        self.chapters.show_device(described)
        self._lab.shelf.on_change.append(self._shelf_changed)
        self.shelf.show_shelf(self._lab.shelf)
        self._intake = Intake(
            self._lab.library.adopt, self._lab.shelf.adopt, self._persistence.keep
        )
        for path in self.panels:
            self._install(path)
        from lab.system import devices

        self.worker.when_idle(devices.warm_up, lambda _: garbage.release())
        QTimer.singleShot(HELD_MS, self, garbage.release)

    def _install(self, path: str) -> None:
        def installed(exhibit: Any) -> None:
            if isinstance(exhibit, Exception):
                self.panels[path].fail(exhibit)
                return
            self.panels[path].install(exhibit, self._session.parameters.get(path, {}))
            self._show_panel(path)

        self.worker.call(lambda: catalog.load(path), installed)

    @property
    def ready(self) -> bool:
        """Whether PyTorch, the visible exhibit and the pictures are all here."""
        return self.current.exhibit is not None and self._reading == 0

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
            self.shelf.refresh()
            panel.side.refresh()
            panel.start()

        self.downloads.fetch(item, fetched)

    def copy(self, text: str) -> None:
        """Put text on the clipboard, and say so."""
        QGuiApplication.clipboard().setText(text)
        self.say("Copied")

    def say(self, message: str) -> None:
        """A line at the lower left that goes by itself."""
        self.chapters.say(message)

    # ---- exhibits --------------------------------------------------------------------------------

    @property
    def current(self) -> Panel:
        """The panel on the screen."""
        panel = self._stack.currentWidget()
        assert isinstance(panel, Panel)
        return panel

    def show_exhibit(self, path: str) -> None:
        """Bring an exhibit to the front; what runs in another goes on."""
        if path not in self.panels:
            panel = self.panels[path] = Panel(catalog.find(path), self)
            panel.woken.connect(self._wake)
            self._stack.addWidget(panel)
            self._sides.addWidget(panel.side)
            if self._lab is not None:
                self._install(path)
        self._show_panel_now(path)
        self.chapters.choose(path)

    def _show_panel_now(self, path: str) -> None:
        self._stack.setCurrentWidget(self.panels[path])
        self._sides.setCurrentWidget(self.panels[path].side)
        self.chapters.show_speed(self.panels[path].snapshot.speed or "")

    def _show_panel(self, path: str) -> None:
        if self.panels[path] is self.current:
            self._show_panel_now(path)

    def _wake(self) -> None:
        self._pump.start()

    def _tick(self) -> None:
        alive = [panel.pump() for panel in self.panels.values()]
        self.chapters.show_speed(self.current.snapshot.speed or "")
        if not any(alive):
            self._pump.stop()

    def _follow(self) -> None:
        for panel in self.panels.values():
            if panel.exhibit is None or panel.exhibit.pictures:
                panel.follow()

    def _shelf_changed(self) -> None:
        # The shelf is filled in the torch thread; the strip lives in this one.
        self.worker.call(lambda: None, lambda _: self._show_shelf())

    def _show_shelf(self) -> None:
        assert self._lab is not None
        if save := self._persistence.changes(self._lab.shelf):
            self.read(save, lambda _: None)
        self.shelf.refresh()
        for panel in self.panels.values():
            panel.side.refresh()

    # ---- pictures, folders, models ---------------------------------------------------------------

    def read(self, function: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Read files in the pool; `then` gets what was read, and a failure is told."""
        self._reading += 1

        def arrived(result: Any) -> None:
            self._reading -= 1
            if isinstance(result, Exception):
                self.current.complain(explain(result))
            else:
                then(result)

        self.worker.read(function, arrived)

    def take_in(self, jobs: list[ImportJob]) -> None:
        """Read what was dropped, pasted or opened, and put it where it belongs."""
        for job in jobs:
            self.read(job, self._place)

    def receive(self, mime: QMimeData | None, then: Callable[[Picture], None]) -> None:
        """Take in what was dropped on a slot, or is chosen in a dialog where `mime` is None."""
        if self._lab is None:
            return
        if mime is None:
            name, _ = QFileDialog.getOpenFileName(self, "Open a picture")
            jobs = self._intake.paths([Path(name)]) if name else []
        else:
            jobs = self._intake.mime(mime)

        def placed(found: list[Picture] | Taken) -> None:
            if isinstance(found, Taken):
                self._place(found)
                return
            for picture in found:
                self.light_table.add(picture, choose=False)
            then(found[0])

        for job in jobs[:1]:
            self.read(job, placed)

    def choose(self, picture: Picture) -> None:
        """Make a picture the chosen one of the light table, where it is laid if need be."""
        self.light_table.choose_picture(picture)

    def use(self, name: str) -> None:
        """Put a network of the shelf to use in the current exhibit, if it takes one of its kind."""
        assert self._lab is not None
        kind = "painter" if name in self._lab.shelf.painters() else "model"
        if hasattr(self.current.values, kind):
            self.current.set_value(kind, name)

    def _place(self, found: list[Picture] | Taken) -> None:
        if isinstance(found, Taken):
            self.say(f"Taken in: {found.name}. Choose it in the controls.")
            self._show_shelf()
            if found.kind == "model":
                self.use(found.name)
            elif hasattr(self.current.values, "data"):
                self.current.set_value("data", found.name)
            return
        for picture in found:
            self.light_table.add(picture, choose=picture is found[0])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        mime = event.mimeData()
        if mime.hasUrls() or mime.hasImage() or mime.hasHtml() or mime.hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        # What was dragged off the light table and let go beside a slot is there already.
        if not isinstance(event.source(), PictureButton):
            self._take_mime(event.mimeData())

    def _take_mime(self, mime: Any) -> None:
        if self._lab is None:
            self.say("One moment: PyTorch is still loading")
            return
        jobs = self._intake.mime(mime)
        if not jobs:
            self.current.complain(
                "no picture in that: drop or paste a picture, video, folder or model"
            )
        self.take_in(jobs)

    # ---- commands --------------------------------------------------------------------------------

    def run(self) -> None:
        self.current.start()

    def toggle(self) -> None:
        self.current.toggle()

    def step(self) -> None:
        self.current.step()

    def stop(self) -> None:
        if self.isFullScreen() and not self.current.active:
            self.showNormal()
        self.current.stop()

    def next_exhibit(self) -> None:
        self._move(1)

    def previous_exhibit(self) -> None:
        self._move(-1)

    def _move(self, by: int) -> None:
        paths = [entry.path for entry in catalog.entries()]
        self.show_exhibit(paths[(paths.index(self.current.entry.path) + by) % len(paths)])

    def next_picture(self) -> None:
        self.light_table.choose(self.light_table.index + 1)

    def previous_picture(self) -> None:
        self.light_table.choose(self.light_table.index - 1)

    def open_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Open pictures, videos or a model")
        if names and self._lab is not None:
            self.take_in(self._intake.paths([Path(name) for name in names]))

    def paste(self) -> None:
        self._take_mime(QGuiApplication.clipboard().mimeData())

    def toggle_camera(self) -> None:
        if self.camera.on:
            self.camera.stop()
        else:
            self.camera.start()
            self.light_table.set_camera(True)

    def _camera_ended(self, error: Exception | None) -> None:
        self.light_table.set_camera(False)
        if error is not None:
            self.current.complain(explain(error))

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
        from gui.documents.report import write

        panel = self.current
        try:
            write(folder, panel.report(str(self.workspace().device)))
        except OSError as error:
            panel.complain(f"cannot write to {folder}: {error.strerror}; choose another folder")
            return
        self.say(f"Exported to {folder.name}")

    def copy_command(self) -> None:
        self.current.copy_command()

    def toggle_sides(self) -> None:
        shown = self.chapters.isVisible()
        self.chapters.setVisible(not shown)
        self._right.setVisible(not shown)

    def next_scheme(self) -> None:
        schemes = ("system", "light", "dark")
        self._session.scheme = schemes[(schemes.index(self._session.scheme) + 1) % 3]
        theme.apply(QGuiApplication.instance(), self._session.scheme)
        self.say(f"Theme: {self._session.scheme}")

    def toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def show_keys(self) -> None:
        KeySheet(self).open()

    # ---- the end ---------------------------------------------------------------------------------

    def session(self) -> Session:
        """The state to come back to."""
        parameters = dict(self._session.parameters)
        for path, panel in self.panels.items():
            if panel.exhibit is not None:
                parameters[path] = panel.remembered()
        laid, pictures = self.light_table.pictures, self._session.pictures
        if self._laid:
            pictures = [str(p.path) for p in laid if p.path]
        return replace(
            self._session,
            geometry=bytes(self.saveGeometry().toBase64().data()).decode("ascii"),
            exhibit=self.current.entry.path,
            parameters=parameters,
            pictures=pictures,
            chosen=max(self.light_table.index, 0) if self._laid else self._session.chosen,
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        self._pump.stop()
        self.chapters.end()
        if self._laid:
            self._persistence.keep_only([p.path for p in self.light_table.pictures if p.path])
        if self._home is not None:
            with contextlib.suppress(OSError):  # a full disk must not keep the window open
                self.session().write(self._home / "session.json")
        if self._lab is not None and self._shelf_changed in self._lab.shelf.on_change:
            self._lab.shelf.on_change.remove(self._shelf_changed)
        self.worker.close()
        super().closeEvent(event)


def _or_error(function: Callable[[], Picture]) -> Picture | UserError:
    try:
        return function()
    except UserError as error:
        return error
