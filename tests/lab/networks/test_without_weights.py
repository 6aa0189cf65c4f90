import torch
from torch import nn

from lab.networks.without_weights import WithoutWeights


def test_weights_have_no_memory_and_are_not_filled():
    before = torch.get_rng_state()
    with WithoutWeights():
        layer = nn.Linear(100_000, 100_000)  # 40 GB
        nn.init.trunc_normal_(layer.weight)
        table = torch.zeros(4, 4).normal_()
    assert layer.weight.is_meta
    assert table.is_meta
    assert torch.equal(torch.get_rng_state(), before)


def test_what_a_constructor_computes_is_computed():
    with WithoutWeights():
        widths = (torch.arange(4) * 2.5).tolist()
    assert widths == [0, 2.5, 5, 7.5]
    assert not torch.zeros(2).is_meta
