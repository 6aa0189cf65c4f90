"""Default layers exist, for any network."""

import pytest

from lab.networks import imagenet, models
from lab.networks.layers import layers
from lab.style.layers import by_default


@pytest.mark.parametrize("name", ["vgg19", "vgg16", "efficientnet_lite0"])
def test_the_layers_that_were_chosen_are_there(name):
    outline = models.outline(imagenet.card(name))
    style, content = by_default(outline)
    known = {layer.name: layer for layer in layers(outline)}
    for layer in (*style, *content):
        assert known[layer].spatial
    if name == "vgg19":  # relu1_1 to relu5_1, and relu4_2
        assert [known[n].shape[0] for n in (*style, *content)] == [64, 128, 256, 512, 512, 512]
        assert {known[n].kind for n in (*style, *content)} == {"ReLU"}


def test_for_others_it_is_the_last_layer_at_each_of_the_first_resolutions():
    style, content = by_default(models.outline(imagenet.card("resnet18")))
    assert style == ("relu", "layer1.1", "layer2.1", "layer3.1")
    assert content == ("layer2.1",)
