"""Accuracy against epsilon, on images whose distance to the boundary is known."""

import pytest
import torch

from lab.attacks import ATTACKS
from lab.attacks.robustness_sweep import RobustnessSweep
from tests.lab.attacks.samples import Threshold


@pytest.fixture
def sweep():
    """Six grey images, 10, 30 and 50 of 255 from the threshold, and one that is wrong."""

    def make(attack, epsilons):
        levels = [117, 98, 78, 138, 157, 177, 200]
        images = torch.tensor(levels, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)
        labels = torch.tensor([0, 0, 0, 1, 1, 1, 0])
        return RobustnessSweep(
            Threshold(), images.contiguous(), labels, ATTACKS[attack], epsilons, 10
        )

    return make


@pytest.mark.parametrize("attack", ["fgsm", "pgd", "pgd_l2"])
def test_each_image_is_fooled_when_epsilon_reaches_it(sweep, attack):
    measured = sweep(attack, [0.0, 0.06, 0.15, 0.25])
    done = [step for step in measured.steps() if step]
    assert len(done) == 4
    assert measured.accuracies == pytest.approx([6 / 7, 4 / 7, 2 / 7, 0])
    wanted = torch.tensor([0.06, 0.15, 0.25, 0.06, 0.15, 0.25, 0.0])
    assert torch.allclose(measured.fooled_at, wanted)
    assert measured.predicted[:6].tolist() == [1, 1, 1, 0, 0, 0]
    assert measured.done == 1
    most, least = measured.extremes(2)
    assert set(most.tolist()) == {0, 3}
    assert set(least.tolist()) == {2, 5}
    assert 6 not in measured.extremes(7)[0], "what was wrong without an attack is no extreme"


def test_noise_does_what_chance_does(sweep):
    measured = sweep("noise", [0.0, 0.25])
    list(measured.steps())
    # The mean of 16 signs is rarely beyond one half: most images are still classified correctly.
    assert measured.accuracies[0] == pytest.approx(6 / 7)
    assert measured.accuracies[1] >= 3 / 7


def test_the_images_are_kept_as_they_first_fooled(sweep):
    measured = sweep("pgd", [0.0, 0.06, 0.25])
    list(measured.steps())
    # The fourth was fooled at 0.06, and is not touched again.
    moved = (measured.adversarial - measured.images / 255).abs().flatten(1).amax(1)
    assert moved[3] <= 0.06 + 1e-6
    assert 0.06 < moved[2] <= 0.25 + 1e-6


def test_an_attack_without_an_epsilon_is_refused(sweep):
    with pytest.raises(ValueError, match="has no epsilon"):
        sweep("deepfool", [0.0, 0.1])
