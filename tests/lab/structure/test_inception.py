"""The arithmetic of Inception modules, against PyTorch's counter, torchvision and the paper."""

from itertools import pairwise

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import googlenet

from lab.networks.without_weights import WithoutWeights
from lab.structure.inception import GOOGLENET, Convolution, Inception, Widths, convolutions, cost

ODD = Widths(7, 3, 2, 5, 4, 6, 1)


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize(("widths", "size"), [*GOOGLENET.values(), (ODD, 9)])
def test_multiply_adds_are_those_of_the_flop_counter(widths, size, reduced):
    with torch.device("meta"):
        module = Inception(widths, reduced)
        maps = torch.empty(1, widths.inputs, size, size)
    with FlopCounterMode(display=False) as counter:
        result = module(maps)
    found = cost(widths, size, reduced)
    assert result.shape == (1, widths.outputs, size, size)
    assert 2 * found.total == counter.get_total_flops()
    assert found.parameters == sum(weights.numel() for weights in module.parameters())


def test_inception_3a_takes_what_the_paper_says():
    widths, size = GOOGLENET["3a"]
    found = cost(widths, size)
    # Table 1: 128M operations, 159K parameters.
    assert round(found.total / 1e6) == 128
    assert found.parameters // 1024 == 159
    five = cost(widths, size, reduced=False).multiply_adds["5 × 5"]
    assert five == 28 * 28 * 192 * 5 * 5 * 32 == 120_422_400
    assert found.multiply_adds["5 × 5"] == 28 * 28 * (192 * 16 + 16 * 5 * 5 * 32) == 12_443_648
    assert widths.outputs == 256
    assert widths.naive == 64 + 128 + 32 + 192


def test_the_nine_modules_are_as_wide_as_torchvisions():
    with WithoutWeights():
        network = googlenet(aux_logits=False, init_weights=False)
    for name, (widths, _) in GOOGLENET.items():
        module = getattr(network, f"inception{name}")
        theirs = [m for m in module.modules() if isinstance(m, torch.nn.Conv2d)]
        ours = list(convolutions(widths))
        assert [(c.in_channels, c.out_channels) for c in theirs] == [
            (c.inputs, c.outputs) for c in ours
        ]
    # Each takes what the one before it gives.
    all_ = list(GOOGLENET.values())
    for (before, _), (after, _) in pairwise(all_):
        assert after.inputs == before.outputs


def test_a_reduction_preserves_the_spatial_dimensions_and_changes_the_depth():
    # H x W x 32, as on the slide.
    each = Convolution("1 × 1", 1, 192, 32)
    layer = torch.nn.Conv2d(192, 32, 1, bias=False)
    maps = torch.randn(1, 192, 6, 8)
    result = layer(maps)
    assert result.shape == (1, 32, 6, 8)
    assert each.weights == layer.weight.numel()
    # It is one linear layer of the depth at every position.
    flat = maps.permute(0, 2, 3, 1) @ layer.weight[:, :, 0, 0].T
    torch.testing.assert_close(result, flat.permute(0, 3, 1, 2), rtol=1e-4, atol=1e-5)


def test_branches_are_concatenated_in_their_order():
    torch.manual_seed(0)
    module, maps = Inception(ODD), torch.randn(2, 7, 5, 5)
    parts = module(maps).split([ODD.one, ODD.three, ODD.five, ODD.pool], 1)
    pooled = torch.nn.functional.max_pool2d(maps, 3, 1, 1)
    expected = torch.nn.functional.conv2d(pooled, module.branches[3][1].weight).relu()
    torch.testing.assert_close(parts[3], expected)
    hidden = torch.nn.functional.conv2d(maps, module.branches[2][0].weight).relu()
    expected = torch.nn.functional.conv2d(hidden, module.branches[2][2].weight, padding=2).relu()
    torch.testing.assert_close(parts[2], expected)
