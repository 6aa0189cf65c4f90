"""Eval mode for a while, and each module back in its own."""

import pytest
import torch
from torch import nn

from lab.networks.eval_mode import batch_statistics, eval_mode


def modes(model):
    return [module.training for module in model.modules()]


def test_every_module_comes_back_to_its_own_mode():
    model = nn.Sequential(nn.Dropout(), nn.Sequential(nn.BatchNorm1d(2))).train()
    model[1].eval()
    before = modes(model)
    with eval_mode(model):
        assert not any(modes(model))
    assert modes(model) == before == [True, True, False, False]


def test_it_comes_back_after_an_error_too():
    model = nn.Dropout()
    with pytest.raises(RuntimeError), eval_mode(model):
        raise RuntimeError
    assert model.training


def test_batch_statistics_are_those_of_the_batch_and_nothing_is_left_of_them():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.BatchNorm1d(3, track_running_stats=False))
    model[0].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    x = torch.randn(50, 3) * 4 + 7
    with batch_statistics(model):
        torch.testing.assert_close(model[0](x).mean(0), torch.zeros(3), atol=1e-5, rtol=0)
    assert [module.training for module in model] == [False, True]
    assert [module.track_running_stats for module in model] == [True, False]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model[0](x).mean() > 5
