"""Compositions of transforms: order, ranges, seeds, and one interpolation for several."""

import pytest
import torch

from lab import augmentation
from lab.augmentation import Composition, composition, geometry
from tests.lab.augmentation.samples import NEAR, images_of

SIZE = (37, 52)


def test_nothing_is_the_fixed_crop():
    images = images_of(size=(40, 60))
    assert Composition(())(images) is images
    found = Composition(())(images, (40, 40))
    torch.testing.assert_close(found, images[..., 10:50], **NEAR)


@pytest.mark.parametrize("name", augmentation.TRANSFORMS)
def test_a_transform_that_is_turned_down_leaves_the_image(name):
    images = images_of()
    none = 1.0 if name == "crop" else 0.0
    found = Composition((name,), {name: none})(images)
    torch.testing.assert_close(found, images, **NEAR)


@pytest.mark.parametrize("name", augmentation.TRANSFORMS)
def test_a_transform_changes_images_each_in_its_own_way(name):
    images = images_of(1).expand(6, -1, -1, -1)
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
    images = images_of(8)
    other = images.to(memory_format=torch.channels_last)
    torch.testing.assert_close(
        Composition((name,))(other, seed=1), Composition((name,))(images, seed=1), **NEAR
    )


def test_the_parameters_stay_in_their_ranges():
    torch.manual_seed(0)
    left, top, width, height = composition.random_boxes(500, 0.3, SIZE).unbind(1)
    assert left.min() >= -1e-3
    assert top.min() >= -1e-3
    assert (left + width <= SIZE[1] + 1e-3).all()
    assert (top + height <= SIZE[0] + 1e-3).all()
    area = width * height / (SIZE[0] * SIZE[1])
    assert area.max() <= 1 + 1e-5
    assert area.min() >= 0.3 - 1e-5
    factors = composition.random_factors(torch.zeros(500, 1, 1, 1), 0.4)
    assert 0.6 <= factors.min() < 0.63
    assert 1.37 < factors.max() <= 1.4


def test_geometric_transforms_in_a_row_are_interpolated_once(monkeypatch):
    looks = []
    warp = geometry.warp

    def watched(*arguments):
        looks.append(arguments)
        return warp(*arguments)

    monkeypatch.setattr(geometry, "warp", watched)
    images = images_of()
    Composition(("rotation", "perspective", "crop", "brightness", "saturation"))(images)
    assert len(looks) == 1
    looks.clear()
    Composition(("rotation", "brightness", "crop"))(images)
    assert len(looks) == 2


def test_the_order_counts():
    images = images_of()
    a, b = (
        Composition(names)(images, seed=3)
        for names in (("cutout", "rotation"), ("rotation", "cutout"))
    )
    assert not torch.allclose(a, b, atol=0.1)


def test_a_seed_draws_the_same_whatever_else_is_done():
    images = images_of()
    before = torch.get_rng_state()
    alone = Composition(("rotation",))(images, seed=5)
    assert torch.equal(alone, Composition(("rotation",))(images, seed=5))
    assert not torch.equal(alone, Composition(("rotation",))(images, seed=6))
    # Brightness that does nothing has joined: the same turns.
    both = Composition(("brightness", "rotation"), {"brightness": 0.0})(images, seed=5)
    torch.testing.assert_close(alone, both)
    assert torch.equal(torch.get_rng_state(), before)


def test_training_draws_from_the_runs_own_random_numbers():
    images = images_of()
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
