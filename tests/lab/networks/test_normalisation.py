"""Normalisation layers, forward and gradient, against their formulas and torch's own."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab.networks import architecture, normalisation
from lab.networks.normalisation import (
    KINDS,
    BatchInstanceNorm2d,
    LocalResponseNorm,
    NoisyBatchNorm,
    SwitchableNorm2d,
    WeightNormConv2d,
    shared,
)

OWN = [BatchInstanceNorm2d, SwitchableNorm2d]


@pytest.fixture
def x():
    torch.manual_seed(0)
    return (torch.randn(4, 6, 5, 3, dtype=torch.float64) * 2 + 1).requires_grad_()


def same(layer, reference, x, parameters):
    """Output and all gradients of two functions of `x` and the same parameters."""
    weights = torch.randn_like(x)
    found, wanted = layer(x), reference(x)
    torch.testing.assert_close(found, wanted)
    ours = torch.autograd.grad((found * weights).sum(), [x, *parameters])
    theirs = torch.autograd.grad((wanted * weights).sum(), [x, *parameters])
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their)


def randomised(layer):
    """In float64, with parameters that are not those of the start."""
    layer = layer.double()
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            parameter.copy_(
                torch.rand_like(parameter) if name == "rho" else torch.randn_like(parameter)
            )
    return layer


def test_batch_instance_is_the_gated_sum_of_torchs_two(x):
    layer = randomised(BatchInstanceNorm2d(6))

    def reference(x):
        rho, gamma, beta = (p.view(1, -1, 1, 1) for p in (layer.rho, layer.weight, layer.bias))
        batch, instance = F.batch_norm(x, None, None, training=True), F.instance_norm(x)
        return (rho * batch + (1 - rho) * instance) * gamma + beta

    same(layer, reference, x, [layer.rho, layer.weight, layer.bias])


@pytest.mark.parametrize("rho", [0.0, 1.0])
def test_at_the_ends_of_its_gate_it_is_one_of_the_two(x, rho):
    layer = BatchInstanceNorm2d(6).double()
    with torch.no_grad():
        layer.rho.fill_(rho)
    wanted = F.batch_norm(x, None, None, training=True) if rho else F.instance_norm(x)
    torch.testing.assert_close(layer(x), wanted)


def test_the_gate_is_brought_back_between_0_and_1(x):
    layer = BatchInstanceNorm2d(6).double()
    with torch.no_grad():
        layer.rho.copy_(torch.tensor([-0.3, 0.0, 0.2, 0.9, 1.0, 1.7]))
    layer(x)
    assert layer.rho.tolist() == pytest.approx([0, 0, 0.2, 0.9, 1, 1])


def test_switchable_is_the_formula_of_the_paper(x):
    layer = randomised(SwitchableNorm2d(6))

    def reference(x):
        axes = ((2, 3), (1, 2, 3), (0, 2, 3))
        means = torch.cat([x.mean(a, keepdim=True).expand(4, 6, 1, 1)[None] for a in axes])
        variances = torch.cat(
            [x.var(a, correction=0, keepdim=True).expand(4, 6, 1, 1)[None] for a in axes]
        )
        mean = torch.einsum("k,kncij->ncij", layer.mean_weight.softmax(0), means)
        variance = torch.einsum("k,kncij->ncij", layer.var_weight.softmax(0), variances)
        out = (x - mean) / (variance + 1e-5).sqrt()
        return out * layer.weight.view(1, -1, 1, 1) + layer.bias.view(1, -1, 1, 1)

    same(layer, reference, x, list(layer.parameters()))


@pytest.mark.parametrize(
    ("index", "wanted"),
    [
        (0, F.instance_norm),
        (1, lambda x: F.layer_norm(x, x.shape[1:])),
        (2, lambda x: F.batch_norm(x, None, None, training=True)),
    ],
)
def test_switchable_with_one_weight_alone_is_torchs_layer(x, index, wanted):
    layer = SwitchableNorm2d(6).double()
    with torch.no_grad():
        for weight in (layer.mean_weight, layer.var_weight):
            weight.copy_(torch.where(torch.arange(3) == index, 50.0, -50.0))
    same(layer, wanted, x, [])


@pytest.mark.parametrize("kind", OWN)
def test_the_running_averages_are_those_of_torchs_batch_normalisation(kind, x):
    ours, theirs = kind(6).double(), nn.BatchNorm2d(6).double()
    for _ in range(3):
        ours(x)
        theirs(x)
        torch.testing.assert_close(ours.running_mean, theirs.running_mean)
        torch.testing.assert_close(ours.running_var, theirs.running_var)
    ours.eval()
    before = ours.running_mean.clone()
    ours(x)
    assert torch.equal(before, ours.running_mean)


def test_in_eval_mode_an_output_depends_on_no_other_image(x):
    for kind in OWN:
        layer = randomised(kind(6)).eval()
        layer.running_var.fill_(2.0)
        torch.testing.assert_close(layer(x)[:1], layer(x[:1]))
    gate = BatchInstanceNorm2d(6).double().eval()
    gate.running_mean.fill_(3.0)
    gate.running_var.fill_(4.0)
    torch.testing.assert_close(gate(x), (x - 3) / (4 + 1e-5) ** 0.5)


@pytest.mark.parametrize(("size", "beta"), [(5, 0.75), (4, 0.75), (3, 0.5), (1, 0.75)])
def test_local_response_is_torchs_with_its_alpha_per_value(x, size, beta):
    ours = LocalResponseNorm(size, 0.3, beta, 1.5)
    same(ours, nn.LocalResponseNorm(size, 0.3 * size, beta, 1.5), x, [])


def test_local_response_is_the_formula_of_the_paper(x):
    a = x.detach()
    out = LocalResponseNorm()(a)
    i = 1  # its neighbours are the channels 0 to 3
    wanted = a[:, i] / (2 + 1e-4 * (a[:, 0:4] ** 2).sum(1)) ** 0.75
    torch.testing.assert_close(out[:, i], wanted)


def test_weight_normalisation_is_torchs(x):
    ours = WeightNormConv2d(6, 4, 3, 1, 1).double()
    ours.keep_length()
    plain = nn.Conv2d(6, 4, 3, 1, 1).double()
    plain.load_state_dict({"weight": ours.weight, "bias": ours.bias})
    torch.testing.assert_close(ours(x), plain(x))  # at first the filters are v itself
    theirs = nn.utils.parametrizations.weight_norm(plain)
    with torch.no_grad():
        ours.g.copy_(torch.rand(4) + 0.5)
        theirs.parametrizations.weight.original0.copy_(ours.g.view(4, 1, 1, 1))
    lengths = ours.filters().flatten(1).norm(dim=1)
    torch.testing.assert_close(lengths, ours.g)
    weights = torch.randn(4, 4, 5, 3, dtype=torch.float64)
    g, v = theirs.parametrizations.weight.original0, theirs.parametrizations.weight.original1
    found = torch.autograd.grad((ours(x) * weights).sum(), [x, ours.g, ours.weight])
    wanted = torch.autograd.grad((theirs(x) * weights).sum(), [x, g, v])
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one.flatten(), other.flatten())
    # Only the direction of v counts, so that its gradient is at right angles to it.
    torch.testing.assert_close(
        (found[2] * ours.weight).sum((1, 2, 3)), torch.zeros(4, dtype=torch.float64)
    )


def test_bfloat16_is_normalised_in_float32():
    x = torch.randn(8, 4, 9, 9).mul(0.1).add(30).bfloat16()
    for kind in OWN:
        out = kind(4)(x)
        assert out.dtype == torch.bfloat16
        assert out.float().mean().item() == pytest.approx(0, abs=0.02)
        assert out.float().std().item() == pytest.approx(1, abs=0.05)


def test_the_noise_of_the_noisy_network_is_that_of_the_paper():
    torch.manual_seed(0)
    layer = NoisyBatchNorm(nn.BatchNorm1d(500, affine=False))
    x = torch.randn(4000, 500)
    clean, noisy = F.batch_norm(x, None, None, training=True), layer(x)
    # For each unit: mean in +-0.5, scale in [1, 1.25]; over images +-0.1 and a deviation of 0.1.
    means, stds = noisy.mean(0), noisy.std(0)
    assert 0.45 < means.abs().max() < 0.51
    assert means.std().item() == pytest.approx(1 / 12**0.5, rel=0.1)
    wanted = (1.125**2 + 0.25**2 / 12 + 0.1**2 + 0.1**2 / 3) ** 0.5
    assert stds.square().mean().sqrt().item() == pytest.approx(wanted, rel=0.01)
    assert (layer(x).mean(0) - means).std() > 0.3, "drawn anew for every pass"
    layer.share = 0.0
    torch.testing.assert_close(layer(x), clean)
    layer.share = 1.0
    layer.eval()
    layer.norm.momentum = None  # a plain average from here on
    torch.testing.assert_close(layer(x), layer.norm(x))


@pytest.mark.parametrize("kind", [*KINDS, "none"])
def test_what_is_said_to_be_averaged_is_what_a_value_depends_on(kind):
    torch.manual_seed(0)
    n, c, edge, at = 3, 8, 2, (1, 3, 2)
    layer = normalisation.normalisation(kind, c, groups=4).double()
    if kind == "batch_instance":
        with torch.no_grad():
            layer.rho.fill_(0.5)
    # Positive and not small: no gradient is 0 by chance.
    x = (torch.rand(n, c, edge, edge, dtype=torch.float64) + 0.5).requires_grad_()
    out = layer(x).flatten(2)[at]
    (slope,) = torch.autograd.grad(out, x)
    depends = slope.flatten(2) != 0
    masks = shared(kind, (n, c, edge * edge), at, groups=4)
    said = torch.zeros_like(depends)
    said[at] = True
    for mask in masks:
        said |= mask
    assert torch.equal(depends, said)
    assert len(masks) == {"batch_instance": 2, "switchable": 3, "weight": 0, "none": 0}.get(kind, 1)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="norm instanse: choose from none, batch, layer"):
        normalisation.normalisation("instanse", 8)
    assert [normalisation.groups_of(*n) for n in ((16, 4), (10, 4), (7, 4))] == [4, 2, 1]


@pytest.mark.parametrize("kind", [*KINDS, "none"])
def test_every_kind_can_be_trained_in_the_plain_cnn(kind):
    torch.manual_seed(0)
    network = architecture.build("plain_cnn", 1, 28, 10, norm=kind, depth=3, width=8)
    names = [*dict(network.named_children())]
    changes = kind not in ("none", "weight")
    assert ("norm1" in names) == changes
    if kind == "local_response":
        assert names.index("norm1") == names.index("relu1") + 1
    elif changes:
        assert names.index("norm1") == names.index("relu1") - 1
    loss = F.cross_entropy(network(torch.randn(8, 1, 28, 28)), torch.arange(8))
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_all_kinds_begin_with_the_same_filters():
    def build(kind):
        torch.manual_seed(3)
        return architecture.build("plain_cnn", 1, 28, 10, norm=kind, depth=2, width=8)

    plain = build("none").state_dict()
    for kind in KINDS:
        weights = build(kind).state_dict()
        for name in ("conv1.weight", "conv2.weight", "logits.weight"):
            assert torch.equal(weights[name], plain[name]), (kind, name)


def test_the_noise_belongs_to_networks_with_batch_normalisation():
    noisy = architecture.build("mlp", 1, 28, 10, sigmoid=True, batch_norm=True, noise=True)
    assert sum(isinstance(m, NoisyBatchNorm) for m in noisy) == 2
    assert sum(isinstance(m, nn.Sigmoid) for m in noisy) == 2
    deep = architecture.build("plain_cnn", 1, 28, 10, noise=True, depth=2)
    assert sum(isinstance(m, NoisyBatchNorm) for m in deep) == 2
