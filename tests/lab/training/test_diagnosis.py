"""Which failure a curve looks like, on curves that everybody would read in the same way."""

import numpy as np
import pytest

from lab.training.diagnosis import diagnose

X = np.linspace(0, 1, 20)
FALLS = 2.3 * np.exp(-8 * X)
CHANCE = np.full(20, np.log(10))


def kind(train, test=None, **named):
    train = np.asarray(train, np.float64)
    found = diagnose(train, train + 0.1 if test is None else test, 10, **named)
    assert "\n" not in found.words
    return found.kind


def test_a_curve_that_falls_and_a_test_loss_that_follows():
    assert kind(FALLS) == "learns"


def test_a_diverged_one_is_told_with_its_step():
    assert diagnose(FALLS, FALLS, 10, diverged_at=1234).words == "diverged at step 1,234"
    assert kind(np.full(20, np.nan)) == "diverged"


def test_a_flat_one_at_the_loss_of_guessing():
    assert kind(CHANCE) == "chance"
    assert kind(CHANCE + 5000 * (np.arange(20) == 0)) == "thrown"
    # What is the loss of guessing depends on the number of classes.
    train = np.full(20, np.log(2))
    assert diagnose(train, train, 2).kind == "chance"
    assert diagnose(train, train, 10).kind != "chance"


def test_one_that_has_not_come_to_its_end():
    assert kind(2.3 - 0.8 * X) == "slow"


def test_one_that_levels_off_too_high():
    assert kind(1.2 + FALLS / 2) == "underfitting"
    assert kind(0.2 + FALLS / 2) == "learns"


def test_one_that_goes_up_and_down():
    noise = np.where(np.arange(20) % 2, 0.15, 0.0)
    assert kind(FALLS + noise) == "unstable"


def test_a_test_loss_that_rises_while_the_training_loss_falls():
    test = 0.3 + FALLS / 2 + 0.5 * X
    assert kind(FALLS, test) == "overfitting"
    found = diagnose(FALLS, test, 10)
    assert f"from {test.min():.2f} to {test[-1]:.2f}" in found.words
    # Both rise: that is no overfitting.
    assert kind(0.3 + FALLS + 0.5 * X, test) != "overfitting"


def test_checkpoints_that_were_not_measured_are_passed_over():
    train, test = FALLS.copy(), FALLS + 0.1
    train[3] = np.nan
    test[-1] = np.nan
    assert kind(train, test) == "learns"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_checkpoints_will_do(count):
    assert kind(CHANCE[:count]) == "chance"
    assert kind(FALLS[-count:]) == "learns"
