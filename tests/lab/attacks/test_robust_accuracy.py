"""Accuracy under attack, where the distance to the decision boundary is known."""

import pytest
import torch
from torch import nn

from lab.attacks import AttackSettings
from lab.attacks.robust_accuracy import TemperatureScaled, accuracies, begin, correct
from tests.lab.attacks.samples import IMAGES, LABELS, network, result_of


def dark_or_light():
    """Dark or light, by the mean: the distance of each image to the boundary is known."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with torch.no_grad():
        model[1].weight.copy_(torch.stack([-torch.ones(64), torch.ones(64)]) / 64)
        model[1].bias.copy_(torch.tensor([0.5, -0.5]))
    return model


def test_accuracies_are_those_of_a_boundary_whose_distance_is_known():
    brightness = torch.tensor([0.1, 0.35, 0.45, 0.48, 0.52, 0.6, 0.7, 0.95])
    images = brightness.view(-1, 1, 1, 1).expand(-1, 1, 8, 8).contiguous()
    labels = (brightness > 0.5).long()
    labels[0] = 1  # which the model gets wrong without an attack
    for epsilon, left in ((0.0, 7), (0.03, 5), (0.12, 3), (0.22, 1)):
        settings = AttackSettings(epsilon, iterations=5, restarts=2)
        *_, last = accuracies(dark_or_light(), images, labels, settings)
        assert last["clean"] == pytest.approx(7 / 8)
        for attack in ("fgsm", "pgd", "adaptive"):
            assert last[attack] == pytest.approx(left / 8), (attack, epsilon)


def test_each_attack_adds_its_figure_and_none_is_weaker_than_the_one_before():
    model = network()
    known = [
        a for a in accuracies(model, IMAGES, model(IMAGES).argmax(1), AttackSettings(0.1)) if a
    ]
    assert [list(a) for a in known] == [
        ["clean"],
        ["clean", "fgsm"],
        ["clean", "fgsm", "pgd"],
        ["clean", "fgsm", "pgd", "adaptive"],
    ]
    last = known[-1]
    assert last["clean"] == 1 >= last["pgd"] >= last["adaptive"]


def test_nothing_to_attack_is_no_fault():
    held, passes = result_of(correct("pgd", network(), IMAGES[:0], LABELS[:0], AttackSettings()))
    assert held.shape == (0,)
    assert passes == 0


def test_an_unknown_attack_is_refused():
    with pytest.raises(ValueError, match="no attack magic"):
        begin("magic", network(), IMAGES, LABELS, AttackSettings())
    with pytest.raises(ValueError, match="no attack clean"):
        begin("clean", network(), IMAGES, LABELS, AttackSettings())


def test_a_saturated_softmax_stops_fgsm_and_not_the_margin():
    # The same boundary, and logits 1e5 times as far apart: exactly no gradient in float32.
    steep = TemperatureScaled(dark_or_light(), 1e-5)
    images = torch.full((4, 1, 8, 8), 0.6)
    labels = torch.ones(4, dtype=torch.int64)
    settings = AttackSettings(0.2, iterations=5, restarts=1)
    held = {
        name: result_of(correct(name, steep, images, labels, settings))[0].all().item()
        for name in ("fgsm", "pgd", "adaptive")
    }
    assert held["fgsm"]
    assert not held["adaptive"]
    # Divided by the temperature it is the same boundary as before.
    assert not result_of(correct("fgsm", TemperatureScaled(steep, 1e5), images, labels, settings))[
        0
    ].any()


def test_only_the_adaptive_attack_restarts():
    settings = AttackSettings(0.1, restarts=3)
    made = {
        name: begin(name, network(), IMAGES, LABELS, settings).restarts
        for name in ("pgd", "adaptive")
    }
    assert made == {"pgd": 1, "adaptive": 3}
