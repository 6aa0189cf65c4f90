"""The lecture's two networks: what they are made of, and what is told of their race."""

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as reference

from lab import catalog
from lab.errors import Missing
from lab.exhibit import Frame, Knobs
from lab.exhibits.better_training import _notebook_race
from lab.exhibits.better_training._notebook_cards import Cards, augmented
from lab.exhibits.better_training._notebook_race import (
    NotebookRace,
    augmentation,
    in_its_shape,
    layer_table,
    network,
)
from lab.exhibits.better_training.notebook import chosen
from lab.networks.pixels import to_float
from lab.parameters import update
from lab.training.trainer import OptimiserSettings

EXHIBIT = "better_training/notebook"
LRS = {"stated": 1e-3, "other": 1e-5}


@pytest.fixture
def patches(lab_of_few):
    return in_its_shape(lab_of_few.data("photo_patches"))


def told(lab, **values):
    """All that a run shows together."""
    exhibit, end = catalog.load(EXHIBIT), Frame()
    for frame in exhibit.run(lab, **(dict(exhibit.quick) | values)):
        end = end.then(frame)
    return end


def test_the_photographs_come_in_the_shape_of_cifar_10(lab_of_few, patches):
    whole = lab_of_few.data("photo_patches")
    assert (len(patches.classes), patches.size, patches.channels) == (10, (32, 32), 3)
    assert patches.classes == whole.classes[:10]
    assert torch.equal(patches.train_images[0], whole.train_images[0, :, 4:36, 4:36])
    digits = lab_of_few.data("digits")
    assert in_its_shape(digits) is digits


def test_the_parameters_are_those_of_the_notebook_in_table_and_metrics(lab_of_few, patches):
    end = told(lab_of_few)
    assert end.metrics["parameters_first"] == 44_650
    assert end.metrics["parameters_second"] == 44_842
    rows = layer_table(*(network(patches, which, 0) for which in ("first", "second"))).rows
    assert [row[2:] for row in rows] == [
        ("1,568", "1,568"), ("–", "64"), ("32,832", "32,832"), ("–", "128"), ("10,250", "10,250"),
        ("–", "–"), ("44,650", "44,842"),
    ]  # fmt: skip
    assert [row[1] for row in rows[:5]] == [
        *2 * ["32 × 16 × 16"], *2 * ["64 × 8 × 8"], "10 × 5 × 5"
    ]  # fmt: skip
    assert rows == end.outputs["layers"].rows


