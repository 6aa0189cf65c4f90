"""The images and networks that the tests of attacks share."""

import importlib.util
import warnings

import pytest
import torch
from torch import nn

from lab import datasets
from lab.networks import models
from lab.networks.card import Card
from lab.networks.pixels import to_float
from lab.networks.shelf import Shelf
from lab.networks.shipped import STEM
from tests.lab.attacks.samples import SHAPE, seeded


@pytest.fixture
def images():
    """Far enough from 0 and 1 for small attacks not to be clamped."""
    return 0.4 + 0.2 * torch.rand(6, *SHAPE, generator=seeded())


@pytest.fixture
def linear():
    """Two classes: the best attack is known in closed form."""
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 2)).eval()


@pytest.fixture
def small():
    """A network with everything that an attack could disturb."""
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Flatten(),
        nn.Linear(96, 5),
    )


CARD = Card(*("o", "O", "mlp", tuple("0123456789")), channels=1, size=28, mean=(0.1,), std=(0.3,))


@pytest.fixture(scope="session")
def digits():
    return datasets.load("digits")


@pytest.fixture
def classifier():
    """Untrained, of digits."""
    return models.build(CARD).frozen()


@pytest.fixture(scope="session")
def foolbox():
    if not importlib.util.find_spec("foolbox"):
        pytest.skip("foolbox, of the extra `bench`, is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import foolbox
    return foolbox


class Peer:
    """A trained network on photograph patches, and what Foolbox makes of the same images."""

    def __init__(self, foolbox, count):
        data = datasets.load("photo_patches")
        self.model = Shelf().get(STEM)
        self.images = to_float(data.test_images[:count])
        self.labels = data.test_labels[:count]
        self._foolbox = foolbox.PyTorchModel(self.model, bounds=(0, 1), device="cpu")

    def __call__(self, attack, epsilon=None):
        return attack(self._foolbox, self.images, self.labels, epsilons=epsilon)[0]

    def compare(self, ours, theirs):
        """Success rates within two points, and perturbations no larger than Foolbox's."""
        with torch.no_grad():
            fooled = [self.model(x).argmax(1) != self.labels for x in (ours, theirs)]
        rates = [float(f.float().mean()) for f in fooled]
        assert abs(rates[0] - rates[1]) <= 0.02, rates
        both = fooled[0] & fooled[1]
        sizes = [
            (x - self.images)[both].flatten(1).norm(dim=1).mean().item() for x in (ours, theirs)
        ]
        assert sizes[0] <= 1.02 * sizes[1], sizes


@pytest.fixture
def peer(foolbox):
    return lambda count: Peer(foolbox, count)
