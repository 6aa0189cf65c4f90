"""The door. No arguments opens the window; `list`, `run`, `shot`, `tour`, `download` need none."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lab.errors import UserError
from lab.system import garbage
from lab.system.saving import not_written

if TYPE_CHECKING:
    from lab.exhibit import Exhibit, Frame
    from lab.results import Draw
    from lab.runs import Run


class _Parser(argparse.ArgumentParser):
    """argparse, with one line for an error."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python main.py", description="Glassbox: a deep learning lecture, live.")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    listed = commands.add_parser("list", help="every exhibit, or one with its parameters")
    listed.add_argument("exhibit", nargs="?", metavar="CHAPTER/EXHIBIT")
    listed.add_argument("--json", action="store_true", help="as JSON, on one line")

    def of_an_exhibit(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text)
        add, many = made.add_argument, "append"
        add("exhibit", metavar="EXHIBIT", help="CHAPTER/EXHIBIT, or the JSON file of a run")
        what = "a parameter; `list --json` names them"
        add("--set", action=many, default=[], metavar="NAME=VALUE", help=what)
        what = "a file, or the name of an embedded picture"
        add("--image", action=many, default=[], metavar="PATH", help=what)
        add("--seed", metavar="N", help="a whole number from 0 up (default: 0)")
        add("--device", default="auto", help="auto, cpu, cuda or mps")
        return made

    run = of_an_exhibit("run", "run an exhibit without a window")
    what = "a folder for result.json, numbers and pictures; made where it is missing"
    run.add_argument("--out", required=True, type=Path, metavar="DIR", help=what)

    shot = of_an_exhibit("shot", "run an exhibit and save what the window shows")
    shot.add_argument("--out", required=True, type=Path, metavar="FILE.png", help="the picture")
    shot.add_argument("--size", default="1920x1080", metavar="WxH", help="in pixels")
    shot.add_argument("--theme", default="dark", choices=("dark", "light"))

    tour = commands.add_parser("tour", help="a shot of every exhibit, with an index page")
    tour.add_argument("--out", required=True, type=Path, metavar="DIR")

    download = commands.add_parser("download", help="fetch a data set or a network's weights")
    download.add_argument("name", nargs="?", help="without one, what there is to fetch")
    return parser


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UserError(f"--set {pair}: write it as NAME=VALUE")
        settings[name] = value
    return settings


