"""The exhibit on Gram matrices: its measures by hand, and that the textures have the style's."""

import numpy as np
import pytest
import torch

from lab import catalog
from lab.exhibit import Frame
from lab.exhibits.interpreting.gram import compared, difference, distance, strongest

EXHIBIT = catalog.load("interpreting/gram")
G = torch.tensor([[[4.0, 1.0], [1.0, 9.0]]])


def test_distance_is_none_for_the_same_and_one_for_nothing():
    assert distance(G, G) == 0
    assert distance(torch.zeros_like(G), G) == 1
    assert distance(3 * G, G) == pytest.approx(2)


def test_a_style_is_compared_in_its_own_units_strongest_first():
    assert strongest(G).tolist() == [1, 0]
    assert np.allclose(compared(G, G, "").values, [[1, 1 / 6], [1 / 6, 1]])
    assert np.allclose(compared(2 * G, G, "").values, [[2, 1 / 3], [1 / 3, 2]])


def test_difference_of_pixels():
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    assert difference(black, white) == 1
    assert difference(white, white) == 0


def test_textures_have_the_styles_matrix_and_are_different_pictures(workspace):
    snapshot = Frame()
    for frame in EXHIBIT.run(workspace, model="alexnet-stem", size=64, evaluations=60, stage=0):
        snapshot = snapshot.then(frame)
    figures = snapshot.metrics
    assert figures["texture_distance"] < 0.1 * figures["picture_distance"]
    assert figures["twins_distance"] < 0.1
    assert figures["twins_difference"] > 0.05
    stages = len(snapshot.outputs["textures"].images)
    assert stages >= 2
    assert len(snapshot.outputs["twins"].images) == 2
    assert snapshot.outputs["textures"].selected == 0
