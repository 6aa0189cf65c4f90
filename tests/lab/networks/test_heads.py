"""A new head on a trained network."""

from dataclasses import replace

import torch
from torch import nn

from lab import datasets
from lab.networks import models
from lab.networks.heads import MOMENTUM, card_with, with_new_head
from tests.lab.networks.samples import TRAINED


def test_all_is_kept_but_the_head_which_is_initial():
    data = replace(datasets.load("digits"), classes=(*"0123456789", "none"))
    pretrained = models.build(TRAINED)
    with torch.no_grad():
        for weights in pretrained.network.state_dict().values():
            weights.copy_(torch.full_like(weights, 2))
    card = card_with(TRAINED, data, 28, seed=4)
    found = with_new_head(pretrained, card, "logits").network.state_dict()
    assert found["logits.weight"].shape == (11, TRAINED.arguments["hidden"])
    untrained = models.build(card).network.state_dict()
    for name, weights in found.items():
        if name.startswith("logits."):
            assert torch.equal(weights, untrained[name])
        else:
            assert (weights == 2).all(), name


def test_the_card_describes_the_network_and_its_batch_statistics_follow_soon(tmp_path):
    data = datasets.load("digits")
    card = card_with(TRAINED, data, 28, seed=4)
    assert (card.classes, card.trained, card.mean) == (data.classes, False, TRAINED.mean)
    made = with_new_head(models.build(TRAINED), card, "logits")
    made.copy()  # raises where the card does not describe the network
    norms = [m for m in made.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert all(norm.momentum == MOMENTUM for norm in norms)
