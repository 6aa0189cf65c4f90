"""Overfitting put to use: what is shown of the race, and odd pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lab import catalog
from lab.exhibit import Frame, Knobs
from lab.exhibits.better_training._memorise_cards import (
    coded,
    contrasted,
    in_half,
    jpeg_as_good,
    outlined,
    part,
    prepared,
)
from lab.exhibits.better_training._memorise_race import Networks, PictureRace
from lab.exhibits.better_training.memorise import Parameters
from lab.media.pictures import Picture, embedded
from lab.networks.coordinate_networks import KINDS
from lab.training.coordinates import HIGHEST

PATH = "better_training/memorise"
QUICK = {"size": 32, "width": 16, "depth": 2, "steps": 12, "seeds": 2}


def run(workspace, picture=None, **values):
    """All that it shows together."""
    whole, statuses = Frame(), []
    given = {"pictures": [picture]} if picture else {}
    for frame in catalog.load(PATH).run(workspace, **given, **(QUICK | values)):
        whole = whole.then(frame)
        statuses += [frame.status] if frame.status else []
    return whole, statuses


# ---- the parts


def test_a_picture_is_scaled_down_and_never_up():
    assert prepared(embedded("chelsea"), 256).shape == (170, 256, 3)
    small = np.arange(4 * 7 * 3, dtype=np.uint8).reshape(4, 7, 3)
    assert (prepared(Picture("small", small), 256) == small).all()
    assert prepared(Picture("wide", np.zeros((2, 3000, 3), np.uint8)), 256).shape == (1, 256, 3)


def test_the_part_lies_around_the_place_and_inside_the_picture():
    assert part((100, 200), 8, 100, 50) == (87.5, 37.5, 25, 25)
    assert part((100, 200), 8, 0, 99) == (0, 75, 25, 25)
    assert part((100, 200), 2, 100, 50) == (50, 0, 100, 100)
    assert part((1, 200), 4, 199, 0) == (150, 0, 50, 1)
    assert part((1, 1), 32, 0, 0) == (0, 0, 1, 1)


def test_the_place_of_most_contrast_is_that_of_the_largest_variance():
    random = np.random.default_rng(0)
    pixels = np.repeat(random.integers(90, 110, (30, 48, 1)), 3, 2).astype(np.uint8)
    pixels[20:24, 30:34] = 255
    grey, radius = pixels[..., 0].astype(float), 3

    def variance(row, column):
        rows = slice(max(row - radius, 0), row + radius + 1)
        return grey[rows, max(column - radius, 0) : column + radius + 1].var()

    column, row = contrasted(pixels)
    every = [variance(i, j) for i in range(30) for j in range(48)]
    assert variance(row, column) == pytest.approx(max(every))
    assert contrasted(np.full((3, 4, 3), 77, np.uint8)) == (0, 0)


def test_the_outline_leaves_the_inside_as_it_is():
    pixels = np.full((20, 30, 3), 99, np.uint8)
    shown = outlined(pixels, (5.0, 4.0, 10.0, 8.0))
    assert (shown[6:10, 7:13] == 99).all()
    assert (shown[4, 5:15] == 255).all()
    assert (shown[3, 4:16] == 0).all()
    assert (shown[0] == 99).all()
    assert (pixels == 99).all()
    outlined(pixels[:1, :1], (0.0, 0.0, 1.0, 1.0))


def test_the_jpeg_is_the_smallest_that_is_as_good():
    pixels = prepared(embedded("coffee"), 64)
    size, quality = jpeg_as_good(pixels, 30.0)
    assert quality >= 30
    every = [coded(pixels, "JPEG", quality=q, subsampling=0, optimize=1) for q in range(1, 96)]
    assert size in [len(content) for content in every]
    worse, _ = jpeg_as_good(pixels, 25.0)
    assert worse < size
    assert jpeg_as_good(pixels, 99.0)[0] == len(every[-1])


def test_half_precision_is_that_of_the_weights():
    network = KINDS["sines"].build(8, 2)
    half = in_half(network)
    for one, other in zip(half.parameters(), network.parameters(), strict=True):
        assert torch.equal(one, other.half().float())
    assert not torch.equal(half.output.weight, network.output.weight)


def test_sines_learn_what_plain_relu_cannot():
    pixels = prepared(embedded("chelsea"), 48)
    networks = Networks(48, 3, 30.0, 10.0)
    race = PictureRace(pixels, networks, 250, range(1), torch.device("cpu"))
    list(race.run())
    sines, relu = (race.scores.mean("psnr", kind) for kind in ("sines", "relu"))
    assert sines > 28
    assert sines > relu + 6


# ---- the run


def test_metrics_say_what_the_cards_show(lab_of_few):
    whole, statuses = run(lab_of_few)
    metrics, outputs = whole.metrics, whole.outputs
    weights = 3 * 16 + 16 * 17 + 3 * 17
    height, width = prepared(lab_of_few.picture, 32).shape[:2]
    assert metrics["parameters"] == weights
    assert metrics["bits_per_pixel"] == pytest.approx(32 * weights / (height * width))
    assert metrics["psnr"] == metrics["psnr_sines"] == metrics["mean"][0]
    assert metrics["lead"] == pytest.approx(metrics["psnr_sines"] - metrics["psnr_relu"])
    assert metrics["seeds"] == 2
    sizes = dict(zip(outputs["bytes"].labels, outputs["bytes"].series["kB"], strict=True))
    assert sizes["raw RGB"] == pytest.approx(3 * height * width / 1000)
    assert next(v for k, v in sizes.items() if "32 bits" in k) == pytest.approx(4 * weights / 1000)
    assert next(v for k, v in sizes.items() if "16 bits" in k) == pytest.approx(2 * weights / 1000)
    x, _ = outputs["psnr"].series["Sines (SIREN)"]
    assert (x[0], x[-1]) == (0, 12)
    assert set(outputs["psnr"].bands) == {row.title for row in KINDS.values()}
    assert [image.shape for image in outputs["paintings"].images] == [(height, width, 3)] * 4
    assert statuses[-1].startswith("done: sines ")


def test_the_pointer_and_the_zoom_move_the_part(lab_of_few):
    knobs = Knobs(Parameters(**(QUICK | {"seeds": 1})), attended=True)
    frames = catalog.load(PATH).run(lab_of_few, knobs)

    def shown():
        whole = Frame()
        for frame in frames:
            whole = whole.then(frame)
            if frame.rest:
                return whole.outputs

    first = shown()
    knobs.now = replace(knobs.now, across=1, down=1)
    second = shown()
    assert set(second) == {"paintings", "enlarged"}
    assert (second["paintings"].images[1] == first["paintings"].images[1]).all()
    assert not (second["paintings"].images[0] == first["paintings"].images[0]).all()
    assert not (second["enlarged"].images[1] == first["enlarged"].images[1]).all()
    knobs.now = replace(knobs.now, zoom=2.0)
    assert "16 × 16 pixels" in shown()["enlarged"].title
    frames.close()


def test_the_part_follows_while_further_seeds_race(lab_of_few):
    knobs = Knobs(Parameters(**QUICK), attended=True)
    seen = 0
    for frame in catalog.load(PATH).run(lab_of_few, knobs):
        if seen == 0 and frame.progress is not None and frame.progress > 0.5:
            knobs.now, seen = replace(knobs.now, zoom=2.0), 1
        elif seen == 1 and "enlarged" in frame.outputs:
            assert frame.outputs["enlarged"].title.startswith("Beyond the pixels: 16 × 16")
            seen = 2
        if frame.rest:
            break
    assert seen == 2, "turned in the second race, and shown before the end"


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (2, 900), (900, 2)])
def test_odd_pictures_come_to_the_end(size, lab_of_few):
    random = np.random.default_rng(0)
    odd = Picture("odd", random.integers(0, 255, (*size, 3)).astype(np.uint8))
    whole, statuses = run(lab_of_few, odd)
    assert statuses[-1].startswith("done")
    assert np.isfinite(whole.metrics["mean"]).all()


@pytest.mark.parametrize("grey", [0, 77, 255])
def test_a_picture_of_one_colour_has_finite_figures(grey, lab_of_few):
    flat = Picture("flat", np.full((40, 40, 3), grey, np.uint8))
    whole, statuses = run(lab_of_few, flat, steps=60, seeds=1)
    assert all(15 < value <= HIGHEST for value in whole.metrics["mean"])
    assert statuses[-1].startswith("done")


def test_one_that_diverges_is_named_and_the_run_ends_well(lab_of_few, monkeypatch):
    rates = {"sines": 2e-3, "fourier": 2e-2, "relu": 1e25}
    monkeypatch.setattr("lab.exhibits.better_training._memorise_race.RATES", rates)
    whole, statuses = run(lab_of_few, seeds=1, steps=40)
    assert "Plain ReLU, seed 0: diverged" in statuses[-1]
    assert np.isnan(whole.metrics["psnr_relu"])
    assert np.isfinite(whole.metrics["psnr"])
    assert whole.outputs["table"].rows[2][1] == "diverged"
