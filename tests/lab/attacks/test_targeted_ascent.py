"""Gradient ascent to every class against its formula."""

import torch

from lab.attacks.targeted_ascent import TargetedAscent
from lab.networks import models
from lab.networks.card import Card

CARD = Card("o", "O", "mlp", tuple("abc"), channels=1, size=28, mean=(0.1,), std=(0.3,))


def test_each_image_ascends_to_its_class_until_the_network_is_confident():
    model = models.build(CARD).frozen()
    start = torch.full((1, 1, 28, 28), 0.5)
    ascent = TargetedAscent(model, start)
    confidence, expected = 0.7, [start.clone() for _ in range(3)]
    for _ in range(12):
        ascent.step(0.5, confidence)
        for target, x in enumerate(expected):
            leaf = x.clone().requires_grad_()
            score = model(leaf).log_softmax(1)[0, target]
            if score.exp() < confidence:
                (gradient,) = torch.autograd.grad(score, leaf)
                expected[target] = (x + 0.5 * gradient / gradient.norm()).clamp(0, 1)
    torch.testing.assert_close(ascent.images, torch.cat(expected), atol=1e-4, rtol=0)
    torch.testing.assert_close(ascent.probabilities, model(ascent.images).softmax(1).diagonal())
    distances = [(x - start).norm() for x in expected]
    torch.testing.assert_close(ascent.distances, torch.stack(distances), atol=1e-4, rtol=0)
    assert ascent.step(0.5, 0.0) == 0
    assert (start == 0.5).all()
