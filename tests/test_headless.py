"""Every exhibit, run again from its result in a fresh process that has no Qt."""

import json
import subprocess
import sys

import numpy as np
import pytest

from lab import catalog
from lab.runs import Run

PATHS = [entry.path for entry in catalog.entries()]

# Runs each file into the folder after it, where nothing of Qt can be imported. On one core: these
# runs are small, and on a busy machine two threads that wait for each other take ten times as long.
CHILD = """
import os
import sys

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

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


def run_all(files, folders):
    """Run the files in a fresh process; what it said."""
    words = [str(word) for pair in zip(files, folders, strict=True) for word in pair]
    command = [sys.executable, "-c", CHILD, *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=800)
    return done.stderr


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """For each exhibit the folders of two runs, of which one repeats the other; what was said."""
    folder = tmp_path_factory.mktemp("headless")
    files = [folder / f"{index}.json" for index, _ in enumerate(PATHS)]
    for path, file in zip(PATHS, files, strict=True):
        file.write_text(Run(path, catalog.load(path).quick, seed=3).to_json())
    first = [folder / "first" / file.stem for file in files]
    again = [folder / "again" / file.stem for file in files]
    said = run_all(files, first)
    said += run_all([out / "result.json" for out in first], again)
    return dict(zip(PATHS, zip(first, again, strict=True), strict=True)), said


@pytest.mark.timeout(1700)
@pytest.mark.parametrize("path", PATHS)
def test_a_result_is_run_again_in_a_fresh_process_with_the_same_metrics(path, folders):
    (first, again), said = folders[0][path], folders[1]
    assert (again / "result.json").is_file(), said
    one, two = (json.loads((out / "result.json").read_text()) for out in (first, again))
    exhibit = catalog.load(path)
    assert exhibit.repeatable(two["metrics"]) == exhibit.repeatable(one["metrics"])
    assert two["metrics"].keys() == one["metrics"].keys()
    assert two["run"] == one["run"]
    assert two["params"] == one["params"]


@pytest.mark.parametrize("path", PATHS)
def test_without_qt_it_leaves_the_numbers_of_every_output_and_no_pictures(path, folders):
    (_, again), said = folders[0][path], folders[1]
    result = json.loads((again / "result.json").read_text())
    assert result["outputs"] == []
    assert "Qt is not here" in said
    with np.load(again / "outputs.npz", allow_pickle=False) as numbers:
        shown = {key.split("/")[0] for key in numbers}
    assert shown == {output.name for output in catalog.load(path).outputs}
    for name in (*result["numbers"], *result["models"]):
        assert (again / name).stat().st_size > 0
