"""Units: where they are, what their boxes are, and their gradients by autograd."""

import numpy as np
import pytest
import torch
from torch import nn

from lab.errors import UserError
from lab.networks import models
from lab.networks.card import Card
from lab.networks.models import Classifier
from lab.structure.units import NetworkFields, effective


@pytest.fixture(scope="module")
def small():
    """A classifier of 32 px: fields of 5, 6, 14 and 15 px, then the whole input."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 5, padding=2), nn.MaxPool2d(2), nn.Conv2d(6, 4, 5), nn.AvgPool2d(2, 2),
        nn.Flatten(), nn.Linear(4 * 36, 3),
    )  # fmt: skip
    return Classifier(Card("s", "Small", "s", ("a", "b", "c"), size=32), network).frozen()


def test_the_unit_is_the_one_at_the_pointer(small):
    network = NetworkFields(small)
    assert network.spread() == ["0", "2"]
    assert network.field("2").units == (12, 12)
    assert network.unit_at("2", -1, -1, -1).place == (6, 6)
    # Across, down: column and row of the map over the image.
    assert network.unit_at("2", 31, 0, 9) == network.unit_at("2", 40, 2, 3)
    unit = network.unit_at("2", 31, 0, 2)
    assert unit.place == (0, 11)
    assert network.box(unit) == (20, 0, 12, 12)
    assert network.unit_at("5", 7, 7, 1).place == ()
    assert network.box(network.unit_at("5", 7, 7, 1)) == (0, 0, 32, 32)


def test_the_effective_field_is_the_gradient_and_lies_in_the_box(small):
    network = NetworkFields(small)
    unit = network.unit_at("2", 3, 12, 1)
    images = torch.rand(5, 3, 32, 32)
    generator = torch.Generator().manual_seed(0)
    *_, (heat, done) = effective(network, small, unit, images, generator)
    assert done == 5

    def value(image):
        inside = small.network[:3](small.normalise(image[None]))
        return inside[(0, 1, *unit.place)]

    wanted = torch.stack([torch.autograd.functional.jacobian(value, image) for image in images])
    assert np.allclose(heat, wanted.abs().sum(1).mean(0), atol=1e-7)
    left, top, wide, high = network.box(unit)
    outside = heat.copy()
    outside[top : top + high, left : left + wide] = 0
    assert not outside.any()
    assert (left, top, wide, high) == (0, 6, 14, 14)


def test_the_layer_that_is_shown_first_can_be_seen_in_the_image(small):
    network = NetworkFields(small)
    assert network.sizes() == {0: 1, 1: 6, 2: 16}
    assert (network.fitting(), network.last()) == ("2", "2")
    layers = [nn.Conv2d(3, 3, 9, padding=4) for _ in range(5)]
    deep = Classifier(small.card, nn.Sequential(*layers)).frozen()
    network = NetworkFields(deep)
    # 9, 17, 25, 33, 41 px: not over three quarters of 32.
    assert (network.fitting(), network.last()) == ("1", "4")


def test_tokens_lie_where_their_patches_do(workspace):
    network = NetworkFields(models.outline(workspace.shelf.card("vit_b_16")))
    block = "encoder.layers.encoder_layer_0"
    assert network.field(block).units == (197,)
    assert network.unit_at(block, 0, 0, -1).place == (1,)
    unit = network.unit_at(block, 223, 17, -1)
    assert unit.place == (1 + 14 + 13,)
    assert network.index(unit) == (28, slice(None))
    assert network.channels(block) == 768


def test_what_has_no_field_of_its_own_is_told_in_one_line(small):
    network = NetworkFields(small)
    with pytest.raises(UserError, match="layer 9 of Small is no operation by itself"):
        network.at("9")
    card = Card("m", "M", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,))
    with pytest.raises(UserError, match="M has no convolutions, so each of its units sees the"):
        NetworkFields(models.build(card).frozen())
