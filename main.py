"""The door. No arguments opens the window; `list`, `run`, `shot`, `tour`, `download` need none."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from lab.errors import UserError
from lab.system import garbage


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
        made.add_argument("exhibit", metavar="CHAPTER/EXHIBIT")
        made.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
        made.add_argument("--image", action="append", default=[], metavar="PATH")
        made.add_argument("--seed", default="0", metavar="N")
        made.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
        return made

    run = of_an_exhibit("run", "run an exhibit without a window")
    run.add_argument("--out", required=True, type=Path, metavar="DIR")

    shot = of_an_exhibit("shot", "run an exhibit and save what the window shows")
    shot.add_argument("--out", required=True, type=Path, metavar="FILE.png")
    shot.add_argument("--size", default="1920x1080", metavar="WxH")
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
    if not text.isdecimal() or int(text) >= 2**63:
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
        self._last = ""
        self._shown = 0.0

    def __call__(self, line: str) -> None:
        now = time.monotonic()
        if line != self._last and now - self._shown > 0.2:
            self._last, self._shown = line, now
            end = "" if sys.stderr.isatty() else "\n"
            begin = "\r\033[K" if sys.stderr.isatty() else ""
            print(f"{begin}{line}", end=end, file=sys.stderr, flush=True)

    def done(self) -> None:
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


def _run(given: argparse.Namespace) -> None:
    """Run an exhibit here and now; nothing is written before it has come to its end."""
    from lab import catalog

    catalog.find(given.exhibit)
    settings, seed = _settings(given.set), _seed(given.seed)
    from dataclasses import replace

    from gui.documents.report import Report, write
    from lab import parameters
    from lab.exhibit import Frame, Knobs
    from lab.media import pictures
    from lab.system import devices
    from lab.workspace import Workspace

    devices.set_threads()
    exhibit = catalog.load(given.exhibit)
    workspace = Workspace.open(given.device)
    values: Any = parameters.parse(exhibit.parameters, settings, workspace.options)
    if given.image:
        read = tuple(pictures.named(path) for path in given.image)
        workspace = replace(workspace, pictures=read)
    _writable(given.out)
    progress, snapshot = _Progress(), Frame()
    garbage.release()
    begun = time.perf_counter()
    workspace = replace(workspace, seed=seed, folder=given.out)
    for frame in exhibit.run(workspace, Knobs(values)):
        snapshot = snapshot.then(frame)
        if frame.status:
            progress(frame.status)
    seconds = time.perf_counter() - begun
    progress.done()
    models = []
    for name in workspace.shelf.names_trained_here():
        given.out.mkdir(parents=True, exist_ok=True)
        workspace.shelf.save(name, given.out / f"{name}.safetensors")
        models.append(f"{name}.safetensors")
    device = str(workspace.device)
    report = Report(exhibit, values, seed, device, seconds, snapshot)
    result = write(given.out, report, tuple(models))
    print(json.dumps(result["metrics"]))


def _writable(out: Path) -> None:
    """Find out before the run, not after it, that the folder cannot be made."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}; choose another folder") from None
    if not os.access(out, os.W_OK):
        raise UserError(f"--out {out}: not writable; choose another folder")


def _shot(given: argparse.Namespace) -> None:
    from gui.window.offscreen import Scene, shoot

    settings, seed, size = _settings(given.set), _seed(given.seed), _size(given.size)
    if given.out.suffix.lower() != ".png":
        raise UserError(f"--out {given.out}: name a .png file")
    scene = Scene(
        given.exhibit, settings, tuple(given.image), seed, given.device, size, given.theme
    )
    progress = _Progress()
    shoot(scene, given.out, progress)
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
