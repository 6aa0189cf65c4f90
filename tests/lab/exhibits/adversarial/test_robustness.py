"""Accuracy against epsilon: what is counted, and on whom."""

from dataclasses import replace

import pytest

from lab import catalog
from lab.errors import UserError
from lab.exhibits.adversarial.robustness import Parameters, RobustnessCards, epsilons_of
from lab.networks.shipped import STEM
from lab.workspace import Workspace


def test_epsilons_run_from_nothing_to_the_largest():
    assert epsilons_of(Parameters(epsilon=0.3, points=6)) == [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]


@pytest.fixture
def workspace():
    return Workspace.open("cpu")


def told(workspace, **values):
    frames = list(catalog.load("adversarial/robustness").run(workspace, **values))
    result = frames[0]
    for frame in frames[1:]:
        result = result.then(frame)
    return result


SMALL = {"models": (STEM,), "data": "photo_patches", "images": 20, "points": 3, "epsilon": 0.06}


def test_it_tells_the_curves_the_figures_and_the_extremes(workspace):
    end = told(workspace, **SMALL, attacks=("noise", "pgd"), iterations=4)
    metrics = end.metrics
    assert metrics["epsilons"] == pytest.approx([0, 0.02, 0.04, 0.06])
    assert set(end.outputs["accuracy"].series) == {"Noise", "PGD, L∞"}
    pgd = metrics[f"accuracy_{STEM}_pgd"]
    assert pgd == end.outputs["accuracy"].series["PGD, L∞"][1].tolist()
    assert pgd == sorted(pgd, reverse=True)
    assert pgd[-1] < metrics[f"accuracy_{STEM}_noise"][-1]
    assert metrics["least_accuracy"] == pgd[-1]
    assert metrics["clean_accuracy"] == pgd[0]
    assert len(end.outputs["most"].images) == len(end.outputs["most"].captions) > 0
    assert "→" in end.outputs["most"].captions[0]
    assert not any("Goodfellow" in row[0] for row in end.outputs["published"].rows)


def test_a_network_is_taught_first_where_none_was_chosen(workspace, monkeypatch):
    from lab.exhibits.adversarial import robustness

    whole = workspace.data("digits")
    few = {part: getattr(whole, part)[:640] for part in ("train_images", "train_labels")}
    small = replace(whole, **few)
    monkeypatch.setattr(Workspace, "data", lambda self, name: small)
    monkeypatch.setattr(robustness, "EPOCHS", 2)
    # Noise and PGD draw random numbers, after the training as without it.
    asked = {"images": 20, "points": 6, "attacks": ("noise", "fgsm", "pgd"), "iterations": 2}
    end = told(workspace, **asked)
    (name,) = workspace.shelf.names_trained_here()
    assert workspace.shelf.card(name).data == "digits"
    assert any(key.startswith("accuracy_") for key in end.metrics)
    rows = end.outputs["published"].rows
    assert rows[0][0].startswith("Here: Small CNN")
    again = told(workspace, **asked)
    assert workspace.shelf.names_trained_here() == [name], "the next time it is there"
    assert {k: v for k, v in again.metrics.items() if k != "seconds"} == {
        k: v for k, v in end.metrics.items() if k != "seconds"
    }
    assert [row[3] for row in rows[1:]] == ["99.9 %", "89.4 %", "17.9 %"]


def test_a_network_that_learned_something_else_is_refused_in_one_line(workspace):
    with pytest.raises(UserError, match=r"AlexNet stem .* was not trained on Digits"):
        told(workspace, models=(STEM,))


def test_where_the_paper_has_no_figure_the_table_says_so(workspace):
    data = workspace.data("photo_patches")
    table = RobustnessCards(Parameters(), data, []).table()
    assert len(table.rows) == 1
    assert "digits only" in table.rows[0][0]
