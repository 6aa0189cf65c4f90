"""Random layers against torch, torchvision and the papers' formulas, forward and gradient."""

import itertools

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.ops import StochasticDepth as Reference

from lab.errors import UserError
from lab.networks import architecture, models, weights
from lab.networks.layers import layers
from lab.networks.stochastic import (
    DropConnect,
    Dropout,
    FractionalMaxPool,
    StochasticDepth,
    fractional_size,
    linear_decay,
    region_starts,
    sampling,
    set_rate,
)


def outcome(layer, x, seed=0):
    """(output, gradient of the input) of a pass with random numbers from `seed`."""
    torch.manual_seed(seed)
    x = x.clone().requires_grad_()
    y = layer(x)
    (y * torch.arange(y.numel(), dtype=y.dtype).view_as(y)).sum().backward()
    return y.detach(), x.grad


@pytest.mark.parametrize("p", [0.0, 0.3, 0.9, 1.0])
def test_dropout_is_torchs(p):
    x = torch.rand(6, 50)
    for ours, theirs in zip(outcome(Dropout(p), x), outcome(nn.Dropout(p), x), strict=True):
        assert torch.equal(ours, theirs)
    layer = Dropout(p).eval()
    assert torch.equal(layer(x), x)


def test_dropout_remembers_what_it_kept_and_shares_it_where_asked():
    layer, x = Dropout(0.4), torch.rand(30, 40) + 0.1
    kept = layer(x) != 0
    assert torch.equal(layer.mask > 0, kept)
    assert not (kept == kept[0]).all()
    layer.shared = True
    kept = layer(x) != 0
    assert layer.mask.shape == (1, 40)
    assert (kept == kept[0]).all()
    assert 0 < kept[0].sum() < 40


def test_dropconnect_drops_weights_and_their_gradients():
    layer = DropConnect(20, 7, 0.3).double()
    x = torch.randn(5, 20, dtype=torch.float64)
    y, gradient = outcome(layer, x)
    thinned = layer.weight.detach() * layer.mask
    torch.testing.assert_close(y, x @ thinned.T + layer.bias.detach())
    out = torch.arange(35, dtype=torch.float64).view(5, 7)
    torch.testing.assert_close(gradient, out @ thinned)
    torch.testing.assert_close(layer.weight.grad, (out.T @ x) * layer.mask)
    torch.testing.assert_close(layer.bias.grad, out.sum(0))
    assert set(layer.mask.unique().tolist()) == {0, 1 / 0.7}
    layer.eval()
    torch.testing.assert_close(layer(x), F.linear(x, layer.weight, layer.bias))


@pytest.mark.parametrize("kind", ["dropout", "drop_connect", "depth"])
def test_on_average_training_is_the_whole_network(kind):
    """Which is the papers' rule, test output times the keep probability, in the other order."""
    x = torch.rand(1, 8, dtype=torch.float64)
    layer = {
        "dropout": Dropout(0.3),
        "drop_connect": DropConnect(8, 8, 0.3).double(),
        "depth": StochasticDepth(0.3),
    }[kind]
    torch.manual_seed(0)
    with torch.no_grad():
        passes = torch.cat([layer(x) for _ in range(4000)])
        whole = layer.eval()(x)
    error = passes.std(0) / 4000**0.5
    assert ((passes.mean(0) - whole[0]).abs() < 4 * error).all()
    # Undivided, as in the papers, a unit is kept with probability 0.7.
    if kind == "dropout":
        torch.testing.assert_close(0.7 * passes.max(0).values, whole[0])


@pytest.mark.parametrize("seed", range(6))
def test_stochastic_depth_is_torchvisions(seed):
    x = torch.rand(4, 3, 5, 5)
    ours, theirs = StochasticDepth(0.8, 0.5), Reference(0.4, "batch")
    for one, other in zip(outcome(ours, x, seed), outcome(theirs, x, seed), strict=True):
        torch.testing.assert_close(one, other)
    y, _ = outcome(ours, x, seed)
    assert ours.dropped == (not y.any())
    assert torch.equal(ours.eval()(x), x)


