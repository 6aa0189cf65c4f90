"""Inception: what a slider changes, what a kernel sees, and bad input."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.architectures import _inception_cards as cards
from lab.exhibits.architectures._inception_drawing import HEIGHT, WIDTH
from lab.exhibits.architectures.inception import DEFAULT, Parameters
from lab.media.pictures import Picture, embedded
from lab.structure.inception import GOOGLENET, cost

PATH = "architectures/inception"


def last(workspace, **changes):
    exhibit = catalog.load(PATH)
    knobs = Knobs(replace(exhibit.parameters(), **changes))
    *_, frame = exhibit.run(workspace, knobs)
    return frame


def test_by_default_it_is_inception_3a(workspace):
    frame = last(workspace)
    assert frame.metrics["multiply_adds"] == 128_049_152
    assert frame.metrics["multiply_adds_without"] == 28**2 * (
        192 * 64 + 192 * 9 * 128 + 192 * 25 * 32 + 192 * 32
    )
    assert frame.metrics["saving_5x5"] == pytest.approx(120_422_400 / 12_443_648)
    assert frame.metrics["depth"] == 256
    assert frame.metrics["depth_naive"] == 416
    graph = frame.outputs["module"]
    assert graph.nodes["output"] == "concat\n28×28×256"
    assert graph.nodes["5 × 5 reduction"].startswith("1 × 1 conv\n28×28×16\n2.4 M")
    # Input, six convolutions, the pooling, the concatenation.
    assert len(graph.nodes) == 9
    assert [len(group) for group in graph.groups] == [1, 2, 2, 2]


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [("three_reduced", 32, "multiply_adds"), ("five", 64, "depth"), ("inputs", 256, "parameters"),
     ("size", 14, "multiply_adds"), ("one", 128, "depth"), ("pool", 8, "parameters")],
)  # fmt: skip
def test_a_slider_changes_what_it_says(workspace, name, value, changed):
    before, after = last(workspace).metrics, last(workspace, **{name: value}).metrics
    assert before[changed] != after[changed]
    if name == "size":
        assert after["multiply_adds"] * 4 == before["multiply_adds"]
        assert after["parameters"] == before["parameters"]
    if name == "three_reduced":
        assert after["multiply_adds_without"] == before["multiply_adds_without"]


def test_a_reduction_that_widens_costs_more_and_that_is_said(workspace):
    frame = last(workspace, inputs=8, five_reduced=64, three_reduced=64)
    assert frame.metrics["saving"] < 1
    assert "× more multiply-adds" in frame.status


def test_all_nine_modules_are_those_of_the_paper():
    bars, saving = cards.all_modules()
    assert len(bars.labels) == 9
    # Table 1, in millions: operations of each module.
    stated = [128, 304, 73, 88, 100, 119, 170, 54, 71]
    assert np.abs(bars.series["with"] - stated).max() < 4
    totals = [
        sum(cost(widths, size, reduced).total for widths, size in GOOGLENET.values())
        for reduced in (False, True)
    ]
    assert saving == pytest.approx(totals[0] / totals[1])


def test_a_kernel_sees_the_pixels_around_its_place():
    image = np.arange(9 * 9 * 3, dtype=np.uint8).reshape(9, 9, 3)
    assert (cards.patch(image, (4, 3), 1) == image[3:4, 4:5]).all()
    assert (cards.patch(image, (4, 3), 5) == image[1:6, 2:7]).all()
    corner = cards.patch(image, (0, 0), 3)
    assert not corner[0].any()
    assert not corner[:, 0].any()
    assert (corner[1:, 1:] == image[:2, :2]).all()


def test_the_window_follows_the_pointer(workspace):
    size = 28
    scale = cards.ENLARGED // size
    assert cards.place(-1, -1, size) == (14, 14)
    assert cards.place(3 * scale, 5 * scale + 2, size) == (3, 5)
    assert cards.place(1023, 1023, size) == (27, 27)
    before, after = last(workspace), last(workspace, across=3 * scale, down=5 * scale)
    assert (before.outputs["windows"].images[0] != after.outputs["windows"].images[0]).any()
    seen = after.outputs["maps"].images[2]
    image = cards.squared(embedded("coffee").pixels, size)
    assert (seen == image[3:8, 1:6]).all()


def test_the_middle_square_is_averaged_to_the_size():
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 10:50] = 200
    assert (cards.squared(pixels, 10) == 200).all()
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    means = noise.reshape(10, 4, 10, 4, 3).mean((1, 3))
    assert np.abs(cards.squared(noise, 10) - means).max() <= 0.5 + 1e-6


def test_fixed_feature_maps_stand_in_the_order_of_the_concatenation(workspace):
    shown = last(workspace).outputs["maps"]
    assert shown.columns == 4
    assert len(shown.images) == 12
    assert list(shown.captions[4:8]) == [
        "brightness", "vertical edge", "blob", "maximum of red"
    ]  # fmt: skip
    assert "fixed filters" in shown.title
    image = cards.squared(embedded("coffee").pixels, 28)
    brightness = image.mean(2)
    np.testing.assert_allclose(cards.fixed_maps(image)[0].values, brightness / 255, atol=1e-5)
    largest = ndimage.maximum_filter(image[:, :, 0], 3)
    assert (np.rint(cards.fixed_maps(image)[9].values * 255) == largest).all()


def test_without_its_weights_googlenet_has_fresh_ones_and_that_is_said(workspace):
    state = torch.random.get_rng_state()
    frame = last(workspace, weights="googlenet")
    assert "fresh weights" in frame.outputs["maps"].title
    assert "its own are not downloaded" in frame.status
    again = last(workspace, weights="googlenet")
    captions = frame.outputs["maps"].captions[4:]
    assert captions == again.outputs["maps"].captions[4:]
    numbers = [int(words.removeprefix("channel ")) for words in captions]
    # 64, 128, 32 and 32 channels behind one another.
    ends = (0, 64, 192, 224, 256)
    for i, number in enumerate(numbers):
        assert ends[i % 4] <= number < ends[i % 4 + 1]
    assert (torch.random.get_rng_state() == state).all()


def test_blocks_are_as_deep_as_their_channels():
    image = np.full((28, 28, 3), 90, np.uint8)
    maps = cards.fixed_maps(image)
    plain, reduced = cards.blocks(image, maps, DEFAULT, 28).images
    assert plain.shape == reduced.shape == (HEIGHT, WIDTH, 3)
    thin = cards.blocks(image, maps, replace(DEFAULT, five_reduced=1), 28)
    assert (thin.images[0] == plain).all()
    assert (thin.images[1] != reduced).any()


def test_bars_are_millions_and_thousands(workspace):
    bars = last(workspace).outputs["cost"]
    assert list(bars.labels) == ["3 × 3 (M)", "5 × 5 (M)", "module (M)", "weights (K)"]
    expected = 101.154816, 12.443648, 128.049152, 163.328
    np.testing.assert_allclose(bars.series["with"], expected)


def test_an_image_that_is_too_small_is_said_in_a_line(workspace):
    small = replace(workspace, pictures=(Picture("small", np.zeros((20, 40, 3), np.uint8)),))
    with pytest.raises(UserError, match="40 × 20 pixels: choose one of at least 28 × 28"):
        last(small)
    assert last(small, size=20).metrics["depth"] == 256


def test_the_parameters_are_the_papers():
    assert Parameters().widths == GOOGLENET["3a"][0]
    assert Parameters().size == GOOGLENET["3a"][1]
