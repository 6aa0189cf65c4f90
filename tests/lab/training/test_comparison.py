"""The comparison: each race as it would be alone, one seed after another, with what it measures."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lab.system.devices import RandomState
from lab.training.comparison import Checkpoint, Comparison, Step, test_figures
from lab.training.evaluation import evaluate
from lab.training.race import from_seed
from lab.training.trainer import OptimiserSettings, Trainer
from tests.lab.training.test_trainer import toy

test_figures.__test__ = False  # it is no test, whatever its name begins with


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Dropout(0.3), nn.Linear(16, 2))


def trainer(seed, *, lr=0.05, batch_size=16, epochs=2):
    return Trainer(
        from_seed(seed, network),
        toy(48),
        optimiser_name="sgd",
        settings=lambda: OptimiserSettings(lr, 0.0),
        batch_size=batch_size,
        epochs=epochs,
        schedule="constant",
        autocast=False,
        seed=seed,
    )


WAYS = {"plain": trainer, "slow": lambda seed: trainer(seed, lr=1e-4)}


def alone(way, seed):
    """(loss, accuracy) on the test images of what that way gives without the others."""
    runner = WAYS[way](seed)
    with RandomState(torch.device("cpu"), seed):
        list(runner.steps())
    *_, result = evaluate(runner.model, runner.data.test_images, runner.data.test_labels)
    return result.loss, result.accuracy


def test_the_final_figures_are_those_of_each_way_and_seed_alone():
    comparison = Comparison(WAYS, [3, 8], checks=2)
    list(comparison.run())
    for way in WAYS:
        expected = [alone(way, seed) for seed in (3, 8)]
        assert comparison.scores.at("test_loss", way).tolist() == [loss for loss, _ in expected]
        assert comparison.scores.at("test_accuracy", way).tolist() == [hits for _, hits in expected]


def test_seeds_follow_one_another_and_checkpoints_are_evenly_spread():
    comparison = Comparison(WAYS, [3, 8, 1], checks=3, with_start=True)
    events, shares = [], []
    for event in comparison.run():
        if isinstance(event, Checkpoint):
            events.append((event.seed, event.number, event.last))
            assert comparison.seed == event.seed
        elif isinstance(event, Step):
            shares.append(comparison.share)
    assert events == [(seed, n, n == 3) for seed in (3, 8, 1) for n in range(4)]
    assert comparison.scores.times.tolist() == pytest.approx([0, 2 / 3, 4 / 3, 2])
    assert len(shares) == 3 * 2 * 6
    assert shares == sorted(shares)
    assert comparison.share == 1


def test_training_figures_are_means_since_the_checkpoint_before():
    comparison = Comparison(WAYS, [3], checks=2)
    read = {way: [] for way in WAYS}
    for event in comparison.run():
        if isinstance(event, Step):
            for way, losses in comparison.read().items():
                read[way] += zip(losses.epochs, losses.loss, losses.accuracy, strict=True)
    for way, rows in read.items():
        epochs, loss, accuracy = map(np.array, zip(*rows, strict=True))
        assert epochs == pytest.approx(np.arange(1, 7) / 3)
        assert comparison.scores.at("train_loss", way, 0) == pytest.approx([loss[:3].mean()])
        assert comparison.scores.at("train_accuracy", way) == pytest.approx([accuracy[3:].mean()])


def test_what_is_lost_before_a_checkpoint_can_be_read_after_it():
    comparison = Comparison(WAYS, [3, 8], checks=3)
    read = {(way, seed): [] for way in WAYS for seed in (3, 8)}
    for event in comparison.run():
        if isinstance(event, Checkpoint) and event.number != 1:
            for way, losses in comparison.read().items():
                read[way, event.seed] += zip(losses.epochs, losses.loss, strict=True)
    for (way, seed), rows in read.items():
        epochs, loss = map(np.array, zip(*rows, strict=True))
        assert epochs == pytest.approx(np.arange(1, 7) / 3)
        assert np.mean(loss[-2:]) == pytest.approx(
            comparison.scores.at("train_loss", way)[[3, 8].index(seed)]
        )


def test_another_measure_is_told_which_way_it_is():
    def measure(way, trainer):
        yield None
        yield {"step": trainer.step + (100 if way == "slow" else 0)}

    comparison = Comparison(WAYS, [3], checks=2, measure=measure)
    list(comparison.run())
    assert comparison.scores.at("step", "plain", 0).tolist() == [3]
    assert comparison.scores.at("step", "slow").tolist() == [106]


@pytest.mark.parametrize("watched", [True, False])
def test_one_that_diverges_is_left_behind_and_the_others_go_on(watched):
    ways = {"wild": lambda seed: trainer(seed, lr=1e30), **WAYS}
    comparison = Comparison(ways, [3, 8], checks=3)
    for event in comparison.run():
        if watched and isinstance(event, Step):
            comparison.read()
    assert set(comparison.diverged) == {("wild", 3), ("wild", 8)}
    assert comparison.diverged["wild", 3] <= 3
    assert np.isnan(comparison.scores.at("test_loss", "wild")).all()
    assert comparison.scores.at("test_loss", "plain").tolist() == [
        alone("plain", seed)[0] for seed in (3, 8)
    ]


def test_where_all_diverge_it_comes_to_its_end():
    comparison = Comparison({"wild": lambda seed: trainer(seed, lr=1e30)}, [3, 8], checks=2)
    assert sum(isinstance(event, Checkpoint) for event in comparison.run()) == 4
    assert comparison.share == 1
    assert math.isnan(comparison.scores.mean("test_accuracy", "wild"))


def test_ways_of_different_length_meet_at_the_checkpoints():
    ways = {"plain": trainer, "large batches": lambda seed: trainer(seed, batch_size=24)}
    comparison = Comparison(ways, [3], checks=2)
    for event in comparison.run():
        if isinstance(event, Checkpoint):
            shares = [t.step / t.total_steps for t in comparison.trainers.values()]
            assert shares == [(event.number + 1) / 2] * 2