def test_stochastic_depth_drops_as_often_as_it_says():
    torch.manual_seed(0)
    layer, x, dropped = StochasticDepth(0.6, 0.5), torch.ones(1), 0
    for _ in range(2000):
        layer(x)
        dropped += layer.dropped
    assert dropped / 2000 == pytest.approx(0.3, abs=0.04)


def test_the_drop_rate_rises_linearly_to_the_last_block():
    parts = linear_decay(0.5, 4, 0, 2) + linear_decay(0.5, 4, 2, 2)
    assert [layer.p * layer.share for layer in parts] == [0.125, 0.25, 0.375, 0.5]


@pytest.mark.parametrize(("size", "kernel"), [(28, 2), (19, 2), (7, 2), (30, 3)])
def test_fractional_max_pooling_is_torchs(size, kernel, monkeypatch):
    monkeypatch.setattr(FractionalMaxPool, "KERNEL", kernel)
    layer, x = FractionalMaxPool(), torch.randn(3, 2, size, size + 4, dtype=torch.float64)
    count = fractional_size(size, layer.ratio), fractional_size(size + 4, layer.ratio)
    for seed in range(5):
        ours = outcome(layer, x, seed)
        torch.manual_seed(seed)
        # torch takes the sample of the columns first.
        drawn = torch.rand(2).flip(0).double().expand(3, 2, 2).contiguous()
        reference = nn.FractionalMaxPool2d(kernel, count, _random_samples=drawn)
        for one, other in zip(ours, outcome(reference, x), strict=True):
            assert torch.equal(one, other)


def test_pooling_regions_cover_all_and_move():
    layer, x = FractionalMaxPool(), torch.rand(1, 1, 28, 28)
    seen = set()
    for _ in range(20):
        layer(x)
        for starts in layer.starts:
            assert (starts[0], starts[-1]) == (0, 26)
            steps = [b - a for a, b in itertools.pairwise(starts)]
            assert set(steps) == {1, 2}
            seen.add(tuple(steps))
    assert len(seen) > 5
    fixed = FractionalMaxPool(random=False)
    assert torch.equal(fixed(x), layer.eval()(x))
    assert fixed.starts == (region_starts(28, 19, 2, None),) * 2
    even = [i * 26 / 18 for i in range(19)]
    assert fixed.starts[0] == [int(place + 0.5) for place in even]
    assert region_starts(28, 1, 2, 0.3) == [26]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_fractional_max_pooling_takes_either_layout(layout):
    x = torch.rand(2, 3, 9, 11)
    expected = FractionalMaxPool().eval()(x)
    torch.testing.assert_close(FractionalMaxPool().eval()(x.to(memory_format=layout)), expected)


# ---- networks ----------------------------------------------------------------------------------

ALL = {"dropout": 0.5, "drop_connect": 0.5, "stochastic_depth": 0.5, "fractional": True}


@pytest.mark.parametrize(("name", "count"), [("mlp", 2), ("cnn", 1), ("resnet", 1)])
def test_the_rate_of_dropout_can_be_set_while_it_trains(name, count):
    network = architecture.build(name, 1, 28, 10)
    x = torch.rand(20, 1, 28, 28)
    network.eval()
    found = [module for module in network.modules() if isinstance(module, nn.Dropout)]
    for module in found:
        module.training = True
    assert torch.equal(network(x), network(x))
    assert set_rate(network, 0.5) == len(found) == count
    assert not torch.equal(network(x), network(x))
    assert set_rate(architecture.build("lenet5", 1, 28, 10), 0.5) == 0
    with pytest.raises(ValueError, match="from 0 to 1"):
        set_rate(network, 1.5)


