import pytest
import torch
from torch import nn
from torch.nn import functional

from lab.errors import UserError
from lab.networks import architecture


@pytest.mark.parametrize("size", [28, 40, 64])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", architecture.NETWORKS)
def test_every_network_maps_pictures_to_logits(name, channels, size):
    network = architecture.build(name, channels, size, 7).eval()
    assert network(torch.rand(1, channels, size, size)).shape == (1, 7)


@pytest.mark.parametrize("size", [29, 55, 96])
@pytest.mark.parametrize("name", architecture.NETWORKS)
def test_odd_sizes_fit(name, size):
    network = architecture.build(name, 3, size, 2).eval()
    assert network(torch.rand(1, 3, size, size)).shape == (1, 2)


@pytest.mark.parametrize("name", architecture.NETWORKS)
def test_every_weight_learns_and_nothing_works_in_place(name):
    torch.manual_seed(0)
    network = architecture.build(name, 1, 28, 10)
    loss = functional.cross_entropy(network(torch.rand(8, 1, 28, 28)), torch.arange(8))
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())
    assert not any(getattr(module, "inplace", False) for module in network.modules())


@pytest.mark.parametrize("name", architecture.NETWORKS)
def test_training_starts_near_chance(name):
    torch.manual_seed(0)
    network = architecture.build(name, 3, 32, 10)
    images, labels = torch.randn(20, 3, 32, 32), torch.arange(20) % 10
    loss = functional.cross_entropy(network(images), labels).item()
    assert loss == pytest.approx(torch.tensor(10.0).log().item(), abs=0.5)


@pytest.mark.parametrize(("batch_norm", "parameters"), [(False, 44_650), (True, 44_842)])
def test_the_lectures_networks_have_the_parameters_that_its_notebook_counts(batch_norm, parameters):
    network = architecture.build("lecture_cnn", 3, 32, 10, batch_norm=batch_norm)
    assert sum(weights.numel() for weights in network.parameters()) == parameters
    convolutions = [m for m in network if isinstance(m, nn.Conv2d)]
    told = [(m.in_channels, m.out_channels, *m.kernel_size, *m.stride) for m in convolutions]
    assert told == [(3, 32, 4, 4, 2, 2), (32, 64, 4, 4, 2, 2), (64, 10, 4, 4, 1, 1)]
    assert [m.padding for m in convolutions] == [(1, 1), (1, 1), (0, 0)]
    images = torch.rand(2, 3, 32, 32)
    network.eval()
    maps = network[: [*network._modules].index("mean")](images)
    assert maps.shape == (2, 10, 5, 5)
    torch.testing.assert_close(network(images), maps.mean((2, 3)))


def test_lenet5_has_the_weights_of_the_paper_but_for_its_full_second_layer():
    # LeCun et al., 1998: C1 156, C5 48,120, F6 10,164; C3 here sees all six maps.
    counts = {
        name: sum(p.numel() for p in layer.parameters())
        for name, layer in architecture.build("lenet5", 1, 28, 10).named_children()
    }
    assert (counts["conv1"], counts["linear1"], counts["linear2"]) == (156, 48_120, 10_164)
    assert counts["conv2"] == 16 * (6 * 25 + 1)


def test_resnet_with_three_blocks_is_the_papers_resnet_20():
    network = architecture.build("resnet", 3, 32, 10, blocks=3)
    main = [n for n, m in network.named_modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert len([name for name in main if "shortcut" not in name]) == 20


def test_the_shape_of_the_cnn_can_be_chosen():
    network = architecture.build("cnn", 1, 28, 10, batch_norm=False, kernel=3, width=8, hidden=16)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    assert network.conv1.weight.shape == (8, 1, 3, 3)
    assert network.linear1.weight.shape == (16, 16 * 7 * 7)


def test_dropout_leaves_out_hidden_units_in_training_alone_and_begins_with_the_same_weights():
    torch.manual_seed(0)
    plain = architecture.build("cnn", 1, 28, 10)
    torch.manual_seed(0)
    network = architecture.build("cnn", 1, 28, 10, dropout=0.5)
    weights = network.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in plain.state_dict().items())
    images = torch.rand(40, 1, 28, 28)
    torch.testing.assert_close(network.eval()(images), plain.eval()(images))
    network.dropout.train()
    seen = []
    network.dropout.register_forward_hook(lambda _, given, out: seen.extend((given[0], out)))
    network(images)
    kept = seen[1][seen[0] > 0] > 0
    assert kept.float().mean().item() == pytest.approx(0.5, abs=0.05)


def test_the_filters_of_alexnets_stem_begin_small_and_mean_the_same():
    torch.manual_seed(0)
    network = architecture.build("alexnet_stem", 3, 40, 12)
    network.dropout.eval()
    images = torch.randn(4, 3, 40, 40)
    logits = network(images).detach()
    with torch.no_grad():
        network.conv1.weight.mul_(10)
    assert network.conv1.weight.std().item() == pytest.approx((2 / (3 * 11 * 11)) ** 0.5, rel=0.05)
    torch.testing.assert_close(network(images).detach(), logits, atol=1e-4, rtol=1e-2)


@pytest.mark.parametrize(
    ("arguments", "options", "line"),
    [
        (("cn", 1, 28, 10), {}, "did you mean cnn?"),
        (("cnn", 2, 28, 10), {}, "choose 1 .grey. or 3"),
        (("cnn", 1, 27, 10), {}, "choose from 28 to 96 px"),
        (("cnn", 1, 97, 10), {}, "choose from 28 to 96 px"),
        (("cnn", 1, 28, 1), {}, "2 or more"),
        (("lenet5", 1, 28, 10), {"width": 3}, "unexpected keyword argument 'width'"),
        (("cnn", 1, 28, 10), {"width": -4}, "cannot be built"),
        (("cnn", 1, 28, 10), {"width": "wide"}, "cannot be built"),
    ],
)
def test_what_cannot_be_built_is_said_in_one_line(arguments, options, line):
    with pytest.raises(UserError, match=line) as caught:
        architecture.build(*arguments, **options)
    assert "\n" not in str(caught.value)
