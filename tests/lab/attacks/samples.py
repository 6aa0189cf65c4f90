"""Models and images small enough to know the answer."""

import torch
from torch import nn

from lab.attacks.defences import TrainingBudget

SHAPE = (3, 4, 4)

IMAGES = torch.rand(12, 1, 8, 8, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(12) % 3


def network(seed=0):
    """Of IMAGES, in three classes."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 3))


def budget(**changes):
    return TrainingBudget(
        **{"epochs": 1, "adversarial_epochs": 1, "epsilon": 0.1, "temperature": lambda: 50.0}
        | changes
    )


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def predicted(model, images):
    with torch.no_grad():
        return model(images).argmax(1)


def between(linear):
    """(w, b) of the score by which class 1 leads."""
    weight, bias = linear[1].weight.detach(), linear[1].bias.detach()
    return (weight[1] - weight[0]).view(SHAPE), bias[1] - bias[0]


def distance(linear, images):
    """Of each image to the decision boundary, in L2."""
    w, b = between(linear)
    return ((images * w).sum((1, 2, 3)) + b).abs() / w.norm()


def result_of(generator):
    """(what a generator returns, how often it yielded)."""
    count = 0
    while True:
        try:
            next(generator)
            count += 1
        except StopIteration as end:
            return end.value, count


class Counted(nn.Module):
    """Counts the images that go through a model."""

    def __init__(self, model):
        super().__init__()
        self.model, self.seen = model, 0

    def forward(self, images):
        self.seen += len(images)
        return self.model(images)


class Threshold(nn.Module):
    """Dark or bright, by the mean: at which epsilon each attack succeeds is known."""

    def forward(self, images):
        bright = 40 * (images.mean((1, 2, 3)) - 0.5)
        return torch.stack([-bright, bright], 1)
