"""Every exhibit, run again from its result in a fresh process that has no Qt."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from lab import catalog, results
from lab.exhibit import Frame, Knobs
from lab.runs import Run
from lab.workspace import Workspace
from tests.gui.test_catalog import QUICK

PATHS = [entry.path for entry in catalog.entries()]

CHILD = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6", "pyqtgraph"):
            raise ImportError(f"{name} is not here", name=name)

sys.meta_path.insert(0, Without())
import main

for file, out in zip(sys.argv[1::2], sys.argv[2::2]):
    status = main.main(["run", file, "--device", "cpu", "--out", out])
    print(f"{file} ended with {status}", file=sys.stderr)
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """For each exhibit two folders: the run in this process, and the run of that result."""
    folder = tmp_path_factory.mktemp("headless")
    first = {path: folder / "first" / path.replace("/", "-") for path in PATHS}
    again = {path: folder / "again" / path.replace("/", "-") for path in PATHS}
    for path, out in first.items():
        workspace = replace(Workspace.open("cpu"), folder=out)
        run = Run(path, QUICK.get(path, {}), seed=3)
        exhibit, values, workspace = run.opened(workspace)
        snapshot = Frame()
        for frame in exhibit.run(workspace, Knobs(values)):
            snapshot = snapshot.then(frame)
        results.write(out, results.Report(exhibit, values, workspace, 1.0, snapshot))
    words = [str(word) for p in PATHS for word in (first[p] / "result.json", again[p])]
    home = {"GLASSBOX_HOME": str(folder / "home")}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *words],
        env=os.environ | home,
        check=False,
        capture_output=True,
        text=True,
        timeout=500,
    )
    return first, again, done.stderr


@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", PATHS)
def test_a_run_written_as_json_gives_the_same_metrics_in_a_process_without_qt(path, folders):
    first, again, told = folders
    assert (again[path] / "result.json").is_file(), told
    one, two = (json.loads((f[path] / "result.json").read_text()) for f in (first, again))
    exhibit = catalog.load(path)
    assert exhibit.repeatable(two["metrics"]) == exhibit.repeatable(one["metrics"])
    assert two["metrics"].keys() == one["metrics"].keys()
    assert two["run"] == one["run"]
    assert two["params"] == one["params"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", PATHS)
def test_without_qt_it_leaves_the_numbers_of_every_output(path, folders):
    _, again, told = folders
    result = json.loads((again[path] / "result.json").read_text())
    assert result["outputs"] == []
    assert "Qt is not here" in told
    with np.load(again[path] / "outputs.npz", allow_pickle=False) as numbers:
        shown = {key.split("/")[0] for key in numbers}
    assert shown == {output.name for output in catalog.load(path).outputs}
    for name in (*result["numbers"], *result["models"]):
        assert (again[path] / name).stat().st_size > 0