def _seed(text: str) -> int:
    # Below 2**63, which has 19 figures; Python does not read thousands of them.
    if not (text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise UserError(f"--seed {text}: choose a whole number from 0 up")
    return int(text)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UserError(f"--size {text}: write it as 1920x1080")
    if not (640 <= int(width) <= 7680 and 480 <= int(height) <= 4320):
        raise UserError(f"--size {text}: choose from 640x480 to 7680x4320")
    return int(width), int(height)


class _Progress:
    """A line on stderr that is written over, or nothing where stderr is no terminal's."""

    def __init__(self) -> None:
        self._line = self._last = ""
        self._shown = 0.0

    def __call__(self, line: str) -> None:
        self._line = line
        if time.monotonic() - self._shown > 0.2:
            self._write()

    def _write(self) -> None:
        if self._line == self._last:
            return
        self._last, self._shown = self._line, time.monotonic()
        end = "" if sys.stderr.isatty() else "\n"
        begin = "\r\033[K" if sys.stderr.isatty() else ""
        print(f"{begin}{self._line}", end=end, file=sys.stderr, flush=True)

    def done(self) -> None:
        """The last line is always written: it says how it ended."""
        self._write()
        if self._last and sys.stderr.isatty():
            print(file=sys.stderr)


def _list(as_json: bool, path: str | None) -> None:
    from lab import catalog

    chosen = [catalog.find(path)] if path else list(catalog.entries())
    if not as_json:
        for entry in chosen:
            print(f"{entry.path:32} {entry.title}: {entry.summary}")
        if path:
            _explain(path)
        return
    from lab.parameters import describe, listing

    rows: list[dict[str, Any]] = []
    for entry in chosen:
        exhibit = catalog.load(entry.path)
        rows.append(
            {
                "exhibit": entry.path,
                "title": entry.title,
                "summary": entry.summary,
                "source": exhibit.source,
                "pictures": exhibit.pictures,
                "params": {f.name: f.default for f in describe(exhibit.parameters)},
                "parameters": listing.as_data(exhibit.parameters),
                "metrics": [metric.name for metric in exhibit.metrics],
                "outputs": [output.name for output in exhibit.outputs],
            }
        )
    print(json.dumps(rows))


def _explain(path: str) -> None:
    """Every parameter of an exhibit: how to set it, and when it counts."""
    from lab import catalog
    from lab.parameters import listing
    from lab.workspace import Workspace

    exhibit = catalog.load(path)
    for line in listing.as_lines(exhibit.parameters, Workspace.open("cpu").options):
        print(line)
    print("\n".join(["--image PATH"] * exhibit.pictures + ["--seed N"] * exhibit.seeded))


def _asked(given: argparse.Namespace) -> Run:
    """The run that `run` or `shot` is asked for: a file's, with what the line says besides."""
    from lab import catalog, parameters
    from lab.runs import Run

    if given.exhibit.lower().endswith(".json"):
        run = Run.read(given.exhibit)
    else:
        run = Run(catalog.find(given.exhibit).path)
    texts = _settings(given.set)
    if texts:
        kind = catalog.load(run.exhibit).parameters
        run = replace(run, params={**run.params, **parameters.typed(kind, texts)})
        parameters.check_counting(kind, run.params, texts)
    if given.image:
        run = replace(run, pictures=tuple(given.image))
    return run if given.seed is None else replace(run, seed=_seed(given.seed))


def _run(given: argparse.Namespace) -> None:
    """Run an exhibit here and now; nothing is written before it has come to its end."""
    from lab import results
    from lab.exhibit import Frame, Knobs
    from lab.system import devices
    from lab.workspace import Workspace

    devices.set_threads()
    exhibit, values, workspace = _asked(given).opened(Workspace.open(given.device))
    _writable(given.out)
    progress, snapshot = _Progress(), Frame()
    garbage.release()
    begun = time.perf_counter()
    workspace = replace(workspace, folder=given.out)
    for frame in exhibit.run(workspace, Knobs(values)):
        snapshot = snapshot.then(frame)
        if frame.status:
            progress(frame.status)
    seconds = time.perf_counter() - begun
    progress.done()
    adopted = workspace.shelf.adopted()
    trained = (n for n in workspace.shelf.names_trained_here() if n not in adopted)
    report = results.Report(exhibit, values, workspace, seconds, snapshot, tuple(trained))
    cards = _cards(exhibit, snapshot)
    try:
        print(json.dumps(results.write(given.out, report, cards)["metrics"]))
    except UserError as error:
        kept = results.rescued(report, cards)
        raise UserError(f"{error}; until then it is in {kept}") if kept else error from None


def _cards(exhibit: Exhibit, snapshot: Frame) -> dict[str, Draw]:
    """How to draw each output; nothing where Qt, or the system's libraries for it, are missing."""
    try:
        for needed in ("PySide6.QtWidgets", "pyqtgraph"):
            importlib.import_module(needed)
    except ImportError as error:
        print(f"no pictures of the outputs: Qt is not here ({error})", file=sys.stderr)
        return {}
    from gui.documents import export

    return export.drawn(exhibit, snapshot)


def _writable(out: Path) -> None:
    """Find out before the run, not after it, that the folder cannot be made."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {not_written(out, error)}") from None
    if not os.access(out, os.W_OK):
        raise UserError(f"--out {out}: not writable; choose another folder")


def _shot(given: argparse.Namespace) -> None:
    from gui.window.offscreen import Scene, shoot

    run, size = _asked(given), _size(given.size)
    if given.out.suffix.lower() != ".png":
        raise UserError(f"--out {given.out}: name a .png file")
    progress = _Progress()
    shoot(Scene(run, given.device, size, given.theme), given.out, progress)
    progress.done()


def _download(name: str | None) -> None:
    from lab.system import downloads

    if name is None:
        for item, what in downloads.items().items():
            here = "  here" if downloads.present(item) else ""
            print(f"{item:28} {what.size / 1e6:8.1f} MB  {what.title}{here}")
        return
    progress = _Progress()
    garbage.release()
    for step in downloads.fetch(name):
        progress(f"{step.done_bytes / 1e6:.1f} of {step.total_bytes / 1e6:.1f} MB")
    progress.done()
    print(downloads.path(name))


def _has_display() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _dispatch(given: argparse.Namespace) -> int:
    if given.command == "list":
        _list(given.json, given.exhibit)
    elif given.command == "run":
        _run(given)
    elif given.command == "shot":
        _shot(given)
    elif given.command == "tour":
        from gui.window.offscreen import tour

        tour(given.out, _Progress())
    elif given.command == "download":
        _download(given.name)
    else:
        if not _has_display():
            raise UserError(
                "there is no display here: use python main.py run better_training/trainer --out out"
            )
        from gui.window.app import main as open_window

        return open_window(given.device)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; 0 done, 2 the input was wrong, 1 anything else."""
    try:
        return _dispatch(_parser().parse_args(arguments))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 1


def command() -> int:
    """Begin the program, installed as `glassbox` or as main.py, by its command line."""
    garbage.hold()  # until what is imported is here; the window, `run` and `download` let go of it
    return main()


if __name__ == "__main__":
    sys.exit(command())
