"""A network is cut without changing what it computes."""

import pytest
import torch
from torch import nn

from lab.errors import UserError
from lab.networks import architecture, efficientnet, models
from lab.networks.models import Classifier
from lab.networks.splitting import Split, _grouped
from tests.lab.networks.samples import small_card


def built(name):
    return models.build(small_card(architecture=name)).eval()


@pytest.mark.parametrize("name", architecture.NETWORKS)
def test_the_parts_of_each_cut_are_the_whole_to_the_last_bit(name):
    classifier = built(name)
    split = Split(classifier)
    images = torch.rand(3, 1, 28, 28)
    with torch.no_grad():
        expected = classifier(images)
        for depth in range(split.depth + 1):
            value = split.below(depth)(images)
            if depth:
                assert split.units[depth - 1].shape == tuple(value.shape[1:])
            assert torch.equal(split.above(depth)(value), expected)
    entering = split.below(0)(images)
    assert torch.equal(entering.flatten(1), classifier.normalise(images).flatten(1))
    assert split.head == ("conv3" if name == "lecture_cnn" else "logits")
    total = sum(p.numel() for p in classifier.parameters())
    assert sum(unit.parameters for unit in split.units) == total


def test_the_units_of_the_embedded_network_are_its_stages():
    card = small_card(
        architecture="efficientnet_lite0", channels=3, size=32, mean=(0.5,) * 3, std=(0.5,) * 3
    )
    classifier = models.build(card).eval()
    split = Split(classifier)
    stages = [f"blocks.{i}" for i in range(len(efficientnet.STAGES))]
    assert [unit.name for unit in split.units] == ["stem", *stages, "head", "classifier"]
    # Pooled: the dropout above the cut is drawn at each step.
    assert split.units[-2].shape == (1280,)
    dropout = [m for m in split.above(split.depth).modules() if isinstance(m, nn.Dropout)]
    assert len(dropout) == 1
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(split.above(5)(split.below(5)(images)), classifier(images))


def test_a_part_shares_its_weights_with_the_network():
    classifier = built("cnn")
    split = Split(classifier)
    upper = split.above(2)
    upper.train()
    assert not classifier.network.get_submodule("norm1").training
    with torch.no_grad():
        upper.get_parameter("network.logits.weight").zero_()
    assert not classifier.network.get_parameter("logits.weight").any()
    body = split.parameters(1, 3)
    names = {p: name for name, p in classifier.network.named_parameters()}
    layers = {names[p].partition(".")[0] for p in body}
    assert layers == {"conv2", "norm2", "linear1"}


def test_layers_are_grouped_until_no_group_has_more_than_half():
    assert _grouped(["a", "b", "c"]) == ["a", "b", "c"]
    deep = ["stem.conv", *(f"blocks.{i}.{j}" for i in range(3) for j in range(2)), "fc"]
    expected = [f"blocks.{i}" for i in range(3) for _ in range(2)]
    assert _grouped(deep) == ["stem", *expected, "fc"]
    assert _grouped(["conv", "head.0", "head.3"]) == ["conv", "head.0", "head.3"]


def test_a_depth_that_the_network_has_not_is_told_in_one_line():
    split = Split(built("lenet5"))
    split.check_depth(4, "frozen")
    for depth in (-1, 5):
        with pytest.raises(UserError, match="4 units below its head, choose from 0 to 4") as told:
            split.check_depth(depth, "frozen")
        assert "\n" not in str(told.value)


class Branching(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.b(self.a(x)) if x.sum() > 0 else self.b(-self.a(x))


@pytest.mark.parametrize("network", [Branching(), nn.Sequential(nn.Flatten(), nn.Linear(784, 10))])
def test_a_network_that_cannot_be_split_is_told_in_one_line(network):
    with pytest.raises(UserError, match="cannot be split") as told:
        Split(Classifier(small_card(), network))
    assert "\n" not in str(told.value)
