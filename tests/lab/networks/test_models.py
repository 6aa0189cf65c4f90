"""Networks in pixel space: preparation, normalisation, seeds, copies, building."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode, v2

from lab import datasets
from lab.errors import UserError
from lab.networks import imagenet, models
from tests.lab.networks.samples import DIGITS, photograph, small_card


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("file", ["coffee.png", "chelsea.png"])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_a_picture_is_prepared_as_torchvision_does(file, turned, interpolation):
    pixels = photograph(file)
    pixels = np.ascontiguousarray(np.rot90(pixels)) if turned else pixels
    card = dataclasses.replace(imagenet.card("resnet18"), architecture="cnn", classes=DIGITS)
    card = dataclasses.replace(card, size=48, crop=48 / 55, interpolation=interpolation)
    reference = v2.Compose(
        [
            v2.Resize(55, InterpolationMode(interpolation)),
            v2.CenterCrop(48),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
        ]
    )(Image.fromarray(pixels))
    prepared = models.build(card).prepare(pixels)
    assert prepared.shape == (1, 3, 48, 48)
    assert prepared.dtype == torch.float32
    # Pillow may resize down before across where it is shown the crop alone: one more rounding.
    assert (prepared[0] - reference).abs().max() <= 1.01 / 255


def test_grey_networks_see_grey_pictures():
    pixels = photograph()[:200, :200]
    prepared = models.build(small_card()).prepare(pixels)
    reference = Image.fromarray(pixels).convert("L").resize((28, 28), Image.Resampling.BILINEAR)
    assert prepared.shape == (1, 1, 28, 28)
    np.testing.assert_array_equal(prepared[0, 0].numpy() * 255, np.asarray(reference))


@pytest.mark.parametrize("shape", [(1, 5000, 3), (5000, 1, 3), (1, 1, 3), (224, 225, 3)])
def test_extreme_shapes_are_prepared(lite0, shape):
    assert lite0.prepare(np.full(shape, 255, np.uint8)).eq(1).all()


@pytest.mark.parametrize(("width", "height"), [(600, 400), (301, 451), (224, 224), (9, 2000)])
def test_the_crop_box_is_central_and_inside(lite0, width, height):
    left, top, across, down = lite0.crop_box(width, height)
    assert left >= 0
    assert top >= 0
    assert left + across <= width
    assert top + down <= height
    # 0.875 of the shorter edge, in the middle up to one pixel of the resized picture.
    pixel = min(width, height) / 256
    assert min(across, down) == pytest.approx(0.875 * min(width, height), abs=pixel)
    assert left + across / 2 == pytest.approx(width / 2, abs=pixel)
    assert top + down / 2 == pytest.approx(height / 2, abs=pixel)


@pytest.mark.parametrize("pixels", [np.zeros((8, 8, 3)), np.zeros((8, 8), np.uint8)])
def test_only_uint8_rgb_is_a_picture(lite0, pixels):
    with pytest.raises(ValueError, match=r"uint8 \(H, W, 3\)"):
        lite0.prepare(pixels)


def test_normalisation_is_inside():
    classifier = models.build(small_card()).eval()
    images = torch.rand(4, 1, 28, 28)
    torch.testing.assert_close(classifier(images), classifier.network((images - 0.1) / 0.3))


@pytest.mark.parametrize("shape", [(1, 3, 28, 28), (1, 28, 28)])
def test_another_number_of_channels_is_refused(shape):
    with pytest.raises(ValueError, match=r"digits takes \(N, 1, H, W\)"):
        models.build(small_card())(torch.rand(shape))


def test_the_seed_makes_the_weights_and_other_random_numbers_go_on():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (models.build(small_card(seed=seed)).network for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.conv1.weight, again.conv1.weight)
    assert not torch.equal(first.conv1.weight, other.conv1.weight)


def test_a_copy_is_frozen_and_shares_nothing():
    classifier = models.build(small_card(arguments={"batch_norm": False, "width": 4}))
    classifier.network.register_forward_hook(lambda *_: pytest.fail("the hook came along"))
    twin = classifier.copy()
    with torch.no_grad():
        classifier.network.conv1.weight.zero_()
    assert twin.network.conv1.weight.abs().sum() > 0
    assert not twin.training
    assert not any(p.requires_grad for p in twin.parameters())
    assert twin(torch.rand(1, 1, 28, 28)).shape == (1, 10)


def test_restoring_draws_no_random_numbers():
    state = models.build(small_card()).network.state_dict()
    before = torch.get_rng_state()
    models.restore(small_card(), state)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    "changes",
    [
        {"architecture": "cnnn"},
        {"architecture": "resnet18"},
        {"architecture": "cnn", "arguments": {"kernels": 3}},
        {"architecture": "cnn", "size": 224},
    ],
)
def test_a_card_that_cannot_be_built_is_said(changes):
    with pytest.raises(UserError, match=changes["architecture"]):
        models.build(small_card(**changes))


@pytest.mark.parametrize(
    "name", ["efficientnet_lite0", "resnet18", "regnet_x_400mf", "swin_t", "vit_b_16", "googlenet"]
)
def test_an_outline_draws_no_random_number_and_seeds_nothing(name, monkeypatch):
    """It is made beside a training of another thread, whose numbers those are."""

    def never(*_):
        raise AssertionError("another run's random numbers were touched")

    before = torch.get_rng_state()
    for touched in ("manual_seed", "seed", "set_rng_state"):
        monkeypatch.setattr(torch, touched, never)
        monkeypatch.setattr(torch.random, touched, never)
    monkeypatch.setattr(models, "_seeded", never)
    outline = models.outline(imagenet.card(name))
    assert torch.equal(torch.get_rng_state(), before)
    assert {p.device.type for p in outline.parameters()} == {"meta"}
    assert not any(module.training for module in outline.modules())


def test_an_outline_has_the_shapes_of_the_network():
    card = imagenet.card("regnet_x_400mf")
    shapes = {k: v.shape for k, v in models.outline(card).network.state_dict().items()}
    assert shapes == {k: v.shape for k, v in models.build(card).network.state_dict().items()}


def test_the_card_of_an_untrained_network_holds_the_arguments_of_its_constructor():
    digits = datasets.load("digits")
    card = models.card_for("cnn", digits, 3, dropout=0.25)
    assert (card.arguments, card.classes, card.seed) == ({"dropout": 0.25}, digits.classes, 3)
    assert models.build(card).network.get_submodule("dropout").p == 0.25
    assert models.card_for("cnn", digits, 3).arguments == {}
