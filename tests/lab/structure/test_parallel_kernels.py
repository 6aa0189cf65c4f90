"""Fixed filters respond to what they are called after."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from lab.structure.inception import BRANCHES
from lab.structure.parallel_kernels import filters, responses


def maps(image):
    return {each.name: found for each, found in zip(filters(), responses(image), strict=True)}


def test_three_of_each_branch_in_order():
    assert [each.branch for each in filters()] == [name for name in BRANCHES for _ in range(3)]
    sizes = {each.branch: each.weights.shape[-1] for each in filters() if each.weights is not None}
    assert sizes == {"1 × 1": 1, "3 × 3": 3, "5 × 5": 5}


def test_they_are_correlations_and_maxima():
    image = torch.rand(3, 9, 11)
    for each, found in zip(filters(), responses(image), strict=True):
        if each.weights is None:
            expected = ndimage.maximum_filter(image[each.channel].numpy(), 3, mode="nearest")
        else:
            channels = zip(image.numpy(), each.weights.numpy(), strict=True)
            expected = sum(ndimage.correlate(c, w, mode="nearest") for c, w in channels)
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


def test_larger_kernels_do_not_respond_to_what_is_uniform():
    found = maps(torch.full((3, 8, 8), 0.7))
    for name in ("vertical edge", "horizontal edge", "spot", "blob", "stripes /", "stripes \\"):
        assert found[name].abs().max() < 1e-5


def test_a_point_wise_filter_sees_colour_and_no_neighbours():
    image = torch.zeros(3, 6, 6)
    image[0, 2, 3] = 1.0
    found = maps(image)["red − green"]
    assert found[2, 3] == 1
    assert found.abs().sum() == 1


@pytest.mark.parametrize("slope", [1, -1])
def test_stripes_are_found_in_their_own_direction(slope):
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    # Lines of constant x + y run like "/".
    wave = (0.5 + 0.5 * torch.cos(torch.pi / 2 * (x + slope * y) / 2**0.5)).expand(3, -1, -1)
    found = maps(wave)
    own, other = ("stripes /", "stripes \\")[::slope]
    assert found[own].std() > 3 * found[other].std()
