"""What hyperparameters do: each setting is what it says, and what is told comes from the curves."""

import math
import re

import numpy as np
import pytest
from torch import nn

from lab import catalog
from lab.exhibit import Frame, Knobs
from lab.exhibits.better_training._hyperparameters_cards import Cards
from lab.exhibits.better_training._hyperparameters_ways import (
    GALLERY,
    GROUPS,
    LETTERS,
    Way,
    comparison_of,
    labels_of,
    ways_of,
)
from lab.exhibits.better_training.hyperparameters import COMPARED, trainer_values
from lab.parameters import update
from lab.training.trainer import Trainer

EXHIBIT = "better_training/hyperparameters"


@pytest.fixture
def digits(lab_of_few):
    return lab_of_few.data("digits")


def told(lab, knobs=None, **values):
    """All that a run shows together, and its frames."""
    exhibit = catalog.load(EXHIBIT)
    frames = list(
        exhibit.run(lab, knobs, **(dict(exhibit.quick) | values if knobs is None else {}))
    )
    end = Frame()
    for frame in frames:
        end = end.then(frame)
    return end, frames


# ---- the settings ----------------------------------------------------------------------------


def test_every_choice_has_two_to_six_ways_with_one_that_is_the_base():
    assert set(COMPARED) == {*GROUPS, "gallery"}
    for group in COMPARED:
        assert 2 <= len(ways_of(group, 0)) <= 6
    for group, ways in GROUPS.items():
        assert any(w == Way(w.label) for w in ways.values()) or group == "depth"


def test_a_way_changes_its_own_setting_and_nothing_else(digits):
    def made(way):
        trainer = way.trainer(3, digits, lambda: 0.02, 2)
        group = trainer.optimiser.param_groups[0]
        return trainer, group["lr"], trainer.model

    trainer, lr, model = made(Way(""))
    assert (lr, trainer.batch_size, trainer.total_steps, trainer.seed) == (0.02, 50, 4, 3)
    linear = [m for m in model.modules() if isinstance(m, nn.Linear)]
    assert [m.out_features for m in linear] == [256, 256, 10]
    assert made(Way("", lr=0.1))[1] == pytest.approx(0.002)
    assert made(Way("", batch_size=8))[0].batch_size == 8
    scaled = [m for m in made(Way("", scale=0.1))[2].modules() if isinstance(m, nn.Linear)]
    for one, other in zip(linear, scaled, strict=True):
        np.testing.assert_allclose(
            other.weight.detach().numpy(), 0.1 * one.weight.detach().numpy(), rtol=1e-6
        )
    deep = [m for m in made(Way("", depth=5, hidden=16))[2].modules() if isinstance(m, nn.Linear)]
    assert [m.out_features for m in deep] == [16] * 5 + [10]
    few = made(Way("", share=1 / 4))[0]
    assert len(few.data.train_labels) == 30
    assert few.batch_size == 10
    assert len(few.data.test_labels) == len(digits.test_labels)


def test_labels_say_what_the_settings_come_to(digits):
    labels = labels_of(ways_of("lr", 0), digits, 0.02)
    assert list(labels.values()) == ["lr 0.0001", "lr 0.001", "lr 0.02", "lr 0.1", "lr 1"]
    assert labels_of(ways_of("images", 0), digits, 0.02)["share_6"] == "20 images"


# ---- the gallery -----------------------------------------------------------------------------


def test_the_gallery_is_shuffled_by_the_seed():
    orders = {tuple(way.label for way in ways_of("gallery", seed).values()) for seed in range(8)}
    assert len(orders) > 4
    for seed in range(8):
        ways = ways_of("gallery", seed)
        assert "".join(ways) == LETTERS
        assert sorted(w.label for w in ways.values()) == sorted(w.label for w in GALLERY)
    assert ways_of("gallery", 3) == ways_of("gallery", 3)


def test_nothing_shows_the_answers_before_they_are_revealed(lab_of_few, digits):
    end, _ = told(lab_of_few, group="gallery", images=120)
    labels = labels_of(ways_of("gallery", 0), digits, 0.02)
    for name in ("loss", "test_loss", "accuracy"):
        assert list(end.outputs[name].series) == list(LETTERS)
    assert [row[:2] for row in end.outputs["table"].rows] == [(f"{x}: ?", "?") for x in LETTERS]
    end, _ = told(lab_of_few, group="gallery", images=120, revealed=("A", "C"))
    rows = end.outputs["table"].rows
    assert [row[0] for row in rows[:3]] == [f"A: {labels['A']}", "B: ?", f"C: {labels['C']}"]
    assert rows[0][1] != "?"
    assert rows[1][1] == "?"


