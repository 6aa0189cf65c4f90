"""Paintings: shapes, starts, objectives that change, colours that stay, layers nobody chose."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lab.errors import UserError
from lab.media import pictures
from lab.media.pictures import Picture
from lab.networks import models
from lab.style import luminance, neural_style
from lab.style.neural_style import StyleObjective, StyleTransfer, plan, shape_of, sizes

OBJECTIVE = StyleObjective(("stem.relu", "blocks.0.0"), ("blocks.1.1",), style_weight=20.0)


@pytest.fixture(scope="module")
def lite0():
    return models.load("efficientnet_lite0")


def pair(first="strokes", second="waves"):
    return pictures.embedded(first), pictures.embedded(second)


def begun(model, objective=OBJECTIVE, content="coffee", size=64, **options):
    return StyleTransfer(model, pictures.embedded(content), pair(), objective, size=size, **options)


def of_size(height, width):
    random = np.random.default_rng(0)
    return Picture("small", random.integers(0, 256, (height, width, 3)).astype(np.uint8))


def test_sizes_go_from_coarse_to_fine():
    assert sizes(64) == [64]
    assert sizes(128) == [128]
    assert sizes(384) == [128, 256, 384]
    assert sizes(1024) == [128, 256, 512, 1024]


def test_a_plan_spends_all_evaluations_most_of_them_at_the_last_size():
    assert plan(384, 160) == [(128, 40), (256, 80), (384, 160)]
    assert plan(64, 7) == [(64, 7)]
    assert plan(1024, 4) == [(128, 1), (256, 2), (512, 3), (1024, 4)]


@pytest.mark.parametrize(("height", "width"), [(8, 8), (8, 400), (30, 4000)])
def test_a_picture_too_small_or_narrow_is_told_in_one_line(lite0, height, width):
    with pytest.raises(UserError, match=f"small is {width} × {height} px, too small"):
        shape_of(of_size(height, width), 128)
    with pytest.raises(UserError, match="too small"):
        StyleTransfer(lite0, of_size(height, width), pair(), OBJECTIVE, size=128)
    with pytest.raises(UserError, match="too small"):
        StyleTransfer(lite0, pair()[0], (of_size(height, width), pair()[0]), OBJECTIVE, size=128)


def test_the_canvas_has_the_shape_of_the_content(lite0):
    painting = begun(lite0, size=64)
    assert painting.canvas.shape == (1, 3, 43, 64)
    assert painting.shown().shape == (43, 64, 3)
    painting.enlarge(96)
    assert painting.canvas.shape == (1, 3, 64, 96)
    assert painting.size == 96


def test_it_starts_from_the_content_the_style_or_noise(lite0):
    content, style, noise, other = (
        begun(lite0, start=start, seed=seed).canvas
        for start, seed in (("content", 0), ("style", 0), ("noise", 0), ("noise", 1))
    )
    wanted = neural_style.tensor_of(pictures.embedded("coffee"), (43, 64))
    assert torch.equal(content, wanted)
    assert content.shape == style.shape == noise.shape
    assert not torch.equal(noise, other)
    # The middle of the style, as large as fits: its mean colour is near the whole's.
    whole = pictures.embedded("strokes").pixels.mean((0, 1)) / 255
    assert torch.allclose(style.mean((0, 2, 3)), torch.tensor(whole).float(), atol=0.15)


def test_evaluations_lessen_what_is_lacking(lite0):
    painting = begun(lite0)
    first = painting.losses()
    assert float(first.content) == pytest.approx(0, abs=1e-6)
    noted = painting.evaluate(OBJECTIVE)
    assert float(noted.style) == pytest.approx(float(first.style), rel=1e-4)
    for _ in range(29):
        painting.evaluate(OBJECTIVE)
    assert painting.evaluations == 30
    assert float(painting.losses().style) < float(first.style) / 10
    assert float(painting.losses(painting.beginning()).style) == pytest.approx(float(first.style))


def test_adam_paints_too(lite0):
    objective = replace(OBJECTIVE, optimiser="adam")
    painting = begun(lite0, objective)
    first = float(painting.losses().style)
    for _ in range(30):
        painting.evaluate(objective)
    assert float(painting.losses().style) < first / 3


def test_what_is_painted_stays_within_what_can_be_shown(lite0):
    painting = begun(lite0, replace(OBJECTIVE, style_weight=500.0))
    for _ in range(40):
        painting.evaluate(painting.objective)
    beyond = painting.canvas - painting.canvas.clamp(0, 1)
    assert float(beyond.square().mean().sqrt()) < 0.06


@pytest.mark.parametrize(
    "change",
    [
        {"blend": 1.0},
        {"scale": 0.5},
        {"keep_colour": True},
        {"style_layers": ("blocks.1.1",)},
        {"content_layers": ("stem.relu",)},
        {"optimiser": "adam"},
    ],
)
def test_a_wish_may_change_while_it_is_painted(lite0, change):
    painting, objective = begun(lite0), replace(OBJECTIVE, **change)
    painting.evaluate(OBJECTIVE)
    before = painting.canvas
    painting.evaluate(objective)
    assert painting.objective == objective
    # It goes on from the same canvas, as one that had wanted this from the first would.
    other = begun(lite0, objective)
    other.canvas = before
    other.evaluate(objective)
    assert torch.allclose(painting.canvas, other.canvas, atol=1e-5)


def test_the_second_style_is_all_there_is_at_the_end_of_the_slider(lite0):
    blended = begun(lite0, replace(OBJECTIVE, blend=1.0))
    second = StyleTransfer(lite0, pictures.embedded("coffee"), pair("waves"), OBJECTIVE, size=64)
    found, wanted = blended.losses(), second.losses()
    assert float(found.style) == pytest.approx(float(wanted.style), rel=1e-4)


def test_kept_colours_are_the_contents(lite0):
    painting = begun(lite0, replace(OBJECTIVE, keep_colour=True))
    for _ in range(10):
        painting.evaluate(painting.objective)
    light = luminance.luminance(painting.canvas)
    shown = luminance.coloured(light, painting.beginning())
    assert np.abs(painting.shown() / 255 - shown[0].permute(1, 2, 0).numpy()).max() < 0.01