def test_the_second_has_batch_normalisation_and_augmentation_the_first_has_neither(patches):
    race = NotebookRace(patches, LRS, 1, [4], lambda images: images * 0)
    for way, trainer in race.comparison.trainers.items():
        second = way.startswith("second")
        assert (trainer.augment is not None) == second
        norms = [m for m in trainer.model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        assert len(norms) == (2 if second else 0)
        assert isinstance(trainer.optimiser, torch.optim.Adam)
        group = trainer.optimiser.param_groups[0]
        assert (group["lr"], group["weight_decay"]) == (LRS[way.split("_")[1]], 0)
        assert trainer.batch_size == 64
    trainers = race.comparison.trainers
    for which in ("first", "second"):
        pair = [trainers[f"{which}_{rate}"].model.state_dict() for rate in LRS]
        assert all(torch.equal(value, pair[1][key]) for key, value in pair[0].items())


def test_the_augmentation_is_a_flip_and_the_jitter_of_torchvision():
    images = torch.rand(400, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    flipped = augmentation(0.0)(images, seed=0)
    same = [torch.allclose(a, b, atol=1e-5) for a, b in zip(flipped, images, strict=True)]
    turned = [
        torch.allclose(a, reference.horizontal_flip(b), atol=1e-5)
        for a, b in zip(flipped, images, strict=True)
    ]
    assert all(a != b for a, b in zip(same, turned, strict=True))
    assert 0.4 < np.mean(turned) < 0.6
    strengths = augmentation(1.0).strengths
    assert strengths == {"flip": 0.5, "brightness": 0.2, "contrast": 0.2, "saturation": 0.2,
                         "hue": 0.1}  # fmt: skip
    # Brightness multiplies by 0.8 to 1.2, and no more.
    grey = torch.full((400, 3, 4, 4), 0.5)
    factors = augmentation(1.0)(grey, seed=1).mean((1, 2, 3)) / 0.5
    assert factors.min().item() == pytest.approx(0.8, abs=0.01)
    assert factors.max().item() == pytest.approx(1.2, abs=0.01)
    assert augmentation(3.0).strengths["hue"] == pytest.approx(0.3)


def test_the_shown_batch_is_augmented_as_in_training_and_follows_the_jitter(patches):
    shown = augmented(patches, 1.0, 5)
    originals = np.stack(shown.images[: shown.columns])
    rows = np.stack(shown.images[shown.columns :])
    expected = augmentation(1.0)(
        to_float(torch.from_numpy(originals).permute(0, 3, 1, 2)).repeat(3, 1, 1, 1), seed=5
    )
    found = torch.from_numpy(rows).permute(0, 3, 1, 2) / 255
    torch.testing.assert_close(found, expected, atol=0.01, rtol=0)
    again = augmented(patches, 1.0, 5).images
    assert all(np.array_equal(a, b) for a, b in zip(shown.images, again, strict=True))
    stronger = augmented(patches, 2.0, 5).images
    assert not all(np.array_equal(a, b) for a, b in zip(shown.images, stronger, strict=True))


def test_what_is_printed_stands_beside_what_is_measured_and_the_nearest_is_found(patches):
    race = NotebookRace(patches, LRS, 1, [0], lambda images: images)
    cards, scores = Cards(race, patches, LRS), race.comparison.scores
    measured = {"first_stated": 0.7, "second_stated": 0.6, "first_other": 0.2, "second_other": 0.3}
    for way, value in measured.items():
        scores.put(way, 0, 0, {"test_accuracy": value})
    assert cards.nearest() == 1e-5
    assert cards.outcome() == (
        "test accuracy 0.700 and 0.600 at lr 0.001, 0.200 and 0.300 at lr 1e-05; "
        "printed: 0.244 and 0.283"
    )
    table = cards.table()
    assert table.title.endswith("nearest to lr 1e-05")
    assert [row[2] for row in table.rows] == ["0.244", "0.283", "0.244", "0.283"]
    scores.put("first_stated", 0, 0, {"test_accuracy": 0.25})
    scores.put("second_stated", 0, 0, {"test_accuracy": 0.28})
    assert cards.nearest() == 1e-3
    for way in measured:
        scores.end(way, 0, 0)
    assert cards.nearest() is None


def test_predictions_are_framed_by_how_many_are_right(patches):
    race = NotebookRace(patches, LRS, 1, [0], lambda images: images)
    labels = patches.test_labels
    right = torch.eye(10)[labels]
    wrong = right.roll(1, 1)
    race.probabilities = {"first_stated": right, "second_stated": right.clone()}
    race.probabilities["second_stated"][1:] = wrong[1:]
    race.probabilities["first_stated"] = torch.cat([right[:2], wrong[2:]])
    shown = Cards(race, patches, LRS).predictions()
    assert list(shown.tones) == ["good", "", *["bad"] * 4]
    name = patches.classes[labels[0]]
    assert shown.captions[0] == f"{name}\n{name}"
    assert "," in shown.captions[1]


def test_cifar_10_is_taken_where_it_was_downloaded_and_named_where_it_was_not(
    lab_of_few, monkeypatch
):
    assert chosen("digits") == "digits"
    monkeypatch.setattr("lab.system.downloads.present", lambda name: False)
    assert chosen("auto") == "photo_patches"
    with pytest.raises(Missing, match="download cifar10"):
        told(lab_of_few, data="cifar10")
    monkeypatch.setattr("lab.system.downloads.present", lambda name: True)
    assert chosen("auto") == "cifar10"


def test_other_data_are_taken_as_they_are(lab_of_few):
    end = told(lab_of_few, data="digits")
    assert end.metrics["parameters_first"] == 44_650 - 2 * 32 * 16


def test_a_training_that_diverges_is_told_and_the_run_ends_well(
    lab_of_few, held_clock, monkeypatch
):
    held_clock.tick = 1.0
    monkeypatch.setattr(
        _notebook_race, "OptimiserSettings", lambda lr, decay: OptimiserSettings(lr * 1e24, decay)
    )
    end = told(lab_of_few, epochs=4)
    assert "first, lr 0.001 diverged at step" in end.status
    assert "diverged at step" in end.outputs["loss"].title
    assert end.outputs["table"].rows[0][1] == "diverged"
    assert end.progress == 1


def test_the_jitter_changes_the_batch_that_is_shown_while_it_rests(lab_of_few):
    exhibit = catalog.load(EXHIBIT)
    knobs, shown = Knobs(update(exhibit.parameters(), exhibit.quick), attended=True), []
    for frame in exhibit.run(lab_of_few, knobs):
        if "augmented" in frame.outputs:
            shown.append(frame.outputs["augmented"].images)
        if frame.rest:
            if len(shown) > 1:
                break
            knobs.now = update(knobs.now, {"jitter": 3.0})
    assert not all(np.array_equal(a, b) for a, b in zip(shown[0], shown[-1], strict=True))