def test_curves_are_revealed_while_it_runs_and_when_it_rests(lab_of_few):
    exhibit = catalog.load(EXHIBIT)
    values = update(exhibit.parameters(), {**exhibit.quick, "group": "gallery"})
    knobs, shown, rested = Knobs(values, attended=True), [], False
    for frame in exhibit.run(lab_of_few, knobs):
        if "table" in frame.outputs:
            shown.append(frame.outputs["table"].rows[0][0])
            if len(shown) == 1:
                knobs.now = update(knobs.now, {"revealed": ("A",)})
        if frame.rest:
            if rested:
                break
            rested = True
            knobs.now = update(knobs.now, {"revealed": ()})
    assert shown[0] == "A: ?"
    assert shown[1] != "A: ?"
    assert shown[-1] == "A: ?"


# ---- what the races tell ---------------------------------------------------------------------


def test_a_training_that_diverges_is_drawn_to_its_end_and_told(lab_of_few, held_clock):
    held_clock.tick = 1.0
    end, _ = told(lab_of_few, group="lr", lr=1.0, images=120, epochs=6, seeds=2)
    loss = end.outputs["loss"]
    name, step = re.match(r"Training loss: (lr \d+) diverged at step (\d+)", loss.title).groups()
    _, y = loss.series[name]
    cut = 2 * math.log(10)
    assert np.isfinite(y[: int(step) - 1]).all()
    assert y[int(step) - 2] == pytest.approx(cut)
    assert all(value == pytest.approx(cut) or math.isnan(value) for value in y[int(step) - 1 :])
    assert "lr 50 diverged at step" in end.status
    assert end.metrics["diverged"] >= 1
    assert np.isnan(end.metrics["test_accuracy_lr_huge"])
    row = next(row for row in end.outputs["table"].rows if row[0] == "lr 50")
    assert row[1].startswith("diverged at step")
    assert row[2] == "diverged (2 of 2)"
    # The others go on to their end.
    assert len(loss.series["lr 0.005"][1]) == 12
    assert end.progress == 1


def test_a_looks_is_not_told_before_the_first_race_is_over(digits):
    ways = {"zero": Way("all zero", scale=0), "base": Way("base")}
    comparison = comparison_of(ways, digits, 0.02, 3, [0, 1])
    labels = labels_of(ways, digits, 0.02)
    cards, looks = Cards(comparison, labels, "Initialisation", 10), []
    for event in comparison.run():
        if hasattr(event, "number"):
            frame = cards.checked(event, ())
            table = frame.outputs["table"]
            looks.append(table.rows[0][1])
            assert table.columns[0] == "Initialisation"
    first = len(looks) // 2
    assert set(looks[: first - 1]) == {"…"}
    assert set(looks[first - 1 :]) == {"stays at 2.30, as guessing"}
    assert comparison.scores.mean("test_loss", "zero") == pytest.approx(math.log(10), abs=0.01)


def test_every_step_of_the_first_race_is_drawn_once(lab_of_few):
    end, _ = told(lab_of_few, group="batch", images=120, epochs=2, seeds=2)
    drawn = {name: len(y) for name, (_, y) in end.outputs["loss"].series.items()}
    assert drawn == {"batch 8": 30, "batch 50": 4, "batch 200": 2, "batch 2,000": 2}


# ---- the range test --------------------------------------------------------------------------


def test_the_range_test_is_marked_with_its_reading_which_is_offered_to_the_trainer(lab_of_few):
    end, _ = told(lab_of_few, images=120)
    suggested = end.metrics["suggested_lr"]
    assert 1e-4 < suggested < 0.5
    curve = end.outputs["range"]
    assert curve.marker == suggested
    x, _ = curve.series[f"steepest descent: {suggested:.2g}"]
    assert x == pytest.approx([suggested])
    (handover,) = catalog.load(EXHIBIT).handovers
    values = catalog.load(EXHIBIT).parameters(data="photo_patches")
    given = handover.values(values, end.metrics)
    assert given["lr"] == suggested
    assert given["data"] == "photo_patches"
    taken = update(catalog.load(handover.path).parameters(), given)
    assert (taken.network, taken.optimiser, taken.batch_size) == ("mlp", "sgd", 50)


def test_the_range_test_is_made_with_the_network_that_the_trainer_is_set_to(digits):
    trainer = Way("").trainer(0, digits, lambda: 0.1, 1)
    given = trainer_values(catalog.load(EXHIBIT).parameters(), {"suggested_lr": 0.1})
    assert trainer.model.card.architecture == given["network"]
    assert isinstance(trainer, Trainer)
    assert trainer.batch_size == given["batch_size"]


@pytest.mark.parametrize("metrics", [{}, {"suggested_lr": math.nan}])
def test_without_a_reading_nothing_is_offered(metrics):
    assert trainer_values(catalog.load(EXHIBIT).parameters(), metrics) == {}


def test_a_reading_beyond_what_the_trainer_takes_is_limited():
    given = trainer_values(catalog.load(EXHIBIT).parameters(), {"suggested_lr": 4.0})
    assert given["lr"] == 1.0
