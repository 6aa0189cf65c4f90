"""The policies against torchvision's tables and operations."""

import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.autoaugment import AutoAugmentPolicy

from lab import augmentation
from lab.augmentation import Composition, autoaugment, policies
from tests.lab.augmentation.samples import NEAR, images_of

PEERS = {
    "auto_augment": (v2.AutoAugment, 10),
    "rand_augment": (v2.RandAugment, 31),
    "trivial_augment": (v2.TrivialAugmentWide, 31),
    "augmix": (v2.AugMix, 10),
}
SIZE = (37, 52)


@pytest.mark.parametrize("name", PEERS)
def test_a_space_is_torchvisions(name):
    peer, bins = PEERS[name]
    space = policies.SPACES[name]
    assert set(space) == set(peer._AUGMENTATION_SPACE)
    for operation, (magnitudes, signed) in peer._AUGMENTATION_SPACE.items():
        wanted = magnitudes(bins, *SIZE)
        assert space[operation].signed == signed
        if wanted is not None:
            found = torch.tensor([space[operation].at(i, bins, SIZE) for i in range(bins)])
            torch.testing.assert_close(found, wanted.float(), rtol=1e-6, atol=1e-6, msg=operation)


@pytest.mark.parametrize("name", ["imagenet", "cifar10", "svhn"])
def test_the_policies_that_were_found_are_torchvisions(name):
    wanted = v2.AutoAugment(AutoAugmentPolicy(name))._policies
    found = [
        tuple((step, chance, None if bin_ < 0 else bin_) for step, chance, bin_ in pair)
        for pair in autoaugment.SUB_POLICIES[name]
    ]
    assert found == wanted


OPERATIONS = {name for space in policies.SPACES.values() for name in space}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_an_operation_is_torchvisions(operation, channels):
    images = images_of(channels=channels)
    scale = policies.SPACES["auto_augment"].get(operation, policies.Scale())
    magnitudes = torch.tensor([scale.at(bin_, 10, SIZE) for bin_ in (0, 3, 6, 9)])
    if scale.signed:
        magnitudes[::2] *= -1
    found = policies.operated(images, [operation] * 4, magnitudes)
    peer = v2.AutoAugment(interpolation=v2.InterpolationMode.BILINEAR)
    wanted = torch.stack(
        [
            peer._apply_image_or_video_transform(
                image, operation, float(magnitude), peer.interpolation, peer._fill
            )
            for image, magnitude in zip(images, magnitudes, strict=True)
        ]
    )
    torch.testing.assert_close(found, wanted, **NEAR)


def test_each_image_goes_through_the_operation_of_its_own():
    images = images_of()
    found = policies.operated(
        images, ["Invert", "Identity", "Brightness", "Invert"], torch.tensor([0, 0, 0.5, 0])
    )
    torch.testing.assert_close(found[[0, 3]], 1 - images[[0, 3]])
    assert torch.equal(found[1], images[1])
    torch.testing.assert_close(found[2], (images[2] * 1.5).clamp(max=1))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", augmentation.POLICIES)
def test_a_policy_changes_images_and_stays_in_range(name, channels):
    images = images_of(12, channels=channels)
    kept = images.clone()
    torch.manual_seed(0)
    found = Composition((name,))(images)
    assert found.shape == images.shape
    assert found.min() >= 0
    assert found.max() <= 1
    changed = (found - images).abs().amax((1, 2, 3)) > 1e-3
    assert changed.float().mean() > 0.5
    assert torch.equal(images, kept)


def test_steps_are_as_likely_as_the_policy_says(monkeypatch):
    # One pair, of which the first happens in 3 of 10 cases and the second always.
    pair = (("Invert", 0.3, -1), ("Brightness", 1.0, 9))
    monkeypatch.setitem(autoaugment.SUB_POLICIES, "imagenet", (pair,))
    torch.manual_seed(0)
    images = torch.full((2000, 1, 3, 3), 0.25)
    values = policies.auto_augment(images)[:, 0, 0, 0]
    # 0.25 or 0.75, times 0.1 or 1.9, each sign as likely.
    share = {v: ((values - v).abs() < 1e-4).float().mean().item() for v in (0.025, 0.475, 0.075, 1)}
    assert sum(share.values()) == pytest.approx(1)
    assert share[0.075] + share[1] == pytest.approx(0.3, abs=0.04)
    assert share[0.025] + share[0.075] == pytest.approx(0.5, abs=0.04)


def test_augmix_is_a_mean_of_chains_and_image(monkeypatch):
    # Where every operation gives white, a mixture lies on the line from the image to white.
    monkeypatch.setattr(policies, "operated", lambda images, *_: torch.ones_like(images))
    torch.manual_seed(0)
    images = torch.zeros(3000, 1, 1, 1)
    share = policies.augmix(images).flatten()
    # 1 minus a Beta(1, 1): uniform.
    assert share.mean().item() == pytest.approx(0.5, abs=0.02)
    assert share.var().item() == pytest.approx(1 / 12, rel=0.05)
