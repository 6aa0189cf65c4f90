"""Occlusion: what is hidden, in which order, and what is made of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lab import catalog, parameters
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.interpreting._occlusion_patch import filling, patch_for, stride_for
from lab.exhibits.interpreting.occlusion import five_classes
from lab.media import pictures
from lab.networks import models
from lab.networks.card import Card
from lab.occlusion.occlusion_map import coarse_to_fine
from lab.occlusion.progressive_map import Map, spread

SMALL = {"model": "alexnet-stem", "patch": 8, "stride": 8}


def final(workspace, **values):
    frame = None
    for later in catalog.load("interpreting/occlusion").run(workspace, **values):
        frame = frame.then(later) if frame else later
    return frame


def test_what_is_put_in_place_of_a_patch():
    image = torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0))
    assert (filling("grey", image, 0) == 0.5).all()
    assert torch.allclose(filling("mean", image, 0)[:, 3, 4], image.mean((1, 2)))
    noise = filling("noise", image, 1)
    assert torch.equal(noise, filling("noise", image, 1))
    assert not torch.equal(noise, filling("noise", image, 2))
    blurred = filling("blur", image, 0)
    assert blurred.std() < 0.5 * image.std()
    assert torch.allclose(blurred.mean((1, 2)), image.mean((1, 2)), atol=0.05)
    for kind in ("grey", "mean", "blur", "noise"):
        assert filling(kind, image, 0).shape == image.shape
        assert filling(kind, torch.rand(1, 1, 1), 0).shape == (1, 1, 1)


def test_what_is_not_measured_yet_takes_the_coarser_neighbours_value():
    values = np.full((5, 6, 1), np.nan, np.float32)
    values[::4, ::4, 0] = [[1, 2], [3, 4]]
    shown = spread(values)[:, :, 0]
    assert shown.tolist() == [[1, 1, 1, 1, 2, 2]] * 4 + [[3, 3, 3, 3, 4, 4]]
    values[0, 2, 0] = 9
    shown = spread(values)[:, :, 0]
    assert shown[:2].tolist() == [[1, 1, 9, 9, 2, 2]] * 2
    assert shown[2:4].tolist() == [[1, 1, 1, 1, 2, 2]] * 2


def test_the_passes_have_every_cell_once():
    cells = [cell for passed in coarse_to_fine(7, 5) for cell in passed]
    assert sorted(cells) == [(i, j) for i in range(7) for j in range(5)]


def test_the_class_that_is_asked_for_comes_first():
    probabilities = torch.tensor([0.1, 0.4, 0.05, 0.2, 0.02, 0.23])
    assert five_classes(probabilities, None).tolist() == [1, 5, 3, 0, 2]
    assert five_classes(probabilities, 4).tolist() == [4, 1, 5, 3, 0]
    assert five_classes(probabilities[:2], 0).tolist() == [0, 1]


def test_the_lowest_is_kept_with_its_place():
    found = Map([0, 4], [0, 4], torch.tensor([1, 0]), "logit")
    found.note([(0, 0), (1, 1)], torch.tensor([[0.0, 2.0], [0.0, -1.0]]))
    found.note([(0, 1)], torch.tensor([[0.0, 0.0]]))
    assert found.lowest == pytest.approx(1 / (1 + np.e))
    assert found.lowest_cell == (1, 1)
    assert found.values[1, 1].tolist() == [-1, 0]
    assert np.isnan(found.values[1, 0]).all()


def test_a_cell_of_the_map_lies_around_the_middle_of_its_patch():
    found = Map([0, 8, 16], [0, 4], torch.tensor([0]), "logit")
    left, top, width, height = found.extent(12)
    # Two columns 4 px apart, three rows 8 px apart; the first patch's middle is at (6, 6).
    assert (width, height) == (8, 24)
    assert (left + 2, top + 4) == (6, 6)


def test_the_map_is_the_networks_answer_with_the_patch_there(workspace):
    last = final(workspace, **SMALL, fill="grey", output="probability")
    heat = last.outputs["map"]
    assert heat.heat.shape == (5, 5)
    assert heat.extent == (0, 0, 40, 40)
    model = workspace.shelf.get("alexnet-stem")
    pixels = model.prepare(workspace.picture.pixels)
    pixels[:, :, 16:24, 8:16] = 0.5
    with torch.no_grad():
        probabilities = model(pixels).softmax(1)[0]
    name = heat.title.split(" of ")[-1]
    index = model.classes.index(name)
    assert heat.heat[2, 1] == pytest.approx(probabilities[index].item(), abs=1e-4)
    assert last.metrics["positions"] == 25
    assert last.metrics["lowest_probability"] == pytest.approx(heat.heat.min(), abs=1e-6)
    row, column = np.unravel_index(heat.heat.argmin(), (5, 5))
    assert last.metrics["lowest_at"] == [row * 8 + 4, column * 8 + 4]
    assert 0 < last.metrics["seconds_to_first_map"] <= last.metrics["seconds"]


def test_the_patch_follows_the_pointer_and_stays_inside(workspace):
    exhibit = catalog.load("interpreting/occlusion")
    knobs = Knobs(exhibit.parameters(**SMALL), attended=True)
    frames = exhibit.run(workspace, knobs)
    while not next(frames).rest:
        pass
    for across, down, box in ((20, 30, (16, 26, 8, 8)), (39, 0, (32, 0, 8, 8))):
        knobs.now = exhibit.parameters(**SMALL, across=across, down=down)
        frame = next(frames)
        assert frame.rest
        assert frame.outputs["map"].box == box
        picture = frame.outputs["hidden"].images[0]
        left, top = box[:2]
        assert (picture[top : top + 8, left : left + 8] == 128).all()
    knobs.now = exhibit.parameters(**SMALL, across=39, down=0, opacity=0.25)
    assert next(frames).outputs["map"].opacity == 0.25
    frames.close()


def test_a_network_of_two_classes_has_no_third_map(workspace):
    card = Card("two", "Two", "cnn", ("a", "b"), 1, 28, (0.5,), (0.5,))
    name = workspace.shelf.put(models.build(card), "Two")
    last = final(workspace, model=name, patch=7, stride=7)
    assert last.outputs["map3"].title == "No further class"
    workspace.shelf.remove(name)


def test_hiding_a_place_on_the_cat_lowers_the_cat_most(workspace):
    cat = replace(workspace, pictures=(pictures.embedded("chelsea"),))
    last = final(cat, patch=64, stride=32)
    assert "cat" in last.outputs["map"].title
    row, column = last.metrics["lowest_at"]
    assert 32 <= row <= 192
    assert 32 <= column <= 192
    assert last.metrics["lowest_probability"] < last.metrics["baseline_probability"]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"patch": 41}, "a patch of 41 px does not fit an image of 40 × 40 px"),
        ({"patch": 0}, "patch=0: choose from 1 to 512 px"),
        ({"stride": 0}, "stride=0: choose from 1 to 256 px"),
        ({"target": "zebra"}, "target=zebra: "),
        ({"fill": "water"}, "fill=water: choose from grey, mean"),
    ],
)
def test_bad_input_is_told_in_one_line(values, line, workspace):
    with pytest.raises(UserError, match=line) as caught:
        final(workspace, **(SMALL | values))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("size", "patch", "stride"), [(224, 32, 8), (40, 6, 1), (28, 4, 1)])
def test_the_patch_fits_the_networks_own_picture(workspace, size, patch, stride):
    assert (patch_for(3, size), stride_for(3, size)) == (patch, stride)
    names = {224: "efficientnet_lite0", 40: "alexnet-stem", 28: "digits-cnn"}
    exhibit = catalog.load("interpreting/occlusion")
    values = parameters.update(exhibit.parameters(), {"model": names[size]}, workspace.options)
    assert (values.patch, values.stride) == (patch, stride)


def test_a_network_of_digits_can_be_looked_into_at_once(workspace):
    last = final(workspace, model="digits-cnn")
    assert last.outputs["map"].heat.shape == (25, 25)
    assert last.metrics["lowest_probability"] < last.metrics["baseline_probability"]
