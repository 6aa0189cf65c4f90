"""Small classifiers, and ascents on them."""

import torch
from torch import nn

from lab.explanation.ascent import Ascent
from lab.networks import architecture
from lab.networks.card import Card
from lab.networks.models import Classifier


def made(network, channels=1, size=28, classes=3):
    labels = tuple("abcdefghij"[:classes])
    mean, std = (0.4,) * channels, (0.25,) * channels
    card = Card("x", "X", "mlp", labels, channels=channels, size=size, mean=mean, std=std)
    return Classifier(card, network).frozen()


def small(name="cnn", channels=1, size=28, seed=0):
    torch.manual_seed(seed)
    network = architecture.build(name, channels, size, 3)
    # As trained: no normalisation is the identity, and no class is indifferent.
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
    nn.init.normal_(network.logits.weight, std=0.1)
    return made(network, channels, size)


def climbed(model, objective, settings, steps=5, rows=("pixels", "fourier"), **options):
    climb = Ascent(model, objective, rows, **options)
    for _ in range(steps):
        climb.step(settings)
    return climb


def grey(height=28, width=28, channels=3):
    return 0.1 * torch.randn(channels, height, width, generator=torch.Generator().manual_seed(3))
