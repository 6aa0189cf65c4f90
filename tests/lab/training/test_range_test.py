"""The range test: its learning rates, its smoothing and its reading, against closed forms."""

import numpy as np
import pytest
import torch
from torch import nn

from lab.training.range_test import RangeTest, rate_at, reading, smoothed
from lab.training.trainer import OptimiserSettings, Trainer
from tests.lab.training.test_trainer import toy

RATES = np.geomspace(1e-5, 10, 151)


def test_the_learning_rate_grows_by_a_constant_factor():
    rates = [rate_at(step, 151, 1e-5, 10) for step in range(151)]
    assert rates == pytest.approx(RATES)


def test_smoothing_is_a_weighted_mean_that_keeps_constants_and_lines():
    assert smoothed(np.full(40, 3.0), 4) == pytest.approx(np.full(40, 3.0))
    line = np.arange(60.0)
    assert smoothed(line, 3)[9:-9] == pytest.approx(line[9:-9])
    impulse = np.eye(1, 61, 30)[0]
    found = smoothed(impulse, 5)
    assert found.argmax() == 30
    assert found[30 + 5] / found[30] == pytest.approx(np.exp(-0.5))
    # At the end the weights of the steps that are there: by hand.
    values = np.random.default_rng(0).normal(size=30)
    weights = np.exp(-0.5 * (np.arange(30) / 2.0) ** 2) * (np.arange(30) <= 6)
    assert smoothed(values, 2)[0] == pytest.approx(np.average(values, weights=weights))


def test_the_steepest_descent_and_the_minimum_are_read():
    # A logistic fall around 1e-3, and a steep rise from 1e-1 on.
    x = np.log10(RATES)
    losses = 2.3 - 2 / (1 + np.exp(-4 * (x + 3))) + np.exp(8 * (x + 0.6))
    found = reading(RATES, losses)
    assert found.steepest == pytest.approx(1e-3, rel=0.1)
    assert found.minimum == pytest.approx(RATES[losses.argmin()])
    assert found.below_minimum == pytest.approx(found.minimum / 10)


@pytest.mark.parametrize(
    "losses",
    [
        np.full(151, 2.3),
        np.linspace(2.3, 9, 151),
        np.linspace(2.3, 2.25, 151),
        np.full(151, np.nan),
        np.array([2.3, 1.0]),
    ],
)
def test_a_loss_that_does_not_fall_has_no_reading(losses):
    assert reading(RATES[: len(losses)], losses) is None


def build(lr, seed=0):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 2))
    return Trainer(
        network,
        toy(48),
        optimiser_name="sgd",
        settings=lambda: OptimiserSettings(lr(), 0.0),
        batch_size=16,
        epochs=100,
        schedule="constant",
        autocast=False,
        seed=seed,
    )


def test_each_step_is_made_with_its_own_learning_rate():
    test, used = RangeTest(build, steps=20, low=1e-4, high=1e-2), []
    original = test.trainer.optimiser.step

    def step(*arguments):
        used.append(test.trainer.optimiser.param_groups[0]["lr"])
        return original(*arguments)

    test.trainer.optimiser.step = step
    list(test.run())
    assert used == pytest.approx(np.geomspace(1e-4, 1e-2, 20))
    assert test.rates == pytest.approx(used)
    assert len(test.losses) == len(test.smoothed) == 20
    assert test.share == 1


def test_it_ends_where_the_loss_explodes_or_is_nan_and_its_reading_is_below():
    test = RangeTest(build, steps=200, low=1e-4, high=1e6)
    list(test.run())
    assert test.trainer.step < 200
    assert np.isfinite(test.smoothed).all()
    found = test.reading()
    assert 1e-4 < found.steepest < found.minimum < test.rates[-1]


def test_a_network_that_is_lost_from_the_beginning_has_no_reading():
    test = RangeTest(build, steps=50, low=1e30, high=1e32)
    list(test.run())
    assert test.reading() is None
