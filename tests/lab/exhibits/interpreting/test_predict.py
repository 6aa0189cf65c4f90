"""Predict, against torch's own softmax and a picture whose answer is known."""

import numpy as np
import torch

from lab import catalog
from lab.exhibits.interpreting.predict import framed, top
from lab.media import pictures
from lab.networks.pixels import as_pixels


class Fixed(torch.nn.Module):
    def forward(self, images):
        return torch.tensor([[0.0, 3.0, 1.0]])


def test_top_is_the_softmax_in_order():
    values, indices = top(Fixed(), torch.zeros(1, 1, 2, 2), 2)
    expected = torch.tensor([0.0, 3.0, 1.0]).softmax(0)
    assert indices.tolist() == [1, 2]
    torch.testing.assert_close(values, expected[[1, 2]])
    assert len(top(Fixed(), torch.zeros(1, 1, 2, 2), 5)[0]) == 3


def test_outside_the_box_it_is_dark_inside_untouched():
    pixels = np.full((10, 12, 3), 200, np.uint8)
    result = framed(pixels, (2.2, 3.0, 4.0, 5.0))
    assert (result[3:8, 2:6] == 200).all()
    assert (result == 200).all(2).sum() == 20
    assert result[0, 0, 0] == 60


def test_pixels_come_back_as_they_went_in():
    pixels = torch.randint(0, 256, (1, 3, 4, 5))
    assert (as_pixels(pixels / 255) == pixels[0].permute(1, 2, 0).numpy()).all()
    assert as_pixels(torch.ones(1, 1, 2, 2)).tolist() == [[[255] * 3] * 2] * 2


def test_a_cup_of_coffee_is_an_espresso(workspace):
    exhibit = catalog.load("interpreting/predict")
    metrics = {}
    for frame in exhibit.run(workspace, pictures=[pictures.embedded("coffee")]):
        metrics |= frame.metrics
    assert metrics["top1_label"] == "espresso"
    assert metrics["top1_class"] == 967
    assert metrics["top1_probability"] > 0.9
