"""The plain functions of lab.attacks: what a notebook calls, in whatever grad mode it is."""

import pytest
import torch

from lab import attacks as a
from tests.lab.attacks.samples import predicted

FUNCTIONS = {
    "noise": lambda m, x, y: a.noise(x, 0.7),
    "fgsm": lambda m, x, y: a.fgsm(m, x, y, 0.7),
    "pgd": lambda m, x, y: a.pgd(m, x, y, 0.7, 0.3, 4),
    "gradient_descent": lambda m, x, y: a.gradient_descent(m, x, y, 50.0, 4),
    "carlini_wagner": lambda m, x, y: a.carlini_wagner(m, x, y, searches=2, iterations=10),
    "deepfool": lambda m, x, y: a.deepfool(m, x, y, iterations=4),
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_inference_mode_around_it_does_not_matter(function, small, images):
    labels = predicted(small.eval(), images)
    torch.manual_seed(3)
    alone = function(small, images, labels)
    assert alone.shape == images.shape
    assert not torch.equal(alone, images)
    with torch.inference_mode():
        torch.manual_seed(3)
        assert torch.equal(function(small, images * 1.0, labels), alone)