def test_layers_remember_training_alone_and_forget_where_nothing_is_dropped():
    network = architecture.build("residual_cnn", 1, 28, 10, **ALL | {"stochastic_depth": 1.0})
    images = torch.rand(4, 1, 28, 28)

    def remembered():
        parts = [getattr(network, name) for name in ("linear1", "dropout", "pool1")]
        blocks = [m.dropped for m in network.modules() if isinstance(m, StochasticDepth)]
        return parts[0].mask, parts[1].mask, parts[2].starts, blocks

    network(images)
    before = remembered()
    assert before[-1][-1]
    network.eval()(images)
    assert all(a is b for a, b in zip(before[:3], remembered()[:3], strict=True))
    assert remembered()[-1] == before[-1]
    network.train()
    for kind in (Dropout, DropConnect, StochasticDepth):
        set_rate(network, 0.0, kind)
    network(images)
    assert remembered()[:2] == (None, None)
    assert not any(remembered()[-1])


def test_a_kind_of_layer_is_set_alone():
    network = architecture.build("residual_cnn", 1, 28, 10)
    blocks = set_rate(network, 0.6, StochasticDepth)
    rates = [m.p for m in network.modules() if isinstance(m, (Dropout, DropConnect))]
    shares = [m.p * m.share for m in network.modules() if isinstance(m, StochasticDepth)]
    assert rates == [0, 0]
    assert shares == pytest.approx([0.6 * (i + 1) / blocks for i in range(blocks)])


def test_one_sample_is_one_network_for_all_images_and_leaves_no_trace():
    torch.manual_seed(0)
    network = architecture.build("residual_cnn", 1, 28, 10, **ALL)
    network.norm1.eval()
    modes = [module.training for module in network.modules()]
    before = {name: value.clone() for name, value in network.state_dict().items()}
    images = torch.rand(1, 1, 28, 28).expand(6, -1, -1, -1)
    with torch.no_grad():
        network.dropout(torch.rand(4, 256))
    mask, starts = network.dropout.mask, network.pool1.starts
    with torch.no_grad(), sampling(network):
        passes = [network(images) for _ in range(3)]
        # Neither the other images nor how many there are decide about one of them.
        torch.manual_seed(5)
        all_six = network(images)
        torch.manual_seed(5)
        torch.testing.assert_close(network(images[:2]), all_six[:2])
    for logits in passes:
        torch.testing.assert_close(logits, logits[:1].expand(6, -1))
    assert not torch.allclose(passes[0], passes[1])
    assert [module.training for module in network.modules()] == modes
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert not network.dropout.shared
    assert network.dropout.mask is mask
    assert network.pool1.starts is starts is None


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("cnn", "dropout", 1.5),
        ("mlp", "dropout", -0.1),
        ("residual_cnn", "drop_connect", 2.0),
        ("residual_cnn", "stochastic_depth", -1.0),
    ],
)
def test_a_rate_that_is_no_probability_is_said_in_one_line(name, option, value):
    with pytest.raises(UserError, match="probability") as caught:
        architecture.build(name, 1, 28, 10, **{option: value})
    assert "\n" not in str(caught.value)


def test_a_pooling_ratio_that_skips_pixels_is_refused():
    for ratio in (1.0, 2.5):
        with pytest.raises(ValueError, match="over 1 and up to 2"):
            FractionalMaxPool(ratio)


def test_layers_that_pass_their_input_on_are_not_listed(few_digits):
    classifier = models.build(models.card_for("residual_cnn", few_digits, 0, **ALL))
    found = [layer.name for layer in layers(classifier)]
    assert found[-3:] == ["linear1", "relu2", "logits"]
    assert "stage1.0" in found
    assert not any("drop" in name for name in found)


def test_a_network_comes_back_from_its_file(few_digits, tmp_path):
    classifier = models.build(models.card_for("residual_cnn", few_digits, 0, **ALL)).eval()
    again = weights.read(weights.save(classifier, tmp_path / "network")).eval()
    images = torch.rand(3, 1, 28, 28)
    assert again.card.arguments == ALL
    torch.testing.assert_close(again(images), classifier(images))
