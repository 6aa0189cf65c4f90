"""The layers of every family of networks, and what is recorded of them."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from lab.errors import UserError
from lab.networks import imagenet, layers, models
from lab.networks.architecture import NETWORKS
from lab.networks.card import Card
from lab.networks.models import Classifier


def small(name):
    """A torchvision classifier that takes 64 px and has not learned anything."""
    card = replace(imagenet.card(name), size=64, trained=False)
    return models.build(card).frozen()


def ours(name, channels=1, size=28):
    ten = tuple("0123456789")
    card = Card(name, name, name, ten, channels, size, (0.5,) * channels, (0.5,) * channels)
    return models.build(card).frozen()


@pytest.fixture(scope="module")
def resnet18():
    return small("resnet18")


def test_layers_stand_in_the_order_in_which_they_answer(resnet18):
    known = layers.layers(resnet18)
    names = [layer.name for layer in known]
    assert names[:4] == ["conv1", "bn1", "relu", "maxpool"]
    assert names[-1] == "fc"
    assert known[-1].shape == (1000,)
    assert known[0] == layers.Layer("conv1", "Conv2d", (64, 32, 32))
    block = names.index("layer1.0")
    assert names.index("layer1.0.conv2") < block < names.index("layer1.1.conv1")
    assert "layer1" not in names, "a chain answers what its last link does"


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer4.1"),
        ("vgg11", "features.19"),
        ("alexnet", "features.11"),
        ("googlenet", "inception5b"),
        ("densenet121", "features.norm5"),
        ("mobilenet_v2", "features.18.2"),
        ("squeezenet1_1", "classifier.2"),
    ],
)
def test_the_last_layer_that_says_where(name, layer):
    assert layers.last_spatial(small(name)).name == layer


def test_the_embedded_network_and_ours_have_one_too():
    lite0 = models.load("efficientnet_lite0", pretrained=False)
    assert layers.last_spatial(lite0).shape == (1280, 7, 7)
    for name in NETWORKS:
        if name != "mlp":
            assert layers.last_spatial(ours(name, 3, 40)).spatial, name


def test_a_transformer_that_puts_its_tokens_back_in_place_has_one():
    assert layers.last_spatial(small("swin_t")).name == "permute"


def test_a_network_without_is_told_in_one_line():
    with pytest.raises(UserError, match="has no spatial layers: choose a convolutional network"):
        layers.last_spatial(ours("mlp"))


def test_what_is_recorded_is_what_the_layers_answered(resnet18):
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    names = ["conv1", "layer2.0", "fc"]
    found = layers.activations(resnet18, pixels, names)
    with torch.no_grad():
        normal = resnet18.normalise(pixels)
        assert torch.equal(found["conv1"], resnet18.network.conv1(normal))
        assert torch.equal(found["fc"], resnet18(pixels))
    assert list(found) == names
    assert not any(m._forward_hooks for m in resnet18.modules())


def test_a_layer_that_writes_over_its_input_does_not_change_what_was_recorded():
    card = Card("x", "X", "mlp", ("a", "b"), channels=1, size=8, mean=(0.0,), std=(1.0,))
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )
    model = Classifier(card, network).frozen()
    pixels = torch.rand(1, 1, 8, 8)
    found = layers.activations(model, pixels, ["0", "1"])
    assert torch.equal(found["1"], found["0"].clamp(min=0))
    assert (found["0"] < 0).any()


def test_hooks_go_even_if_the_pass_fails(resnet18):
    with pytest.raises(ValueError, match="takes"), layers.recording(resnet18, ["conv1"]):
        resnet18(torch.zeros(1, 1, 64, 64))
    assert not any(m._forward_hooks for m in resnet18.modules())


def test_the_shelf_lists_layers_without_a_pass_through_the_shared_model(workspace):
    offered = workspace.shelf.layers("efficientnet_lite0")
    known = layers.layers(workspace.shelf.get("efficientnet_lite0"))
    assert list(offered) == [layer.name for layer in known]
    assert offered["head.relu"] == "head.relu  1280 × 7 × 7"
    assert "stem.0" in workspace.shelf.layers("regnet_y_400mf")


def test_an_unknown_layer_is_told_with_the_nearest(resnet18):
    with pytest.raises(UserError, match="no layer conv9: did you mean conv1"):
        layers.find(layers.layers(resnet18), "conv9")
    with pytest.raises(UserError, match="no layer conv9: did you mean conv1"):
        layers.activations(resnet18, torch.zeros(1, 3, 64, 64), ["conv9"])


def test_a_layer_is_reached_without_what_comes_after_it(resnet18):
    pixels = torch.rand(1, 3, 64, 64, requires_grad=True)
    found = layers.reached(resnet18, pixels, "layer1.0")
    assert torch.equal(found, layers.activations(resnet18, pixels, ["layer1.0"])["layer1.0"])
    assert found.requires_grad
    later = []
    handle = resnet18.network.layer2.register_forward_hook(lambda *_: later.append(1))
    layers.reached(resnet18, pixels, "layer1.0")
    layers.reached(resnet18, pixels, "fc")
    handle.remove()
    assert len(later) == 1
    assert not any(m._forward_hooks for m in resnet18.modules())
    with pytest.raises(UserError, match="no layer conv9: did you mean conv1"):
        layers.reached(resnet18, pixels, "conv9")


def test_tokens_are_listed_where_they_are_asked_for(workspace):
    shelf = workspace.shelf
    with_tokens = shelf.layers("vit_b_16", tokens=True)
    block = "encoder.layers.encoder_layer_11"
    assert with_tokens[block] == f"{block}  197 × 768"
    assert block not in shelf.layers("vit_b_16")
    assert shelf.layers("vit_b_16").items() < with_tokens.items()
    assert workspace.options("units", "vit_b_16") == with_tokens
    assert shelf.layers("efficientnet_lite0", tokens=True) == shelf.layers("efficientnet_lite0")


def test_a_layer_without_an_output_of_its_own_is_told():
    card = Card("x", "X", "mlp", ("a", "b"), channels=1, size=8, mean=(0.0,), std=(1.0,))
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    network.spare = nn.ModuleList()
    network.forward = lambda x: network[1](network[0](x))
    with pytest.raises(UserError, match="layer spare has no output for an image"):
        layers.reached(Classifier(card, network).frozen(), torch.rand(1, 1, 8, 8), "spare")
