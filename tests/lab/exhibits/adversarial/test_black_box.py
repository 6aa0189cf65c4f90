"""The black-box attack: what the attacker gets to see, and its augmentation, checked."""

import pytest
import torch
from torch.autograd.functional import jacobian

from lab import catalog, datasets
from lab.attacks.black_box import BlackBoxAttack, labels_of
from lab.attacks.substitute import Oracle, jacobian_augmentation
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.networks import models
from lab.networks.card import Card
from lab.training.trainer import to_float

DIGITS = tuple("0123456789")
CARD = Card("o", "O", "mlp", DIGITS, channels=1, size=28, mean=(0.1,), std=(0.3,))


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.fixture
def classifier():
    return models.build(CARD).frozen()


def outcome(generator):
    """What a generator returns."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def test_the_oracle_gives_labels_and_counts_every_picture(classifier, digits):
    oracle = Oracle(classifier)
    labels = oracle.ask(digits.test_images[:7])
    assert labels.dtype == torch.int64
    assert torch.equal(labels, classifier(to_float(digits.test_images[:7])).argmax(1))
    oracle.ask(digits.test_images[:5])
    assert oracle.queries == 12


@pytest.mark.parametrize("step", [0.1, -0.1])
def test_the_augmentation_is_the_papers_formula(classifier, digits, step):
    images = digits.test_images[:3]
    labels = torch.tensor([4, 0, 9])
    moved = jacobian_augmentation(classifier, images, labels, step)
    assert moved.dtype == torch.uint8
    for i in range(3):
        picture = to_float(images[i : i + 1]).double()
        slope = jacobian(lambda x: classifier.double()(x).softmax(1)[0], picture)[labels[i], 0]
        classifier.float()
        expected = (images[i].double() + round(255 * step) * slope.sign()).clamp(0, 255)
        assert (moved[i].double() == expected).float().mean() > 0.999
    assert torch.equal(images, digits.test_images[:3])


def test_every_round_doubles_what_was_asked_and_nothing_else_is_counted(classifier, digits):
    attack = BlackBoxAttack(classifier, digits, "mlp", 30, 1, seed=0)
    assert attack.oracle.queries == 30
    for asked in (60, 120):
        assert list(attack.learn())[-1] == 1
        list(attack.grow(0.1))
        assert attack.oracle.queries == len(attack.images) == len(attack.labels) == asked
    assert outcome(attack.attack("fgsm", 0.1)).queries == attack.oracle.queries == 120


def test_the_substitute_sees_only_labels_the_oracle_gave(classifier, digits):
    attack = BlackBoxAttack(classifier, digits, "mlp", 50, 1, seed=0)
    data = attack._bought()
    assert torch.equal(data.train_images, digits.test_images[:50])
    assert torch.equal(data.train_labels, classifier(to_float(digits.test_images[:50])).argmax(1))
    held_out = {image.numpy().tobytes() for image in digits.test_images[50:]}
    assert not held_out & {image.numpy().tobytes() for image in data.train_images}


def test_the_rates_are_shares_of_what_the_oracle_knew(classifier, digits):
    attack = BlackBoxAttack(classifier, digits, "mlp", 900, 1, seed=0)
    result, truth = outcome(attack.attack("fgsm", 0.2)), digits.test_labels[900:]
    known = (result.answers == truth).nonzero()[:, 0].tolist()
    lost = [i for i in known if result.said[i] != truth[i]]
    assert result.fooled == lost
    assert result.transfer_rate == pytest.approx(len(lost) / len(known))
    assert torch.equal(result.said, labels_of(classifier, result.adversarial))
    assert (result.adversarial - result.originals).abs().max() <= 0.2 + 1e-6
    own = labels_of(attack.substitute, result.originals)
    assert result.agreement == pytest.approx((own == result.answers).float().mean().item())


def test_an_oracle_that_learned_something_else_is_refused(workspace):
    exhibit = catalog.load("adversarial/black_box")
    knobs = Knobs(exhibit.parameters(oracle="efficientnet_lite0"))
    with pytest.raises(UserError, match="was not trained on Digits"):
        list(exhibit.run(workspace, knobs))
