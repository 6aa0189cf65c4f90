"""Fixtures that the tests of this room share."""

import sys
from types import SimpleNamespace

import pytest
import torch

import lab
from lab.networks import models, weights
from lab.networks.shelf import Shelf
from tests.lab.networks.samples import IMAGES, TRAINED


@pytest.fixture(scope="session")
def lite0():
    return models.load("efficientnet_lite0")


@pytest.fixture
def downloads(monkeypatch, tmp_path):
    """Downloaded weights, in a folder of the test's own."""
    home = tmp_path / "home"
    (home / "weights").mkdir(parents=True)
    fake = SimpleNamespace(
        home=lambda: home,
        path=lambda name: home / "weights" / f"{name}.pth",
        present=lambda name: (home / "weights" / f"{name}.pth").exists(),
    )
    monkeypatch.setitem(sys.modules, "lab.system.downloads", fake)
    monkeypatch.setattr(lab.system, "downloads", fake, raising=False)
    return fake


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def learned():
    """A classifier a few steps away from its initial weights, still in training."""
    classifier = models.build(TRAINED).train()
    optimiser = torch.optim.SGD(classifier.parameters(), 0.1)
    for _ in range(3):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(classifier(IMAGES), torch.arange(3)).backward()
        optimiser.step()
    return classifier


@pytest.fixture
def saved(learned, tmp_path):
    return weights.save(learned, tmp_path / "digits.safetensors")
