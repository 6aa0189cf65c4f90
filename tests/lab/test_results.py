"""What a run leaves in a folder."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lab import catalog, results
from lab.datasets import Dataset
from lab.exhibit import Frame
from lab.media.pictures import Picture
from lab.networks import models
from lab.networks.models import card_for
from lab.networks.shelf import Shelf
from lab.payloads import Bars, Note


@pytest.fixture
def report(workspace):
    exhibit = catalog.load("interpreting/predict")
    lab = replace(workspace, shelf=Shelf())
    return results.Report(exhibit, exhibit.parameters(), lab, 1.0, Frame(metrics={"n": 1.0}))


def test_an_export_never_replaces_another(report, tmp_path):
    first = results.exported(tmp_path, report)
    assert first == tmp_path
    later = replace(report, snapshot=Frame(metrics={"n": 2.0}))
    places = [results.exported(tmp_path, later) for _ in range(2)]
    assert [place.name for place in places] == ["interpreting-predict", "interpreting-predict 2"]
    found = [json.loads((place / "result.json").read_text()) for place in (first, *places)]
    assert [result["metrics"]["n"] for result in found] == [1.0, 2.0, 2.0]


def test_numbers_that_are_none_become_null(report, tmp_path):
    metrics = {"loss": float("nan"), "values": [1.0, float("inf")], "name": "x"}
    results.write(tmp_path, replace(report, snapshot=Frame(metrics=metrics)))
    told = json.loads((tmp_path / "result.json").read_text())["metrics"]
    assert told == {"loss": None, "values": [1.0, None], "name": "x"}


@pytest.mark.parametrize(
    ("main", "listed"),
    [("top", ["top", "seen"]), ("seen", ["seen", "top"]), ("", ["seen", "top"])],
)
def test_the_main_output_is_listed_first(main, listed, report, tmp_path):
    shown = {"seen": Note("a picture"), "top": Bars(["cat"], {"probability": [0.5]})}
    made = replace(
        report, exhibit=replace(report.exhibit, main=main), snapshot=Frame(outputs=shown)
    )
    drawn = {name: lambda path: path.write_bytes(b"") for name in shown}
    results.write(tmp_path, made, drawn)
    outputs = json.loads((tmp_path / "result.json").read_text())["outputs"]
    assert outputs == [f"{name}.png" for name in listed]
    assert all((tmp_path / name).is_file() for name in outputs)


def test_long_names_are_no_obstacle(report, tmp_path, few_digits):
    long = replace(few_digits, title="n" * 255)
    assert isinstance(long, Dataset)
    card = card_for("lenet5", long, 0)
    name = report.workspace.shelf.put(models.build(card), f"{card.title}, 97.1 %")
    shown = Picture("p" * 236, np.zeros((20, 20, 3), np.uint8), source="camera")
    lab = replace(report.workspace, pictures=(shown,))
    exhibit = catalog.load("interpreting/predict")
    values = exhibit.parameters(model=name)
    made = results.Report(exhibit, values, lab, 1.0, Frame(), (name,))
    result = results.write(tmp_path, made)
    assert (tmp_path / result["models"][0]).is_file()
    assert (tmp_path / result["run"]["pictures"][0]).is_file()
