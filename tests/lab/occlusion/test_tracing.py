"""Networks of every kind, traced or not, against the naive loop."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from lab.networks import models
from tests.lab.occlusion.samples import BORDERS, Undecided, agree, lively, picture

SHELF = (
    *("efficientnet_lite0", "resnet18", "googlenet", "vgg16", "densenet121"),
    *("mobilenet_v2", "alexnet", "squeezenet1_1"),
)


def opaque(found):
    return [step.kind for step in found.network.steps].index("opaque")


@pytest.mark.parametrize("name", SHELF)
def test_every_kind_of_network_agrees_with_the_naive_loop(name):
    size = 64
    model = models.load(name, pretrained=False)
    model = lively(model, size=size)
    found = agree(model, picture(), BORDERS[:5], (16, 16))
    # It was followed to its last maps, and not run as a whole.
    assert opaque(found) >= 10


@pytest.mark.parametrize("name", ["cnn", "mlp", "lenet5", "resnet", "alexnet_stem"])
def test_the_small_networks_agree(name):
    from lab.networks.architecture import build

    torch.manual_seed(0)
    model = lively(build(name, 1, 28, 10), 1, 28)
    places = [(0, 0), (3, 5), (20, 24), (27, 27), (10, 10)]
    agree(model, picture(1, 28, 28), places, (7, 7))


class Squeezed(nn.Module):
    """Channels weighed by their means (Hu et al., 2018), between convolutions."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.weigh = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        y = functional.relu(self.first(x))
        y = y * torch.sigmoid(self.weigh(functional.adaptive_avg_pool2d(y, 1)))
        return functional.relu(self.second(y)).flatten(2).amax(2)


class Odd(nn.Module):
    """What few networks have: gaps, groups, ceil_mode, averages, shortcuts of other sizes."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, (3, 5), (2, 1), padding=(2, 1), dilation=(2, 1))
        self.b = nn.Conv2d(8, 8, 4, padding="same", groups=4)
        self.norm = nn.BatchNorm2d(8)
        self.largest = nn.MaxPool2d(3, 2, padding=1, ceil_mode=True)
        self.mean = nn.AvgPool2d(3, 1, padding=1)
        self.edge = nn.AvgPool2d(3, 1, padding=1, count_include_pad=False)
        self.act = nn.ReLU(inplace=True)
        self.end = nn.Linear(16, 5)

    def forward(self, x):
        x = self.a(x - 0.5)
        y = self.b(x)
        y += x
        y = self.largest(self.norm(y))
        z = torch.cat([self.mean(y), 2 * y], dim=1)
        return self.end(self.act(self.edge(z)).mean((2, 3)))


class Overwriting(nn.Module):
    """It writes over its own map, so that the order of operations matters."""

    def __init__(self):
        super().__init__()
        self.conv, self.act = nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.conv(x)
        z = self.act(y)
        return (y + 2 * z).mean((2, 3))


class Shortcuts(nn.Module):
    """1 x 1 convolutions that take one pixel of several, and sums that are taken twice."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 6, 3, padding=1)
        self.b = nn.Conv2d(6, 6, 3, (2, 3), padding=1)
        self.c = nn.Conv2d(6, 6, 1, (2, 3))
        self.end = nn.Linear(6, 5)

    def forward(self, x):
        x = self.a(x)
        total = self.b(x) + self.c(x)
        # The sum itself is used again: the activation must not have overwritten it.
        y = functional.relu(total) + functional.relu(total + self.c(functional.relu(x + 1.0)))
        return self.end(torch.flatten(functional.adaptive_max_pool2d(y - total, 1), 1))


def test_one_pixel_of_several_and_sums_with_their_activation():
    torch.manual_seed(0)
    model = Shortcuts().eval()
    places = [(y, x) for y in range(0, 50, 7) for x in range(0, 50, 9)] + BORDERS
    found = agree(model, picture(), places, (9, 11))
    kinds = [step.kind for step in found.network.steps]
    assert kinds.count("subsample") == 2
    # Two of the three activations of sums are folded in; the third sum is taken twice.
    assert kinds[: kinds.index("opaque")].count("pointwise") == 6


# An even kernel with "same" pads one side more: what it tests is worth torch's warning.
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("kind", [Undecided, Squeezed, Odd, Overwriting])
def test_what_cannot_be_followed_is_right_all_the_same(kind):
    torch.manual_seed(0)
    model = lively(kind(), size=40)
    found = agree(model, picture(3, 40, 33), [(0, 0), (11, 13), (30, 20), (39, 32)], (10, 12))
    if kind is Squeezed:
        assert opaque(found) == 1  # followed up to where it sees everything
    if kind is Undecided:
        assert opaque(found) == 0


def test_networks_with_squeeze_and_excitation_are_right():
    model = lively(models.load("mobilenet_v3_small", pretrained=False))
    agree(model, picture(), BORDERS[:4], (16, 16))
