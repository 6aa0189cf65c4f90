import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab.errors import UserError
from lab.networks import architecture
from lab.networks.deep_residual import (
    Block,
    Shortcut,
    blocks_of,
    branch_ratio,
    deep_network,
    responses,
)
from lab.networks.eval_mode import batch_statistics
from lab.training.race import from_seed


def network(**options):
    return from_seed(0, lambda: deep_network(1, 28, 10, **options))


@pytest.mark.parametrize("depth", [8, 20, 56])
def test_it_has_as_many_layers_with_weights_as_it_says_and_no_weights_in_its_shortcuts(depth):
    plain, residual = (network(depth=depth, residual=residual) for residual in (False, True))
    layers = [m for m in residual.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert len(layers) == depth
    assert len(blocks_of(residual)) == (depth - 2) / 2
    own, other = plain.state_dict(), residual.state_dict()
    assert all(torch.equal(own[name], other[name]) for name in own | other)


def test_resnet_20_of_the_papers_width_on_cifar_has_the_papers_parameters():
    # He et al., 2015, table 6: 0.27 M for 20 layers, 0.85 M for 56.
    counts = [
        sum(p.numel() for p in deep_network(3, 32, 10, depth=depth, width=16).parameters()) / 1e6
        for depth in (20, 56)
    ]
    assert counts == pytest.approx([0.27, 0.85], abs=0.005)


def test_option_a_takes_every_second_pixel_and_adds_channels_of_zeros():
    x = torch.randn(2, 3, 5, 7)
    made = Shortcut(3, 6, 2)(x)
    assert torch.equal(made[:, :3], x[:, :, ::2, ::2])
    assert not made[:, 3:].any()
    assert made.shape == (2, 6, 3, 4)
    assert Shortcut(3, 3, 1)(x) is x


@pytest.mark.parametrize("residual", [False, True])
def test_a_block_is_the_formula_forward_and_in_its_gradient(residual):
    torch.manual_seed(0)
    block = Block(4, 4, 1, residual=residual, batch_norm=True)
    x = torch.randn(5, 4, 6, 6, requires_grad=True)

    def reference(x):
        h = F.conv2d(x, block.conv1.weight, None, 1, 1)
        h = (h - h.mean((0, 2, 3), True)) / (h.var((0, 2, 3), False, True) + 1e-5).sqrt()
        h = F.conv2d(h.clamp(min=0), block.conv2.weight, None, 1, 1)
        h = (h - h.mean((0, 2, 3), True)) / (h.var((0, 2, 3), False, True) + 1e-5).sqrt()
        return (h + x if residual else h).clamp(min=0)

    weight = torch.randn(5, 4, 6, 6)
    torch.testing.assert_close(block(x), reference(x), atol=1e-5, rtol=1e-4)
    found, wanted = (
        torch.autograd.grad((f(x) * weight).sum(), [x, block.conv1.weight])
        for f in (block, reference)
    )
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=1e-3)


def test_without_normalisation_there_are_biases_in_its_place():
    made = network(depth=8, batch_norm=False)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in made.modules())
    assert all(m.bias is not None for m in made.modules() if isinstance(m, nn.Conv2d))


def test_another_depth_is_refused_in_one_line():
    with pytest.raises(UserError, match=r"depth 21 is not 6n \+ 2"):
        architecture.build("deep_resnet", 1, 28, 10, depth=21)


def test_the_branch_ratio_is_that_of_what_a_block_adds_to_what_it_passes_on():
    made, images = network(depth=8), torch.randn(6, 1, 28, 28)
    found = branch_ratio(made.eval(), images)
    h = made.relu1(made.norm1(made.conv1(images)))
    wanted = []
    with torch.no_grad():
        for block in blocks_of(made):
            branch = block.norm2(block.conv2(block.relu1(block.norm1(block.conv1(h)))))
            identity = block.shortcut(h)
            wanted.append((branch.norm() / identity.norm()).item())
            h = (branch + identity).clamp(min=0)
    assert found == pytest.approx(wanted, rel=1e-4)
    assert branch_ratio(network(depth=8, residual=False), images) == []
    blocks_of(made)[1].norm2.weight.data.zero_()
    assert branch_ratio(made, images)[1] == 0


def test_with_batch_statistics_the_responses_have_the_deviation_of_gamma():
    made, images = network(depth=8, residual=False), torch.randn(6, 1, 28, 28)
    blocks_of(made)[0].norm1.weight.data.fill_(3.0)
    before = {name: value.clone() for name, value in made.state_dict().items()}
    made.eval()
    with batch_statistics(made):
        found = responses(made, images)
    assert len(found) == 7
    assert found == pytest.approx([1, 3, 1, 1, 1, 1, 1], abs=0.01)
    assert not any(module.training for module in made.modules())
    assert made.norm1.track_running_stats
    assert all(torch.equal(before[name], value) for name, value in made.state_dict().items())
