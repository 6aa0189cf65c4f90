"""An occluder, against a loop that hides the image and runs the whole model each time."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from lab.errors import UserError
from lab.networks import models
from lab.occlusion import convolutions
from lab.occlusion import occluder as module
from lab.occlusion.occluder import Occluder
from tests.lab.occlusion.samples import Undecided, agree, naive, picture, small


@pytest.mark.parametrize("fill", [1.0, "mean", "blur", "noise"])
def test_every_fill(fill):
    image = picture(3, 40, 56)
    filled = {
        "mean": image.mean((1, 2), keepdim=True),
        "blur": functional.avg_pool2d(image[None], 5, 1, 2)[0],
        "noise": picture().flip(1)[:, :40, :56],
    }.get(fill, fill)
    agree(small(), image, [(0, 0), (13, 40), (35, 50)], (8, 12), fill=filled)


def test_a_disc_and_a_mask_hide_what_they_cover():
    image, model = picture(3, 40, 56), small()
    mask = torch.rand(9, 12, generator=torch.Generator().manual_seed(2)) > 0.5
    agree(model, image, [(0, 0), (-4, 50), (20, 21)], (9, 12), shape=mask)
    y, x = torch.arange(9)[:, None], torch.arange(12)
    disc = ((y - 4) / 4.5) ** 2 + ((x - 5.5) / 6) ** 2 <= 1
    wanted = naive(model, image, [(20, 21)], (9, 12), mask=disc)
    found = Occluder(model, image, patch=(9, 12), shape="disc").logits([(20, 21)])
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)


def test_memory_is_bounded_whatever_the_number_of_positions(monkeypatch):
    model, image = small(), picture(3, 48, 48)
    found = Occluder(model, image, patch=16)
    places = [(y, x) for y in range(0, 33, 2) for x in range(0, 33, 2)]
    monkeypatch.setattr(module, "MEMORY", 200_000)
    largest = 0
    for step in found.network.steps:
        inner = step.whole

        def whole(*given, inner=inner):
            nonlocal largest
            result = inner(*given)
            largest = max(largest, *(4 * t.numel() for t in (*given, result)))
            return result

        object.__setattr__(step, "whole", whole)
    chunks = [(index, logits) for index, logits in found.chunks(places, math.inf)]
    assert len(chunks) > 10
    assert 0 < largest < 200_000
    assert sorted(i for index, _ in chunks for i in index) == list(range(len(places)))
    found.network.padded.clear()
    whole_model = Occluder(Undecided(), image, patch=16)
    assert max(len(index) for index, _ in whole_model.chunks(places[:20])) <= 8


def test_it_takes_breath_between_its_steps():
    found = Occluder(small(), picture(), patch=16)
    pieces = list(found.chunks([(0, 0), (8, 8)], 0.0))
    assert len([index for index, _ in pieces if not index]) >= 3
    assert sorted(pieces[-1][0]) == [0, 1]
    assert not torch.is_inference_mode_enabled()
    assert list(found.chunks([])) == []


def test_without_fused_activations_it_is_as_exact(monkeypatch):
    monkeypatch.setattr(convolutions, "_fuses", [False])
    agree(small(), picture(3, 40, 40), [(0, 0), (11, 13)], (10, 12))


def test_a_model_in_training_or_without_logits_is_refused():
    with pytest.raises(UserError, match="training mode"):
        Occluder(small().train(), picture(), patch=8)
    with pytest.raises(UserError, match="must return logits"):
        Occluder(nn.Conv2d(3, 2, 3), picture(), patch=8)
    grey = models.load("resnet18", pretrained=False)
    with pytest.raises(UserError, match="takes 3 channels, not 1"):
        Occluder(grey, picture(1), patch=8)


def test_a_patch_beside_the_picture_is_refused():
    with pytest.raises(UserError, match="misses the image"):
        Occluder(small(), picture(), patch=8).logits([(0, 64)])
