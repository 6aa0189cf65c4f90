"""Data sets: their checks, devices, order and statistics."""

import re

import numpy as np
import pytest
import torch

from lab.datasets import Dataset, channel_statistics
from lab.datasets.dataset import by_turns
from lab.errors import UserError


def part(count, channels=1, size=4, classes=2):
    images = torch.zeros(count, channels, size, size, dtype=torch.uint8)
    return images, torch.arange(count) % classes


def dataset(train, test, classes=("a", "b")):
    return Dataset("made", "Made", classes, *train, *test, "nowhere")


def test_channels_and_size():
    data = dataset(part(4, 3, 5), part(2, 3, 5))
    assert (data.channels, data.size) == (3, (5, 5))


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ((part(4)[0].float(), part(4)[1]), part(2), "images must be uint8"),
        (part(4, channels=2), part(2), "images must be uint8"),
        ((part(4)[0][:, 0], part(4)[1]), part(2), "images must be uint8"),
        ((part(4)[0], part(4)[1].int()), part(2), "labels must be int64"),
        ((part(4)[0], part(3)[1]), part(2), "labels must be int64"),
        (part(4), part(0), "one or more"),
        (part(4), part(2, size=5), "test images"),
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


def test_statistics_are_those_of_each_channel():
    images = torch.randint(0, 256, (50, 3, 6, 6), dtype=torch.uint8)
    labels = torch.arange(50) % 2
    data = Dataset("x", "X", ("a", "b"), images, labels, images, labels, "")
    mean, std = channel_statistics(data)
    pixels = images.numpy() / 255
    assert mean == pytest.approx(pixels.mean((0, 2, 3)), abs=1e-5)
    assert std == pytest.approx(pixels.std((0, 2, 3)), abs=1e-3)


def test_shortened_it_trains_on_the_first_images_and_is_tested_on_all(digits):
    few = digits.shortened(20)
    assert torch.equal(few.train_images, digits.train_images[:20])
    assert few.train_labels.bincount().tolist() == [2] * 10
    assert few.test_images is digits.test_images
    assert len(digits.shortened(10**6).train_labels) == len(digits.train_labels)


def test_of_some_classes_both_parts_keep_the_images_of_those_in_order():
    images, labels = part(9, classes=3)
    images += torch.arange(9, dtype=torch.uint8).view(-1, 1, 1, 1)
    data = dataset((images, labels), (images, labels), ("a", "b", "c"))
    two = data.of_classes(2)
    assert two.classes == ("a", "b")
    for kept, of in (
        (two.train_images, two.train_labels),
        (two.test_images, two.test_labels),
    ):
        assert of.tolist() == [0, 1, 0, 1, 0, 1]
        assert kept[:, 0, 0, 0].tolist() == [0, 1, 3, 4, 6, 7]
    assert data.of_classes(5).classes == data.classes


def test_cropped_it_is_the_middle_of_each_image():
    images = torch.arange(2 * 36, dtype=torch.uint8).view(2, 1, 6, 6)
    labels = torch.tensor([0, 1])
    data = Dataset("made", "Made", ("a", "b"), images, labels, images, labels, "nowhere")
    small = data.cropped(4)
    assert small.size == (4, 4)
    assert torch.equal(small.train_images, images[:, :, 1:5, 1:5])
    assert torch.equal(small.test_images, small.train_images)
    assert small.train_images.is_contiguous()
    with pytest.raises(ValueError, match="smaller than 8 px"):
        data.cropped(8)
