"""Patches of photographs: shapes, regions, always the same."""

import numpy as np
import pytest
import torch

from lab import datasets
from lab.datasets import photo_patches
from lab.media import pictures


@pytest.fixture(scope="module")
def patches():
    return datasets.load("photo_patches")


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
