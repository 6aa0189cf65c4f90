"""The fast evaluation against the plain one, and against landscapes in closed form."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab import datasets
from lab.landscape import plane
from lab.landscape.directions import random_directions, weights_of
from lab.landscape.linear_maps import FirstLayer, Matrix, pays_as_matrix, uses
from lab.landscape.plane import LossPlane
from lab.networks import models
from lab.networks.models import Classifier, card_for
from lab.networks.pixels import to_float

POINTS = [(0.0, 0.0), (0.5, 0.0), (0.0, -0.5), (0.3, 0.7), (-1.0, 0.4)]
NETWORKS = [
    ("deep_resnet", {"depth": 8, "stride": 4}),
    ("deep_resnet", {"depth": 8, "residual": False, "batch_norm": False}),
    ("cnn", {"width": 4, "hidden": 16}),
    ("mlp", {"hidden": 16}),
    ("lenet5", {}),
    ("resnet", {"width": 4}),
]


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits").shortened(30)


def made(name, digits, **options):
    """A network whose batch normalisation has seen images."""
    model = models.build(card_for(name, digits, 0, **options))
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 2.0)
                module.bias.uniform_(-0.5, 0.5)
                module.momentum = 0.5
        for _ in range(4):
            model.train()(to_float(digits.train_images))
    return model.eval()


def plainly(model, data, first, second, points):
    """Load the weights, run the network, read the loss."""
    model, losses = copy.deepcopy(model).eval(), []
    centre = {name: w.clone() for name, w in weights_of(model.network).items()}
    for a, b in points:
        for name, weight in centre.items():
            moved = weight + a * first[name] + b * second[name]
            model.network.get_parameter(name).data.copy_(moved)
        with torch.no_grad():
            logits = model(to_float(data.train_images))
            losses.append(F.cross_entropy(logits, data.train_labels).item())
    return losses


@pytest.mark.parametrize("budget", [plane.BYTES, 20_000])
@pytest.mark.parametrize(("name", "options"), NETWORKS)
def test_the_losses_are_those_of_the_plain_way(name, options, budget, digits, monkeypatch):
    monkeypatch.setattr(plane, "BYTES", budget)
    torch.manual_seed(0)
    model = made(name, digits, **options)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    directions = random_directions(model.network, 3)
    fast = LossPlane(model, digits.train_images, digits.train_labels, *directions)
    found = fast.losses(POINTS).tolist()
    assert found == pytest.approx(plainly(model, digits, *directions, POINTS), rel=1e-4)
    # Whatever the order.
    assert fast.losses(POINTS[::-1]).tolist() == pytest.approx(found[::-1], rel=1e-6)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_the_loss_at_the_centre_is_that_of_the_network_though_it_is_in_training(digits):
    model = made("deep_resnet", digits, depth=8)
    wanted = F.cross_entropy(model(to_float(digits.train_images)), digits.train_labels).item()
    model.train()
    directions = random_directions(model.network, 0)
    fast = LossPlane(model, digits.train_images, digits.train_labels, *directions)
    assert fast.losses([(0.0, 0.0)]).item() == pytest.approx(wanted, rel=1e-4)
    assert model.training


def test_small_maps_become_matrices_and_the_first_layer_is_mixed(digits):
    model = made("deep_resnet", digits, depth=8, stride=4)
    directions = random_directions(model.network, 0)
    fast = LossPlane(model, digits.train_images, digits.train_labels, *directions)
    kinds = {name: type(module) for name, module in fast._network.named_modules()}
    assert kinds["conv1"] is FirstLayer
    assert kinds["stage3.0.conv2"] is Matrix
    assert kinds["stage1.0.conv1"] is nn.Conv2d


@pytest.mark.parametrize("options", [{"stride": 2}, {"groups": 2}, {"padding": 0}, {"dilation": 2}])
def test_a_matrix_is_the_convolution(options):
    torch.manual_seed(0)
    convolution = nn.Conv2d(4, 6, 3, **{"padding": 2, **options})
    x = torch.randn(5, 4, 3, 3)
    (use,) = uses(nn.Sequential(convolution), x).values()
    assert pays_as_matrix(convolution, use) == ("groups" not in options)
    torch.testing.assert_close(Matrix(convolution, use)(x), convolution(x), atol=1e-5, rtol=1e-4)


def test_a_convolution_that_is_called_twice_stays():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 3, padding=1)

        def forward(self, x):
            return self.conv(self.conv(x))

    network = Twice()
    (use,) = uses(network, torch.randn(1, 2, 3, 3)).values()
    assert use.calls == 2
    assert not pays_as_matrix(network.conv, use)


class Logits(nn.Module):
    """Two classes whose logits are (0, w . x): a loss in closed form."""

    def __init__(self, weight):
        super().__init__()
        self.linear = nn.Linear(2, 2, bias=False)
        self.linear.weight.data = torch.stack([torch.zeros_like(weight), weight])

    def forward(self, x):
        return self.linear(x.mean(2)[:, :, 0].repeat(1, 2))


def test_a_toy_network_has_the_landscape_of_its_closed_form(digits):
    card = card_for("mlp", digits.of_classes(2), 0)
    weight = torch.tensor([0.4, -1.3])
    model = Classifier(card, Logits(weight))
    # x is the same mean of a grey image in both inputs, so the logit is (w1 + w2) x.
    images = torch.full((1, 1, 28, 28), 204, dtype=torch.uint8)
    x = ((0.8 - torch.tensor(card.mean[0])) / card.std[0]).double()
    first = {"linear.weight": torch.tensor([[0.0, 0.0], [1.0, 0.0]])}
    second = {"linear.weight": torch.tensor([[0.0, 0.0], [0.0, 2.0]])}
    fast = LossPlane(model, images, torch.tensor([1]), first, second)
    for a, b in POINTS:
        logit = (weight.double().sum() + a + 2 * b) * x
        wanted = torch.log1p(torch.exp(-logit)).item()
        assert fast.losses([(a, b)]).item() == pytest.approx(wanted, rel=1e-4)


def test_what_overflows_is_infinite(digits):
    model = made("mlp", digits, hidden=8)
    directions = random_directions(model.network, 0)
    fast = LossPlane(model, digits.train_images, digits.train_labels, *directions)
    assert fast.losses([(1e30, 1e30)]).item() == float("inf")
