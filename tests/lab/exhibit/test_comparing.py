"""What a comparison shows: bands, the table with mean and spread, the metrics."""

import numpy as np
import pytest

from lab.exhibit import Frame, Knobs
from lab.exhibit.comparing import final_metrics, final_table, mean_curve, raced
from lab.payloads import Note
from lab.training.comparison import Comparison
from lab.training.scores import Scores
from tests.lab.training.test_comparison import WAYS


def scores():
    found = Scores(["a", "b"], [0, 1], [1.0, 2.0])
    for way, (first, second) in {"a": (0.8, 0.9), "b": (0.5, 0.5)}.items():
        found.put(way, 0, 0, {"accuracy": first - 0.2})
        found.put(way, 0, 1, {"accuracy": first})
        found.put(way, 1, 0, {"accuracy": second - 0.2})
        found.put(way, 1, 1, {"accuracy": second})
    return found


def test_the_band_is_one_standard_deviation_to_each_side():
    curve = mean_curve(scores(), "accuracy", {"a": "Way A"})
    assert curve.replaces
    x, mean = curve.series["Way A"]
    low, high = curve.bands["Way A"]
    assert (x.tolist(), mean.tolist()) == ([1, 2], pytest.approx([0.65, 0.85]))
    assert high - low == pytest.approx([2 * np.std([0.8, 0.9], ddof=1)] * 2)


def test_the_rise_is_left_out_once_there_is_more():
    x, mean = mean_curve(scores(), "accuracy", {"a": "A"}, since=2.0).series["A"]
    assert (x.tolist(), mean.tolist()) == ([1, 2], pytest.approx([0.65, 0.85]))
    curve = mean_curve(scores(), "accuracy", {"a": "A"}, since=1.5)
    assert curve.series["A"][0].tolist() == [2]
    assert len(curve.bands["A"][0]) == 1


def test_one_seed_has_no_band():
    one = Scores(["a"], [0, 1], [1.0])
    one.put("a", 0, 0, {"accuracy": 0.5})
    assert not mean_curve(one, "accuracy", {"a": "A"}).bands
    assert final_table(one, {"accuracy": ("Accuracy", ".0%")}, {"a": "A"}).rows == (("A", "50%"),)


def test_the_table_has_mean_and_spread_and_says_what_diverged():
    found = scores()
    columns = {"accuracy": ("Accuracy", ".1%"), "loss": ("Loss", ".2f")}
    labels = {"a": "Way A", "b": "Way B"}
    table = final_table(found, columns, labels, "Way")
    assert table.columns == ("Way", "Accuracy", "Loss")
    assert table.rows[0] == ("Way A", "85.0% ± 7.1", "–")
    found.end("b", 1, 1)
    assert final_table(found, columns, labels).rows[1][1] == "diverged (1 of 2)"


def test_metrics_name_each_way_and_list_them_in_order():
    assert final_metrics(scores(), "accuracy") == {
        "accuracy_a": pytest.approx(0.85),
        "accuracy_b": pytest.approx(0.5),
        "mean": pytest.approx([0.85, 0.5]),
        "spread": pytest.approx([np.std([0.8, 0.9], ddof=1), 0]),
        "seeds": 2,
    }


def test_only_the_first_race_is_looked_at_and_all_are_checked(held_clock):
    looks, checks = [], []
    comparison = Comparison(WAYS, [3, 8], checks=2)
    knobs = Knobs(None)

    def look():
        looks.append(comparison.race_number)
        return Frame({"loss": Note("seen")})

    def checked(checkpoint):
        checks.append(checkpoint.seed)
        return Frame()

    progress = []
    for frame in raced(comparison, knobs, look, checked):
        held_clock.seconds += 1
        if frame.progress is not None:
            progress.append(frame.progress)
    assert set(looks) == {0}
    assert checks == [3, 3, 8, 8]
    assert progress == sorted(progress)
    assert progress[-1] == 1
