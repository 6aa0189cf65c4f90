"""Feature maps are what the layers output, and the network goes no further."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from lab.errors import UserError
from lab.networks import architecture, imagenet, models
from lab.networks.card import Card
from lab.networks.models import Classifier
from lab.style import gram
from lab.style.features import Features
from tests.lab.style.samples import picture


def small(name):
    card = replace(imagenet.card(name), size=64, trained=False)
    return models.build(card).frozen()


@pytest.fixture(scope="module")
def lite0():
    return models.load("efficientnet_lite0")


@pytest.fixture(scope="module")
def vgg():
    return small("vgg11")


def test_features_are_what_the_layers_answer_though_the_network_goes_no_further(lite0):
    features = Features(lite0, ("stem.relu", "blocks.1.1"))
    ran = []
    handle = features.network.head.register_forward_hook(lambda *_: ran.append(1))
    found = features(picture())
    handle.remove()
    network, pixels = lite0.network, picture()
    with torch.no_grad():
        stem = network.stem(lite0.normalise(pixels))
        later = network.blocks[:2](stem)
    assert torch.allclose(found["stem.relu"], stem, atol=1e-4)
    assert torch.allclose(found["blocks.1.1"], later, atol=1e-3)
    assert not ran
    assert not any(m._forward_hooks for m in lite0.modules())
    assert not any(m._forward_hooks for m in features.network.modules())


def test_the_gradient_reaches_the_picture_and_nothing_else(lite0):
    pixels = picture().requires_grad_()
    answers = Features(lite0, ("blocks.0.0",))(pixels)
    answers["blocks.0.0"].square().sum().backward()
    assert pixels.grad is not None
    assert float(pixels.grad.abs().sum()) > 0
    assert all(parameter.grad is None for parameter in lite0.parameters())


def test_a_convolution_is_read_as_it_was_before_the_next_layer_wrote_over_it(vgg):
    found = Features(vgg, ("features.0", "features.1"), autocast=False)(picture())
    with torch.no_grad():
        wanted = vgg.network.features[0](vgg.normalise(picture()))
    assert torch.allclose(found["features.0"], wanted, atol=1e-5)
    assert (found["features.0"] < 0).any()
    assert torch.allclose(found["features.1"], wanted.clamp(min=0), atol=1e-5)


def test_a_convolution_is_read_before_its_batch_normalisation(lite0):
    found = Features(lite0, ("stem.conv", "stem.relu"))(picture())
    with torch.no_grad():
        wanted = lite0.network.stem.conv(lite0.normalise(picture()))
    assert torch.allclose(found["stem.conv"], wanted, atol=1e-4)


def test_average_pooling_stands_where_maximum_pooling_stood(vgg):
    names, exact = ("features.3",), {"autocast": False}
    maximum = Features(vgg, names, **exact)(picture())["features.3"]
    average = Features(vgg, names, pooling="average", **exact)(picture())["features.3"]
    with torch.no_grad():
        relu = vgg.network.features[:2](vgg.normalise(picture()))
        pooled = nn.functional.avg_pool2d(relu, 2)
        assert torch.allclose(average, vgg.network.features[3](pooled), atol=1e-5)
        assert not torch.allclose(average, maximum, atol=1e-3)
    assert isinstance(vgg.network.features[2], nn.MaxPool2d), "the shelf's own is as it was"


def test_in_bfloat16_answers_and_gradients_are_nearly_the_same(vgg):
    found = []
    for autocast in (False, True):
        pixels = picture(48, 64).requires_grad_()
        answer = Features(vgg, ("features.9",), autocast=autocast)(pixels)["features.9"]
        assert answer.dtype == torch.float32
        (gradient,) = torch.autograd.grad(gram.gram(answer).square().sum(), pixels)
        found.append((answer.flatten(), gradient.flatten()))
    for exact, quick in zip(*found, strict=True):
        assert torch.cosine_similarity(exact, quick, dim=0) > 0.99


def test_weights_are_shared_with_the_classifier(vgg):
    averaging = Features(vgg, ("features.3",), pooling="average")
    first = averaging.network.features[0].weight
    assert first.data_ptr() == vgg.network.features[0].weight.data_ptr()


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ((), "no layers: choose at least one"),
        (("stem.rely",), "EfficientNet-Lite0 has no layer stem.rely: did you mean stem.relu"),
        (("classifier",), "classifier of EfficientNet-Lite0 has no maps of rows and columns"),
    ],
)
def test_a_layer_that_cannot_be_read_is_told_in_one_line(lite0, names, line):
    with pytest.raises(UserError, match=line):
        Features(lite0, names)


def test_a_picture_too_small_for_the_network_is_told_in_one_line(vgg):
    features = Features(vgg, ("features.19",))
    with pytest.raises(UserError, match=r"vgg11 takes no image of 8 × 8 px here: choose an"):
        features(picture(8, 8))


def test_a_network_without_maps_is_told_in_one_line():
    card = Card("m", "M", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,))
    flat = Classifier(card, architecture.build("mlp", 1, 28, 2)).frozen()
    with pytest.raises(UserError, match="relu1 of M has no maps"):
        Features(flat, ("relu1",))
