"""Images made to fit a network, against Pillow, and a few drawn."""

import numpy as np
import pytest
import torch
from PIL import Image

from lab import datasets
from lab.datasets.fitting import classes_of, drawn, fitted
from tests.lab.networks.samples import photograph


def tensor(pixels):
    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None]


def test_the_central_square_is_resized_as_pillow_does_it():
    pixels = photograph()[:200, :303]
    found = fitted(tensor(pixels), 3, 64)
    left = (303 - 200) // 2
    square = Image.fromarray(pixels).crop((left, 0, left + 200, 200))
    expected = tensor(square.resize((64, 64), Image.Resampling.BICUBIC))
    assert found.shape == (1, 3, 64, 64)
    assert (found.int() - expected.int()).abs().max() <= 2


def test_colour_becomes_grey_and_grey_colour():
    pixels = tensor(photograph()[:40, :40])
    grey = fitted(pixels, 1, 40)
    expected = torch.from_numpy(
        np.array(Image.fromarray(pixels[0].permute(1, 2, 0).numpy()).convert("L"))
    )
    assert (grey[0, 0].int() - expected.int()).abs().max() <= 1
    colour = fitted(grey, 3, 40)
    assert colour.shape == (1, 3, 40, 40)
    assert all(torch.equal(colour[:, k], grey[:, 0]) for k in range(3))


def test_images_that_fit_are_not_changed():
    pixels = torch.randint(0, 256, (3, 1, 9, 9), dtype=torch.uint8)
    assert torch.equal(fitted(pixels, 1, 9), pixels)


def test_as_many_of_each_class_as_there_are_and_another_seed_draws_others():
    labels = torch.tensor([0, 1, 2] * 10 + [0, 0])
    found = drawn(labels, 4, 3)
    assert labels[found].bincount().tolist() == [4, 4, 4]
    assert found.tolist() == sorted(found.tolist())
    assert torch.equal(found, drawn(labels, 4, 3))
    assert not torch.equal(found, drawn(labels, 4, 4))
    assert len(drawn(labels, 100, 0)) == len(labels)


@pytest.mark.parametrize("kept", [range(0, 5), range(5, 10)])
def test_some_classes_of_a_data_set(kept):
    data = datasets.load("digits")
    found = classes_of(data, kept)
    assert found.classes == data.classes[kept.start : kept.stop]
    assert found.train_labels.bincount().tolist() == [400] * 5
    among = data.test_labels >= kept.start if kept.start else data.test_labels < kept.stop
    assert torch.equal(found.test_images, data.test_images[among])
    assert torch.equal(found.test_labels + kept.start, data.test_labels[among])
