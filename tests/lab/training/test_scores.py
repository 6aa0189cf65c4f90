"""Scores over seeds and checkpoints, against plain NumPy."""

import numpy as np
import pytest

from lab.training.scores import Scores, spread


def filled():
    scores = Scores(["a", "b"], [5, 6, 7], [1.0, 2.0])
    for seed, values in {5: (0.1, 0.4), 6: (0.3, 0.8)}.items():
        for check, value in enumerate(values):
            scores.put("a", seed, check, {"accuracy": value})
    scores.put("a", 7, 0, {"accuracy": 0.5})
    return scores


def test_spread_is_that_of_a_sample():
    assert spread([1.0, 2.0, 4.0]) == pytest.approx(np.std([1, 2, 4], ddof=1))
    assert spread([3.0]) == spread([]) == 0.0


def test_each_checkpoint_counts_the_seeds_that_have_come_to_it():
    scores = filled()
    times, mean, around = scores.line("accuracy", "a")
    assert times.tolist() == [1.0, 2.0]
    assert mean == pytest.approx([0.3, 0.6])
    assert around == pytest.approx([np.std([0.1, 0.3, 0.5], ddof=1), np.std([0.4, 0.8], ddof=1)])
    assert scores.mean("accuracy", "a") == pytest.approx(0.6)
    assert scores.spread("accuracy", "a") == pytest.approx(np.std([0.4, 0.8], ddof=1))


def test_what_is_not_measured_yet_is_left_out():
    scores = filled()
    scores.put("b", 5, 0, {"accuracy": 0.2})
    times, mean, around = scores.line("accuracy", "b")
    assert (times.tolist(), mean.tolist(), np.isnan(around).tolist()) == ([1.0], [0.2], [True])
    assert len(scores.line("loss", "a")[0]) == 0
    assert np.isnan(scores.mean("loss", "a"))


def test_a_diverged_training_leaves_no_figure_from_there_on():
    scores = filled()
    scores.end("a", 6, 1)
    assert scores.line("accuracy", "a")[1][0] == pytest.approx(0.3)
    assert np.isnan(scores.mean("accuracy", "a"))
    assert np.isnan(scores.latest("accuracy", "a")).sum() == 1
