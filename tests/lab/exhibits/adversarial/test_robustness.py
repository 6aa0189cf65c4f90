"""Accuracy against epsilon: what is counted, and on whom."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from lab import catalog
from lab.attacks.robustness_sweep import KINDS, RobustnessSweep
from lab.errors import UserError
from lab.exhibits.adversarial.robustness import Parameters, epsilons_of
from lab.networks.shelf import STEM
from lab.workspace import Workspace


class Threshold(nn.Module):
    """Bright or dark, by the mean: every attack on it is known beforehand."""

    def forward(self, images):
        bright = 40 * (images.mean((1, 2, 3)) - 0.5)
        return torch.stack([-bright, bright], 1)


@pytest.fixture
def sweep():
    """Six grey pictures, 10, 30 and 50 of 255 from the threshold, and one that is wrong."""

    def make(attack, epsilons):
        levels = [117, 98, 78, 138, 157, 177, 200]
        images = torch.tensor(levels, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)
        labels = torch.tensor([0, 0, 0, 1, 1, 1, 0])
        return RobustnessSweep(
            Threshold(), images.contiguous(), labels, KINDS[attack], epsilons, 10
        )

    return make


@pytest.mark.parametrize("attack", ["fgsm", "pgd", "pgd_l2"])
def test_each_picture_falls_when_epsilon_reaches_it(sweep, attack):
    measured = sweep(attack, [0.0, 0.06, 0.15, 0.25])
    done = [step for step in measured.steps() if step]
    assert len(done) == 4
    assert measured.accuracies == pytest.approx([6 / 7, 4 / 7, 2 / 7, 0])
    wanted = torch.tensor([0.06, 0.15, 0.25, 0.06, 0.15, 0.25, 0.0])
    assert torch.allclose(measured.fooled_at, wanted)
    assert measured.said[:6].tolist() == [1, 1, 1, 0, 0, 0]
    assert measured.done == 1
    most, least = measured.extremes(2)
    assert set(most.tolist()) == {0, 3}
    assert set(least.tolist()) == {2, 5}
    assert 6 not in measured.extremes(7)[0], "what it had wrong was not fooled"


def test_noise_does_what_chance_does(sweep):
    measured = sweep("noise", [0.0, 0.25])
    list(measured.steps())
    # The mean of 16 signs is rarely beyond one half: most pictures hold.
    assert measured.accuracies[0] == pytest.approx(6 / 7)
    assert measured.accuracies[1] >= 3 / 7


def test_the_pictures_are_kept_as_they_first_fooled(sweep):
    measured = sweep("pgd", [0.0, 0.06, 0.25])
    list(measured.steps())
    # The fourth was fooled at 0.06, and is not touched again.
    moved = (measured.adversarial - measured.images / 255).abs().flatten(1).amax(1)
    assert moved[3] <= 0.06 + 1e-6
    assert 0.06 < moved[2] <= 0.25 + 1e-6


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
    assert set(end.outputs["accuracy"].series) == {"Random noise", "PGD, L∞"}
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
    end = told(workspace, images=20, points=6, attacks=("fgsm",))
    (name,) = workspace.shelf.names_trained_here()
    assert workspace.shelf.card(name).data == "digits"
    assert any(key.startswith("accuracy_") for key in end.metrics)
    rows = end.outputs["published"].rows
    assert rows[0][0].startswith("Here: Small CNN")
    again = told(workspace, images=20, points=6, attacks=("fgsm",))
    assert workspace.shelf.names_trained_here() == [name], "the next time it is there"
    assert {k: v for k, v in again.metrics.items() if k != "seconds"} == {
        k: v for k, v in end.metrics.items() if k != "seconds"
    }
    assert [row[3] for row in rows[1:]] == ["99.9 %", "89.4 %", "17.9 %"]


def test_a_network_that_learned_something_else_is_refused_in_one_line(workspace):
    with pytest.raises(UserError, match=r"AlexNet stem .* was not trained on Digits"):
        told(workspace, models=(STEM,))
