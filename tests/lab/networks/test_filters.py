"""First-layer weights as images."""

import numpy as np
import pytest
import torch

from lab.errors import UserError
from lab.networks import imagenet, models
from lab.networks.card import Card
from lab.networks.filters import first_convolution, first_layer_filters


def test_filters_of_a_convolution_are_images():
    lite0 = models.load("efficientnet_lite0")
    filters = first_layer_filters(lite0)
    assert filters.shape == (32, 3, 3, 3)
    weight = lite0.network.stem.conv.weight
    np.testing.assert_array_equal(filters[5, 1, 2], weight[5, :, 1, 2].numpy())


def test_units_of_a_perceptron_are_images_too():
    card = Card("x", "X", "mlp", ("a", "b"), 3, 28, mean=(0.5,) * 3, std=(0.2,) * 3)
    classifier = models.build(card)
    filters = first_layer_filters(classifier)
    assert filters.shape == (256, 28, 28, 3)
    # A unit's output is the sum of the image times its weights.
    image = torch.rand(1, 3, 28, 28)
    output = classifier.network.linear1(image.flatten(1))[0, 7].item()
    pixels = image[0].permute(1, 2, 0).numpy()
    assert (filters[7] * pixels).sum() == pytest.approx(output, abs=1e-4)


def test_patches_of_a_transformer_are_its_first_convolution():
    with torch.device("meta"):
        convolution = first_convolution(imagenet.network("vit_b_32", 10))
    assert convolution.weight.shape == (768, 3, 32, 32)


def test_a_network_that_never_reads_the_image_is_refused():
    card = Card("x", "Mean grey", "cnn", ("a", "b"), 1, 28, (0.1,), (0.3,))
    classifier = models.Classifier(card, torch.nn.AdaptiveAvgPool2d(1))
    with pytest.raises(UserError, match="Mean grey has no layer that reads the image"):
        first_layer_filters(classifier)
