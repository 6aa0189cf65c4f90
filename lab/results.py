"""What a run leaves in a folder: result.json, the numbers of every output, and its networks.

Pictures of the cards are drawn by whoever can: nothing here needs a screen.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lab import records
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Output
from lab.runs import NotRepeatable, Run
from lab.system.saving import not_written

if TYPE_CHECKING:  # it imports PyTorch, which comes after the window's first paint
    from lab.workspace import Workspace

Draw = Callable[[Path], None]
"""Writes a PNG file to that path."""
NUMBERS = "outputs.npz"


@dataclass(frozen=True)
class Report:
    """A run that was made, ready to be written down.

    values: its parameters. workspace: what it was made on. seconds: how long it took, loading
    excluded. snapshot: the last state of all that it showed. trained: the names of networks on the
    shelf that go with it. error: what ended it before its end, in one line; "" for nothing.
    """

    exhibit: Exhibit
    values: Any
    workspace: Workspace
    seconds: float
    snapshot: Frame
    trained: tuple[str, ...] = ()
    error: str = ""


def write(folder: Path, report: Report, cards: Mapping[str, Draw] | None = None) -> dict[str, Any]:
    """Write the report into `folder`, made where it is missing; returns what result.json holds.

    cards: for each output how to draw it. The files, each named in result.json: OUTPUT.png under
    "outputs", the exhibit's main output first; outputs.npz (its keys: `lab.records.arrays`) and, of
    what has rows of numbers, OUTPUT.csv under "numbers"; NETWORK.safetensors under "models". "run"
    is the run itself (`lab.runs.Run`), which `python main.py run DIR/result.json` repeats; null
    where no file can name what it took, and "not_repeatable" then says why. "error", which is there
    only where the run did not come to its end, says why.

    All files are made before the first takes its place, and result.json takes its last: where
    something fails, what was there before stays. Raises UserError where `folder` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
        try:
            result = _written(folder, part, report, cards or {})
            for name in (*result["outputs"], *result["numbers"], *result["models"], "result.json"):
                os.replace(part / name, folder / name)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise not_written(folder, error) from None
    return result


def rescued(report: Report, cards: Mapping[str, Draw] | None = None) -> Path | None:
    """Write the report into a new folder for temporary files; None where that fails too."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="glassbox-"))
    except OSError:
        return None
    try:
        write(folder, report, cards)
    except UserError:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return folder


def exported(folder: Path, report: Report, cards: Mapping[str, Draw] | None = None) -> Path:
    """Write the report into `folder`, or where a result lies there into a new folder inside.

    Returns the folder. Raises UserError as `write` does.
    """
    name = report.exhibit.path.replace("/", "-")
    inside = (folder / f"{name}{f' {n}' if n > 1 else ''}" for n in itertools.count(1))
    if (folder / "result.json").exists():
        folder = next(place for place in inside if not place.exists())
    write(folder, report, cards)
    return folder


def _written(folder: Path, part: Path, report: Report, cards: Mapping[str, Draw]) -> dict[str, Any]:
    workspace, shown = report.workspace, report.snapshot.outputs
    outputs, numbers = [], [NUMBERS]
    save: Any = np.savez_compressed  # newer stubs take every keyword for their own option
    save(part / NUMBERS, **records.arrays(shown))
    for output in _main_first(report.exhibit):
        payload = shown.get(output.name)
        if payload is None:
            continue
        if output.name in cards:
            outputs.append(f"{output.name}.png")
            cards[output.name](part / outputs[-1])
        if records.has_rows(payload):
            numbers.append(f"{output.name}.csv")
            text = records.csv_text(payload, output)
            (part / numbers[-1]).write_text(text, encoding="utf-8", newline="")
    for name in report.trained:
        workspace.shelf.save(name, part / f"{name}.safetensors")
    run, why = _repeatable(report, folder)
    result = {
        "exhibit": report.exhibit.path,
        "params": asdict(report.values),
        "seed": workspace.seed,
        "device": str(workspace.device),
        "seconds": round(report.seconds, 3),
        "metrics": _plain(report.snapshot.metrics),
        "outputs": outputs,
        "numbers": numbers,
        "models": [f"{name}.safetensors" for name in report.trained],
        "run": run,
    }
    if why:
        result["not_repeatable"] = why
    if report.error:
        result["error"] = report.error
    text = json.dumps(result, indent=1, allow_nan=False) + "\n"
    (part / "result.json").write_text(text, encoding="utf-8")
    return result


def _main_first(exhibit: Exhibit) -> list[Output]:
    return sorted(exhibit.outputs, key=lambda output: output.name != exhibit.main)


def _repeatable(report: Report, folder: Path) -> tuple[dict[str, Any] | None, str]:
    """The run, to be had again from a file in `folder`; or None, and why it cannot be."""
    try:
        run = Run.of(report.exhibit, report.values, report.workspace, folder)
    except NotRepeatable as error:
        return None, str(error)
    return run.as_dict(folder), ""


def _plain(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no NaN and no infinity: they become null."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {name: plain(value) for name, value in metrics.items()}
