"""Networks that paint, and their place on the shelf beside the classifiers."""

import dataclasses

import pytest
import torch

from lab.errors import UserError
from lab.networks import models, weights
from lab.networks.card import STYLE_NETWORK, Card
from lab.networks.models import StyleNetwork
from lab.networks.shelf import Shelf
from lab.networks.style_networks import FeedForward

CARD = Card(
    "waves", "Paints waves", "feed_forward", mean=(0.0,) * 3, std=(1.0,) * 3, kind=STYLE_NETWORK
)
CARD = dataclasses.replace(CARD, arguments={"width": 4, "blocks": 1}, seed=3, trained=True)


def differing():
    """A style network that is not the identity, as it is before training."""
    network = models.build_style_network(CARD)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    return network.frozen()


@pytest.mark.parametrize("size", [(64, 64), (37, 50), (9, 8)])
def test_what_comes_out_is_a_picture_of_the_same_size(size):
    painted = differing()(torch.rand(2, 3, *size))
    assert painted.shape == (2, 3, *size)
    assert painted.min() >= 0
    assert painted.max() <= 1


def test_it_begins_as_the_picture_itself():
    pixels = torch.rand(1, 3, 32, 32)
    painted = models.build_style_network(CARD).frozen()(pixels)
    assert (painted - pixels).abs().max() < 0.05


def test_brightness_of_the_whole_picture_does_not_reach_the_blocks():
    """Instance normalisation takes it out, for each picture by itself (Ulyanov et al., 2016)."""
    network = FeedForward(4, 1).eval()
    one, other = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    alone = network.blocks(network.down2(network.down1(one)))
    among = network.blocks(network.down2(network.down1(torch.cat([other, one + 0.3]))))
    torch.testing.assert_close(among[1:], alone, atol=1e-4, rtol=1e-4)


def test_a_style_network_comes_back_from_its_file(tmp_path):
    network = differing()
    pixels = torch.rand(1, 3, 24, 24)
    path = weights.save(network, tmp_path / "waves")
    shelf = Shelf()
    name = shelf.adopt(path)
    found = shelf.style_network(name)
    assert isinstance(found, StyleNetwork)
    assert dataclasses.replace(found.card, name="waves") == CARD
    assert found.card.name == name
    assert torch.equal(found(pixels), network(pixels))
    assert shelf.style_network(str(path)) is found


def test_classifiers_and_style_networks_are_offered_separately():
    shelf = Shelf()
    name = shelf.put(differing(), "Paints waves")
    assert shelf.style_networks() == {name: "Paints waves"}
    assert name not in shelf.options()
    assert shelf.in_hand()[name] == "Paints waves"
    assert shelf.names_trained_here() == [name]
    for ask in (shelf.get, shelf.layers, shelf.untrained):
        with pytest.raises(UserError, match="is a style network, without classes: choose"):
            ask(name)
    with pytest.raises(UserError, match="is not a style network"):
        shelf.style_network("efficientnet_lite0")
    assert shelf.put(differing(), "Paints waves") != name
    shelf.remove(name)
    assert list(shelf.style_networks().values()) == ["Paints waves (2)"]


def test_each_kind_has_a_card_of_its_own(tmp_path):
    with pytest.raises(UserError, match="classes must be none"):
        dataclasses.replace(CARD, classes=("a", "b"))
    with pytest.raises(UserError, match="classes must be two or more"):
        dataclasses.replace(CARD, kind="classifier")
    with pytest.raises(UserError, match="kind must be classifier or painter"):
        dataclasses.replace(CARD, kind="poet")
    with pytest.raises(UserError, match="no style network cnn"):
        models.build_style_network(dataclasses.replace(CARD, architecture="cnn"))
    with pytest.raises(UserError, match="cannot be built with"):
        models.build_style_network(dataclasses.replace(CARD, arguments={"depth": 3}))


def test_a_card_without_a_kind_is_a_classifiers():
    card = models.load("efficientnet_lite0").card
    old = card.to_json().replace(',\n "kind": "classifier"', "")
    assert "kind" not in old
    assert Card.from_json(old) == card
