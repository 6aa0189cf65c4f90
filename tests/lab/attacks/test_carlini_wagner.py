"""Carlini-Wagner on a linear model, where the shortest way is known, and against Foolbox."""

import pytest

from lab import attacks as a
from lab.attacks.base import margin
from tests.lab.attacks.samples import distance, predicted


def test_it_comes_as_close_as_one_can(linear, images):
    labels = predicted(linear, images)
    found = a.carlini_wagner(linear, images, labels, iterations=200, constant=0.1)
    assert (predicted(linear, found) != labels).all()
    size = (found - images).flatten(1).norm(dim=1)
    assert (size >= distance(linear, images) - 1e-5).all()
    assert (size <= 1.03 * distance(linear, images) + 1e-3).all()


def test_it_leads_by_its_confidence(linear, images):
    labels = 1 - predicted(linear, images)
    attack = a.CarliniWagner(
        *(linear, images, labels), targeted=True, confidence=0.3, iterations=200, constant=1.0
    )
    attack.run()
    assert (margin(linear(attack.adversarial), labels) >= 0.3).all()


def test_a_search_ends_when_its_iterations_are_cut_short(linear, images):
    attack = a.CarliniWagner(linear, images, predicted(linear, images), searches=1, constant=1e-9)
    for _ in attack.steps():
        attack.iterations = 7
    assert attack.iteration == 7


@pytest.mark.peers
def test_it_is_as_close_as_foolboxs(foolbox, peer):
    stem = peer(12)
    settings = {"steps": 40, "stepsize": 0.02, "initial_const": 1.0, "binary_search_steps": 3}
    theirs = stem(foolbox.attacks.L2CarliniWagnerAttack(**settings))
    ours = a.carlini_wagner(
        *(stem.model, stem.images, stem.labels),
        iterations=40,
        step=0.02,
        constant=1.0,
        searches=3,
    )
    stem.compare(ours, theirs)
