"""The learned policies against torchvision's tables and operations; compositions of transforms."""

import pytest
import torch
from torchvision.transforms import v2
from torchvision.transforms.autoaugment import AutoAugmentPolicy

from lab import augmentation
from lab.augmentation import Composition, autoaugment, geometry, policies
from tests.lab.augmentation.test_augmentation import NEAR, pictures

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
        for pair in autoaugment.POLICIES[name]
    ]
    assert found == wanted


OPERATIONS = {name for space in policies.SPACES.values() for name in space}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_an_operation_is_torchvisions(operation, channels):
    images = pictures(channels=channels)
    scale = policies._AUTO.get(operation, policies.Scale())
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


def test_each_picture_goes_through_the_operation_of_its_own():
    images = pictures()
    found = policies.operated(
        images, ["Invert", "Identity", "Brightness", "Invert"], torch.tensor([0, 0, 0.5, 0])
    )
    torch.testing.assert_close(found[[0, 3]], 1 - images[[0, 3]])
    assert torch.equal(found[1], images[1])
    torch.testing.assert_close(found[2], (images[2] * 1.5).clamp(max=1))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", augmentation.POLICIES)
def test_a_policy_changes_pictures_and_stays_in_range(name, channels):
    images = pictures(12, channels=channels)
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
    monkeypatch.setitem(autoaugment.POLICIES, "imagenet", (pair,))
    torch.manual_seed(0)
    images = torch.full((2000, 1, 3, 3), 0.25)
    values = policies.auto_augment(images)[:, 0, 0, 0]
    # 0.25 or 0.75, times 0.1 or 1.9, each sign as likely.
    share = {v: ((values - v).abs() < 1e-4).float().mean().item() for v in (0.025, 0.475, 0.075, 1)}
    assert sum(share.values()) == pytest.approx(1)
    assert share[0.075] + share[1] == pytest.approx(0.3, abs=0.04)
    assert share[0.025] + share[0.075] == pytest.approx(0.5, abs=0.04)


def test_augmix_is_a_mean_of_chains_and_picture(monkeypatch):
    # Where every operation gives white, a mixture lies on the line from the picture to white.
    monkeypatch.setattr(policies, "operated", lambda images, *_: torch.ones_like(images))
    torch.manual_seed(0)
    images = torch.zeros(3000, 1, 1, 1)
    share = policies.augmix(images).flatten()
    # 1 minus a Beta(1, 1): uniform.
    assert share.mean().item() == pytest.approx(0.5, abs=0.02)
    assert share.var().item() == pytest.approx(1 / 12, rel=0.05)


# ---- compositions ------------------------------------------------------------------------------


def test_nothing_is_the_fixed_crop():
    images = pictures(size=(40, 60))
    assert Composition(())(images) is images
    found = Composition(())(images, (40, 40))
    torch.testing.assert_close(found, images[..., 10:50], **NEAR)


@pytest.mark.parametrize("name", augmentation.TRANSFORMS)
def test_a_transform_that_is_turned_down_leaves_the_picture(name):
    images = pictures()
    none = 1.0 if name == "crop" else 0.0
    found = Composition((name,), {name: none})(images)
    torch.testing.assert_close(found, images, **NEAR)


@pytest.mark.parametrize("name", augmentation.TRANSFORMS)
def test_a_transform_changes_pictures_each_in_its_own_way(name):
    images = pictures(1).expand(6, -1, -1, -1)
    kept = images.clone()
    torch.manual_seed(1)
    found = Composition((name,))(images)
    assert found.shape == images.shape
    assert found.min() >= 0
    assert found.max() <= 1
    assert not torch.allclose(found, images, atol=1e-3)
    assert any(not torch.allclose(found[0], other, atol=1e-3) for other in found[1:])
    assert torch.equal(images, kept)


@pytest.mark.parametrize("name", [*augmentation.TRANSFORMS, *augmentation.POLICIES])
def test_the_layout_that_training_uses_makes_no_difference(name):
    images = pictures(8)
    other = images.to(memory_format=torch.channels_last)
    torch.testing.assert_close(
        Composition((name,))(other, seed=1), Composition((name,))(images, seed=1), **NEAR
    )


def test_the_parameters_stay_in_their_ranges():
    torch.manual_seed(0)
    left, top, width, height = augmentation.composition.random_boxes(500, 0.3, SIZE).unbind(1)
    assert left.min() >= -1e-3
    assert top.min() >= -1e-3
    assert (left + width <= SIZE[1] + 1e-3).all()
    assert (top + height <= SIZE[0] + 1e-3).all()
    area = width * height / (SIZE[0] * SIZE[1])
    assert area.max() <= 1 + 1e-5
    assert area.min() >= 0.3 - 1e-5
    factors = augmentation.composition._factors(torch.zeros(500, 1, 1, 1), 0.4)
    assert 0.6 <= factors.min() < 0.63
    assert 1.37 < factors.max() <= 1.4


def test_geometric_transforms_in_a_row_look_at_the_picture_once(monkeypatch):
    looks = []
    warp = geometry.warp

    def watched(*arguments):
        looks.append(arguments)
        return warp(*arguments)

    monkeypatch.setattr(geometry, "warp", watched)
    images = pictures()
    Composition(("rotation", "perspective", "crop", "brightness", "saturation"))(images)
    assert len(looks) == 1
    looks.clear()
    Composition(("rotation", "brightness", "crop"))(images)
    assert len(looks) == 2


def test_the_order_counts():
    images = pictures()
    a, b = (
        Composition(names)(images, seed=3)
        for names in (("cutout", "rotation"), ("rotation", "cutout"))
    )
    assert not torch.allclose(a, b, atol=0.1)


def test_a_seed_draws_the_same_whatever_else_is_done():
    images = pictures()
    before = torch.get_rng_state()
    alone = Composition(("rotation",))(images, seed=5)
    assert torch.equal(alone, Composition(("rotation",))(images, seed=5))
    assert not torch.equal(alone, Composition(("rotation",))(images, seed=6))
    # Brightness that does nothing has joined: the same turns.
    both = Composition(("brightness", "rotation"), {"brightness": 0.0})(images, seed=5)
    torch.testing.assert_close(alone, both)
    assert torch.equal(torch.get_rng_state(), before)


def test_training_draws_from_the_runs_own_random_numbers():
    images = pictures()
    torch.manual_seed(0)
    first = Composition(("noise",))(images)
    second = Composition(("noise",))(images)
    torch.manual_seed(0)
    assert torch.equal(Composition(("noise",))(images), first)
    assert not torch.equal(first, second)


def test_an_unknown_name_is_refused():
    for made in ({"names": ("rotate",)}, {"strengths": {"zoom": 1.0}}, {"edges": "wrap"}):
        with pytest.raises(ValueError, match=r"^no "):
            Composition(**made)
