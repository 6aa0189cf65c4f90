"""Eval mode for a while, and each module back in its own."""

import pytest
from torch import nn

from lab.networks.eval_mode import eval_mode


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
