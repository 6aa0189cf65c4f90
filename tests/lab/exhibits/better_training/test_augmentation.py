"""The preview follows the controls; the race is between networks that differ in one thing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lab import catalog, parameters
from lab.augmentation import TRANSFORMS, Composition
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.better_training._augmentation_comparison import (
    WITH,
    WITHOUT,
    accuracies,
    comparison_of,
    errors,
)
from lab.exhibits.better_training._augmentation_preview import (
    ACROSS,
    COUNT,
    ROWS,
    SIZE,
    Preview,
    at_test_time,
    prepared,
)
from lab.exhibits.better_training.augmentation import Parameters, composition
from lab.media import pictures
from lab.media.pictures import Picture
from lab.training.comparison import Checkpoint
from lab.training.scores import Scores

QUICK = {"network": "mlp", "images": 100, "epochs": 2, "seeds": 2}
PATH = "better_training/augmentation"


def run(workspace, knobs):
    return catalog.load(PATH).run(workspace, knobs)


def preview_of(workspace, first, second):
    training = workspace.data("digits").train_images
    two = pictures.embedded(first), pictures.embedded(second)
    return Preview(*two, training, workspace.device, 0)


@pytest.fixture
def preview(workspace):
    return preview_of(workspace, "coffee", "chelsea")


def grid(preview, now, mix="none"):
    *breaths, shown = preview.photographs(now, mix)
    assert breaths
    assert not any(breaths)
    return np.stack(shown.images)


# ---- the preview -------------------------------------------------------------------------------


def test_without_a_transform_all_are_the_fixed_crop(preview):
    images = grid(preview, Composition(()))
    assert images.shape == (COUNT, *SIZE, 3)
    assert (images == images[0]).all()
    fixed = at_test_time(pictures.embedded("coffee")).images[1]
    assert (images[0] == fixed).all()


def test_no_two_are_the_same_and_a_slider_moves_them_without_a_shuffle(preview):
    a, again, b = (
        grid(preview, Composition(("rotation",), {"rotation": degrees}))
        for degrees in (20.0, 20.0, 20.5)
    )
    assert (a == again).all()
    assert len({image.tobytes() for image in a}) == COUNT
    each = np.abs(a.astype(int) - b).mean((1, 2, 3))
    between = np.abs(a[:-1].astype(int) - a[1:]).mean()
    assert 0 < each.max() < between / 3


@pytest.mark.parametrize("mix", ["mixup", "cutmix"])
def test_a_mixture_has_both_pictures(preview, mix, workspace):
    coffee = grid(preview, Composition(()))[0].astype(int)
    other = preview_of(workspace, "chelsea", "coffee")
    cat = grid(other, Composition(()))[0].astype(int)
    for image in grid(preview, Composition(()), mix).astype(int)[:6]:
        low, high = np.minimum(coffee, cat) - 1, np.maximum(coffee, cat) + 1
        assert ((image >= low) & (image <= high)).all()
    all_of_them = grid(preview, Composition(()), mix)
    assert len({image.tobytes() for image in all_of_them}) > COUNT / 2


def test_the_training_pictures_stand_above_what_becomes_of_them(preview, workspace):
    shown = preview.training(Composition(("rotation",)), "none")
    assert shown.columns == ACROSS
    assert len(shown.images) == ACROSS * (1 + ROWS)
    wanted = workspace.data("digits").train_images[:ACROSS, 0].numpy()
    assert (np.stack(shown.images)[:ACROSS, :, :, 0] == wanted).all()
    assert not (np.stack(shown.images)[ACROSS : 2 * ACROSS, :, :, 0] == wanted).all()


@pytest.mark.parametrize("size", [(1, 1), (8, 600), (600, 8), (300, 451)])
def test_any_picture_can_be_prepared(size):
    picture = Picture("odd", np.full((*size, 3), 77, np.uint8))
    found = prepared(picture)
    assert min(found.shape[2:]) == 256
    assert max(found.shape[2:]) <= 512
    torch.testing.assert_close(found, torch.full_like(found, 77 / 255))
    assert at_test_time(picture).images[1].shape == (*SIZE, 3)


# ---- the race ----------------------------------------------------------------------------------


def few(workspace, count=100):
    data = workspace.data("digits")
    return replace(
        data, train_images=data.train_images[:count], train_labels=data.train_labels[:count]
    )


def raced(workspace, augment, seeds=range(2)):
    comparison = comparison_of(
        few(workspace), "mlp", 2, seeds, augment, lambda images, labels: (images, labels)
    )
    checkpoints = sum(isinstance(event, Checkpoint) for event in comparison.run())
    assert checkpoints == 4 * len(seeds), "four steps: no more checkpoints than steps"
    return comparison


def test_where_nothing_is_changed_both_sides_come_out_the_same(workspace):
    scores = raced(workspace, lambda images: images).scores
    for measure in ("test_accuracy", "train_accuracy"):
        assert scores.at(measure, WITHOUT).tolist() == scores.at(measure, WITH).tolist()
    assert len(set(scores.at("test_accuracy", WITH))) == 2, "two seeds are two races"


def test_only_one_side_is_changed_and_only_in_training(workspace):
    plain = raced(workspace, lambda images: images)
    seen = []

    def black(images):
        seen.append(len(images))
        return torch.zeros_like(images)

    comparison = raced(workspace, black)
    for side, trainer in comparison.trainers.items():
        alike = [
            torch.equal(a, b)
            for a, b in zip(
                trainer.model.parameters(), plain.trainers[side].model.parameters(), strict=True
            )
        ]
        assert all(alike) == (side == WITHOUT)
    assert sum(seen) == 2 * 2 * 100
    without, with_black = (comparison.scores.mean("test_accuracy", s) for s in (WITHOUT, WITH))
    assert without > 2 * with_black


def test_figures_are_means_and_spreads():
    scores = Scores([WITHOUT, WITH], [0, 1], [1.0, 10.0])
    for side, found in {WITHOUT: (0.9, 0.94), WITH: (0.95, 0.97)}.items():
        for seed, accuracy in enumerate(found):
            scores.put(side, seed, 0, {"test_accuracy": 0.1, "train_accuracy": 0.1})
            scores.put(side, seed, 1, {"test_accuracy": accuracy, "train_accuracy": 0.99})
    series = accuracies(scores).series
    assert {name: y.tolist() for name, (_, y) in series.items()} == {
        "test, without": [pytest.approx(0.92)],
        "test, with": [pytest.approx(0.96)],
        "training, without": [0.99],
    }
    bars = errors(scores)
    assert bars.labels == ("seed 0", "seed 1", "mean")
    assert bars.series[WITH].tolist() == pytest.approx([0.05, 0.03, 0.04])
    assert bars.title == "Test error: without 8.0% ± 2.8, with 4.0% ± 1.4"
    assert (bars.low, bars.high) == (0, pytest.approx(0.1))


# ---- the exhibit -------------------------------------------------------------------------------


def test_without_a_screen_it_goes_all_the_way(workspace):
    frames = list(run(workspace, Knobs(Parameters(**QUICK))))
    metrics = {k: v for frame in frames for k, v in frame.metrics.items()}
    assert metrics["gain"] == pytest.approx(
        metrics["augmented_accuracy"] - metrics["plain_accuracy"]
    )
    assert 0.3 < metrics["plain_accuracy"] <= 1
    assert metrics["images_per_second"] > 0
    bars = next(f.outputs["seeds"] for f in reversed(frames) if "seeds" in f.outputs)
    assert bars.series[WITHOUT][-1] == pytest.approx(1 - metrics["plain_accuracy"])


def test_by_itself_it_rests_before_the_race_and_answers_to_the_sliders(workspace):
    knobs = Knobs(Parameters(**QUICK), attended=True, by_itself=True)
    frames = run(workspace, knobs)

    def until_it_rests():
        seen = {}
        for frame in frames:
            seen |= frame.outputs
            if frame.rest:
                return seen

    first = until_it_rests()
    assert first.keys() == {"fixed", "preview", "training"}
    knobs.now = replace(knobs.now, rotation=90.0)
    second = until_it_rests()
    assert second.keys() == {"preview", "training"}
    assert not all(
        (a == b).all()
        for a, b in zip(first["preview"].images, second["preview"].images, strict=True)
    )
    frames.close()


def test_a_slider_that_turns_in_the_race_is_shown_and_trained_on(workspace):
    def outcome(turned):
        knobs, shown = Knobs(Parameters(**QUICK)), 0
        metrics = {}
        for frame in run(workspace, knobs):
            shown += "preview" in frame.outputs
            metrics |= frame.metrics
            if turned and "accuracy" in frame.outputs:
                knobs.now = replace(knobs.now, rotation=180.0, noise=0.5)
        return shown, metrics

    (once, plain), (twice, changed) = outcome(False), outcome(True)
    assert (once, twice) == (1, 2)
    assert plain["plain_accuracy"] == changed["plain_accuracy"]
    assert plain["augmented_accuracy"] != changed["augmented_accuracy"]


def test_the_controls_say_what_is_done():
    now = Parameters(transforms=("flip", "hue"), hue=0.3, edges="zeros")
    assert composition(now).names == ("flip", "hue")
    assert composition(now).strengths["hue"] == 0.3
    assert composition(now).edges == "zeros"
    assert composition(replace(now, policy="augmix")).names == ("augmix",)
    assert set(TRANSFORMS) <= {field.name for field in parameters.describe(Parameters)}


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("transforms", "rotate", "did you mean rotation"),
        ("transforms", "hue,hue", "name hue once"),
        ("policy", "randaugment", "did you mean rand_augment"),
        ("crop", "0", "choose from 0.05 to 1"),
        ("images", "10", "choose from 50"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(name, value, advice):
    with pytest.raises(UserError, match=advice) as caught:
        parameters.parse(Parameters, {name: value})
    assert "\n" not in str(caught.value)
