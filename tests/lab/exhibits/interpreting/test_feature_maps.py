"""Feature maps: strength and silence by hand, and that the frames show what the layers answered."""

import numpy as np
import pytest
import torch

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.interpreting.feature_maps import FeatureMapCards, picture_of, silent, strength
from lab.networks import layers, models
from lab.networks.card import Card


def test_strength_is_the_root_mean_square():
    maps = torch.tensor([[[3.0, 4.0]], [[0.0, 0.0]], [[-1.0, 1.0]]])
    assert strength(maps).tolist() == pytest.approx([np.sqrt(12.5), 0, 1])


def test_a_channel_that_is_the_same_everywhere_is_silent():
    maps = torch.stack([torch.zeros(3, 3), torch.full((3, 3), 7.0), torch.eye(3), -torch.eye(3)])
    assert silent(maps) == 0.5


def test_a_map_runs_from_dark_to_bright():
    drawn = picture_of(np.array([[-2, 3]], np.float32))
    assert drawn[0].tolist() == [[68, 1, 84], [253, 231, 37]]


def test_what_is_clicked_is_what_is_shown(workspace):
    exhibit = catalog.load("interpreting/feature_maps")
    model = workspace.shelf.get("alexnet-stem")
    first, _, layer, *_ = layers.layers(model)
    asked = exhibit.parameters(model="alexnet-stem", layer=layer.name, channel=3)
    knobs = Knobs(asked, attended=True)
    frames = exhibit.run(workspace, knobs)
    next(frames)
    frame = next(frames)
    assert frame.rest
    found = layers.activations(model, model.prepare(workspace.picture.pixels), [layer.name])
    maps = found[layer.name][0]
    fourth = maps[strength(maps).argsort(descending=True)[3]]
    assert np.array_equal(frame.outputs["enlarged"].heat, fourth.numpy())
    assert frame.outputs["layers"].selected == 2
    assert frame.outputs["channels"].selected == 3
    assert frame.metrics["channels"] == len(maps)
    assert frame.outputs["layers"].captions[2].split("\n")[0] == layer.name
    for name in ("auto", first.name):
        knobs.now = exhibit.parameters(model="alexnet-stem", layer=name)
        assert next(frames).outputs["layers"].selected == 0
    frames.close()


def test_a_network_without_maps_is_told_in_one_line():
    card = Card("m", "M", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,))
    flat = models.build(card).frozen()
    with pytest.raises(UserError, match="M has no spatial layers"):
        FeatureMapCards(flat, torch.zeros(1, 1, 28, 28))
