"""Cutout, mixup and CutMix against torchvision."""

import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as reference

from lab.augmentation import mixing
from tests.lab.augmentation.samples import images_of, one_by_one


def test_cutout_is_torchvisions_erase():
    images = images_of()
    boxes = torch.tensor([[0, 0, 4, 9], [10, 5, 52, 37], [3, 3, 3, 9], [20, 10, 30, 12]])
    wanted = one_by_one(
        lambda image, box: reference.erase(
            image, box[1], box[0], box[3] - box[1], box[2] - box[0], torch.tensor(0.0)
        ),
        images,
        boxes.tolist(),
    )
    assert torch.equal(mixing.cutout(images, boxes), wanted)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_mixup_is_torchvisions(share):
    images, labels = images_of(), torch.tensor([0, 2, 1, 2])
    peer = v2.MixUp(num_classes=3)
    parameters = {"lam": share, "labels": labels, "batch_size": 4}
    found = mixing.mixup(images, images.roll(1, 0), torch.full((4,), share))
    torch.testing.assert_close(found, peer.transform(images, parameters))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_cutmix_is_torchvisions(share, monkeypatch):
    images, labels = images_of(), torch.tensor([0, 2, 1, 2])
    centre = torch.tensor([[0.31, 0.85]])
    monkeypatch.setattr(torch, "rand", lambda *_: centre)
    (box,), kept = mixing.cutmix_boxes(torch.tensor([share]), (37, 52))
    peer = v2.CutMix(num_classes=3)
    places = iter([int(0.31 * 52), int(0.85 * 37)])
    monkeypatch.setattr(torch, "randint", lambda *_, **__: torch.tensor([next(places)]))
    monkeypatch.setattr(peer, "_dist", type("D", (), {"sample": lambda *_: share}))
    wanted = peer.make_params([images])
    assert tuple(box.tolist()) == wanted["box"]
    assert kept.item() == pytest.approx(wanted["lam_adjusted"])
    parameters = wanted | {"labels": labels, "batch_size": 4}
    found = mixing.cutmix(images, images.roll(1, 0), box.expand(4, -1))
    assert torch.equal(found, peer.transform(images, parameters))


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_a_mixed_batch_has_the_targets_of_its_images_of(name):
    torch.manual_seed(0)
    # The image of class k is k / 2 all over: the mean says what a mixture is made of.
    labels = torch.tensor([0, 1, 2, 1, 0, 2, 2, 1])
    images = (labels / 2).view(-1, 1, 1, 1).expand(-1, 1, 20, 20)
    mixed, targets = mixing.mixed_batch(name, images, labels, 3, alpha=0.7)
    torch.testing.assert_close(targets.sum(1), torch.ones(8))
    torch.testing.assert_close(mixed.mean((1, 2, 3)), targets @ torch.tensor([0.0, 0.5, 1.0]))
    assert (targets.max(1).values < 1).any()
    images, targets = mixing.mixed_batch("none", images, labels, 3)
    assert targets.argmax(1).tolist() == labels.tolist()


def test_shares_are_those_of_a_beta_distribution():
    torch.manual_seed(0)
    images = torch.zeros(4000, 1, 2, 2)
    _, shares = mixing.mixed("mixup", images, images, alpha=0.2)
    # The variance of Beta(a, a) is 1 / (4 (2 a + 1)).
    assert shares.var().item() == pytest.approx(1 / (4 * 1.4), rel=0.05)
    assert shares.mean().item() == pytest.approx(0.5, abs=0.02)
