"""What a run leaves in a folder: the last state of every output as a PNG, and result.json."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gui.documents import export
from lab.exhibit import Exhibit, Frame


@dataclass(frozen=True)
class Report:
    """A run, ready to be written down. seconds: how long it took, loading excluded."""

    exhibit: Exhibit
    values: Any
    seed: int
    device: str
    seconds: float
    snapshot: Frame


def write(folder: Path, report: Report, models: tuple[str, ...] = ()) -> dict[str, Any]:
    """Write the report into `folder`, made where it is missing; returns what result.json holds.

    models: names of files with the networks that the run trained, already in `folder`. Every file
    is placed whole, result.json last. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for output in report.exhibit.outputs:
        if output.name in report.snapshot.outputs:
            name = f"{output.name}.png"
            export.save_png(output, report.snapshot.outputs[output.name], folder / name)
            written.append(name)
    result = {
        "exhibit": report.exhibit.path,
        "params": asdict(report.values),
        "seed": report.seed,
        "device": report.device,
        "seconds": round(report.seconds, 3),
        "metrics": _plain(report.snapshot.metrics),
        "outputs": written,
        "models": list(models),
    }
    part = folder / "result.json.part"
    part.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(part, folder / "result.json")
    return result


def _plain(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no NaN and no infinity: they become null."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {name: plain(value) for name, value in metrics.items()}
