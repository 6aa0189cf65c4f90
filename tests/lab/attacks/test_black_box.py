"""The black-box attack: what the attacker gets to see, and what is counted."""

import pytest
import torch

from lab.attacks.black_box import BlackBoxAttack, predictions
from lab.networks.pixels import to_float
from tests.lab.attacks.samples import result_of


def test_every_round_doubles_what_was_asked_and_nothing_else_is_counted(classifier, digits):
    attack = BlackBoxAttack(classifier, digits, "mlp", 30, 1, seed=0)
    assert attack.oracle.queries == 30
    for asked in (60, 120):
        assert list(attack.learn())[-1] == 1
        list(attack.grow(0.1))
        assert attack.oracle.queries == len(attack.images) == len(attack.labels) == asked
    assert result_of(attack.attack("fgsm", 0.1))[0].queries == attack.oracle.queries == 120


def test_the_substitute_sees_only_labels_the_oracle_gave(classifier, digits):
    attack = BlackBoxAttack(classifier, digits, "mlp", 50, 1, seed=0)
    data = attack.queried()
    assert torch.equal(data.train_images, digits.test_images[:50])
    assert torch.equal(data.train_labels, classifier(to_float(digits.test_images[:50])).argmax(1))
    held_out = {image.numpy().tobytes() for image in digits.test_images[50:]}
    assert not held_out & {image.numpy().tobytes() for image in data.train_images}


def test_the_rates_are_fractions_of_what_the_oracle_classifies_correctly(classifier, digits):
    attack = BlackBoxAttack(classifier, digits, "mlp", 900, 1, seed=0)
    (result, _), truth = result_of(attack.attack("fgsm", 0.2)), digits.test_labels[900:]
    known = (result.answers == truth).nonzero()[:, 0].tolist()
    lost = [i for i in known if result.adversarial_answers[i] != truth[i]]
    assert result.fooled == lost
    assert result.transfer_rate == pytest.approx(len(lost) / len(known))
    assert torch.equal(result.adversarial_answers, predictions(classifier, result.adversarial))
    assert (result.adversarial - result.originals).abs().max() <= 0.2 + 1e-6
    own = predictions(attack.substitute, result.originals)
    assert result.agreement == pytest.approx((own == result.answers).float().mean().item())
