"""Pooling, against PyTorch's layers."""

import pytest
import torch
from torch.nn import functional

from lab.occlusion import receptive_fields


@pytest.mark.parametrize(
    ("kernel", "stride"), [((3, 3), (1, 1)), ((3, 2), (2, 2)), ((2, 2), (2, 1))]
)
def test_the_separable_max_pooling_is_pytorchs(kernel, stride):
    x = torch.randn(2, 5, 11, 9, generator=torch.Generator().manual_seed(0))
    x[0, 0, 3, 3] = -torch.inf
    for layout in (torch.contiguous_format, torch.channels_last):
        given = x.to(memory_format=layout)
        assert torch.equal(
            receptive_fields.separable_max_pool(given, kernel, stride),
            functional.max_pool2d(given, kernel, stride),
        )


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_a_pooling_of_whole_maps_is_the_layers_own(ceil_mode):
    layer = torch.nn.MaxPool2d(3, 2, padding=1, ceil_mode=ceil_mode)
    x = torch.randn(2, 5, 10, 8, generator=torch.Generator().manual_seed(0))
    inside, _ = receptive_fields.pooling(layer)
    assert torch.equal(receptive_fields.pooled_whole(layer, inside)(x), layer(x))
