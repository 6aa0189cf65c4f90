"""The real window, drawn off screen: for `shot` and `tour`."""

from __future__ import annotations

import html
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEventLoop

from gui import theme
from gui.documents.session import Session
from lab import catalog
from lab.errors import UserError, explain
from lab.exhibit import Frame
from lab.media import pictures
from lab.runs import Run

if TYPE_CHECKING:  # it imports PyTorch
    from lab.workspace import Workspace

SECONDS_TO_START = 600
Progress = Callable[[str | None, float | None], None]
"""Takes a status line and the share done, in [0, 1]."""


@dataclass(frozen=True)
class Scene:
    """What to show, and how large."""

    run: Run
    device: str = "auto"
    size: tuple[int, int] = (1920, 1080)
    scheme: theme.Scheme = "dark"


def shoot(scene: Scene, out: Path, told: Progress = lambda status, share: None) -> None:
    """Run an exhibit in the real window, off screen, to its end, and save a picture of the window.

    told: called again and again with the status and the progress that the panel shows by now.

    Raises UserError for what the user got wrong, RuntimeError for what the exhibit did.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from gui.application import application
    from gui.window.window import Window

    catalog.find(scene.run.exhibit)
    given = [name for name in scene.run.pictures if name]
    for name in given:
        pictures.named(name)  # a bad one fails before anything runs
    app = application()
    theme.apply(app, scene.scheme)
    laid = [*given, *(name for name in pictures.LIGHT_TABLE if name not in given)]
    # A run that leaves its first picture open takes the exhibit's own.
    chosen = 0 if any(scene.run.pictures[:1]) else -1
    session = Session(exhibit=scene.run.exhibit, pictures=laid, chosen=chosen)
    window = Window(session, scene.device)
    window.resize(*scene.size)
    window.show()
    broken: list[BaseException] = []
    hook, sys.excepthook = sys.excepthook, lambda kind, error, trace: broken.append(error)

    def wait(condition: Callable[[], bool], seconds: float = float("inf")) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if broken:
                raise broken[0]
            if time.monotonic() > end:
                raise RuntimeError("the window did not come up")
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            time.sleep(0.002)

    def opened(run: Run, window: Window) -> tuple[Any, Workspace]:
        """Its values and its pictures: networks are read and looked into in the torch thread."""
        lab = window.workspace()
        found: list[Any] = []
        window.worker.call(lambda: run.opened(lab), found.append)
        wait(lambda: bool(found))
        if isinstance(found[0], Exception):
            raise found[0]
        _, values, workspace = found[0]
        return values, workspace

    try:
        panel = window.current
        wait(lambda: window.ready or panel.failure is not None, SECONDS_TO_START)
        if panel.failure is None:
            assert panel.exhibit is not None
            values, workspace = opened(scene.run, window)
            panel.show_values(values, scene.run.seed)
            if panel.slots is not None and scene.run.pictures:
                # What lies in the first is the chosen one of the light table.
                for place, shown in enumerate(workspace.pictures[: panel.exhibit.pictures]):
                    if place:
                        panel.slots.put(place, shown)
            panel.start()
            wait(lambda: _report(panel.snapshot, told) or not panel.active)
            while panel.pump():
                app.processEvents()
        if panel.failure is not None:
            if isinstance(panel.failure, UserError):
                raise panel.failure
            raise RuntimeError(explain(panel.failure)) from panel.failure
        app.processEvents()
        out.parent.mkdir(parents=True, exist_ok=True)
        if not window.grab().save(str(out)):
            raise UserError(f"cannot write {out}: choose a .png in a folder that you may write to")
    finally:
        sys.excepthook = hook
        window.close()
        window.deleteLater()
        app.processEvents()


def _report(shown: Frame, told: Progress) -> bool:
    told(shown.status, shown.progress)
    return False


def tour(out: Path, told: Progress = lambda status, share: None) -> None:
    """Write a shot of every exhibit and an index page to the folder `out`.

    told: called with the exhibit at work, and the share of the whole tour. An exhibit that fails is
    left out, and its error raised when the others are done.
    """
    out.mkdir(parents=True, exist_ok=True)
    entries, rows = list(catalog.entries()), []
    errors: list[Exception] = []
    for index, entry in enumerate(entries):
        name = f"{entry.chapter}-{entry.name}.png"
        title, summary = html.escape(entry.title), html.escape(entry.summary)

        def of_all(status: str | None, share: float | None, at: int = index) -> None:
            head = f"{at + 1} of {len(entries)}, {entries[at].title}"
            told(f"{head}: {status}" if status else head, (at + (share or 0)) / len(entries))

        try:
            shoot(Scene(Run(entry.path)), out / name, of_all)
            shown = f'<a href="{name}"><img src="{name}"></a>'
        except (UserError, RuntimeError) as error:
            errors.append(error)
            shown = f"<p>{html.escape(explain(error))}</p>"
        rows.append(f"<h2>{title}</h2><p>{summary}</p>{shown}")
    page = (
        "<!doctype html><meta charset=utf-8><title>Glassbox</title>"
        "<style>body{font:16px/1.5 sans-serif;max-width:1200px;margin:2rem auto;padding:0 1rem}"
        "img{width:100%;border-radius:8px}</style><h1>Glassbox</h1>"
    )
    (out / "index.html").write_text(page + "\n".join(rows), encoding="utf-8")
    if errors:
        raise errors[0]
