"""PGD on linear models, whose farthest points are known, and against Foolbox."""

import pytest
import torch

from lab import attacks as a
from tests.lab.attacks.samples import Counted, between, distance, predicted, seeded


def test_one_step_from_the_image_is_fgsm(small, images):
    labels = predicted(small.eval(), images)
    once = a.pgd(small, images, labels, 0.05, 0.05, 1, random_start=False)
    assert torch.allclose(once, a.fgsm(small, images, labels, 0.05), atol=1e-7)


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("loss", list(a.LOSSES))
def test_it_finds_the_farthest_point_of_the_ball_of_a_linear_model(linear, images, norm, loss):
    labels = predicted(linear, images)
    w, _ = between(linear)
    away = torch.where(labels == 1, -1.0, 1.0).view(-1, 1, 1, 1)
    direction = w.sign() if norm == "linf" else w / w.norm()
    found = a.pgd(
        *(linear, images, labels, 0.05, 0.02, 60, norm),
        early_stop=False,
        loss=loss,
        generator=seeded(),
    )
    assert torch.allclose(found, images + 0.05 * away * direction, atol=2e-4)


def test_images_that_fool_leave_the_batch(linear, images):
    labels = predicted(linear, images)
    counted = Counted(linear)
    # From the image itself, half of the distance a step: the third pass finds all of them.
    far = distance(linear, images).max().item()
    attack = a.Pgd(counted, images, labels, far * 2, far / 1.5, 50, "l2", random_start=False)
    seen = []
    for _ in attack.steps():
        seen.append(counted.seen)
    assert attack.fooled.all()
    assert len(seen) == 3, "it stops when all are fooled"
    assert seen[-1] < 18, "those that were fooled first are not asked again"


def test_a_restart_attacks_what_is_left(linear, images):
    labels = predicted(linear, images)
    near = distance(linear, images).median().item()
    counted = Counted(linear)
    attack = a.Pgd(counted, images, labels, near, near, 5, "l2", restarts=3)
    list(attack.steps())
    left = int((~attack.fooled).sum())
    assert 0 < left < 6
    assert counted.seen >= 3 * left * 6
    assert attack.max_iterations == 15 >= attack.iteration


def test_the_same_seed_gives_the_same_images(small, images):
    labels = predicted(small.eval(), images)

    def made(seed):
        return a.pgd(small, images, labels, 0.1, 0.02, 3, generator=seeded(seed))

    assert torch.equal(made(5), made(5))
    assert not torch.equal(made(5), made(6))


@pytest.mark.peers
@pytest.mark.parametrize(
    ("norm", "name", "epsilon"), [("linf", "LinfPGD", 0.01), ("l2", "L2PGD", 0.3)]
)
def test_it_is_foolboxs_from_the_same_start(foolbox, peer, norm, name, epsilon):
    stem = peer(24)
    attack = getattr(foolbox.attacks, name)(abs_stepsize=epsilon / 8, steps=12, random_start=False)
    theirs = stem(attack, epsilon)
    settings = (stem.model, stem.images, stem.labels, epsilon, epsilon / 8, 12, norm)
    whole = a.pgd(*settings, random_start=False, early_stop=False)
    # Folding changes gradients by rounding, and so the sign of those that are nearly zero.
    assert ((whole - theirs).abs() > 1e-4).float().mean() < 0.01
    stem.compare(a.pgd(*settings), theirs)
