"""Classes, channels and single units of any layer."""

import pytest
import torch

from lab.errors import UserError
from lab.explanation import objectives
from lab.explanation.ascent import Ascent, AscentSettings, Channel, ClassScore
from lab.networks import models
from tests.lab.explanation.samples import small


@pytest.mark.parametrize(
    ("name", "channels", "size"),
    [("cnn", 1, 28), ("mlp", 1, 28), ("lenet5", 1, 28), ("resnet", 3, 40), ("alexnet_stem", 3, 40)],
)
def test_the_activation_rises_in_every_kind_of_layer(name, channels, size):
    model = small(name, channels, size)
    layers = objectives.shapes(model)
    assert set(layers) == {n for n, _ in model.network.named_modules() if n}
    # One layer of each kind, the deepest: and its channel that answers most to a grey picture.
    kinds = {type(model.network.get_submodule(n)): n for n in layers}
    answers = {}
    for layer in kinds.values():
        model.network.get_submodule(layer).register_forward_hook(
            lambda _, __, out, layer=layer: answers.update({layer: out[0].detach()})
        )
    model(torch.full((1, channels, size, size), 0.4))
    for module in model.network.modules():
        module._forward_hooks.clear()
    for i, (layer, answer) in enumerate(answers.items()):
        maps = answer.flatten(1).mean(1) if answer.ndim == 3 else answer
        climb = Ascent(model, Channel(layer, int(maps.argmax()), centre=bool(i % 2)))
        before = climb.read().scores
        for _ in range(4):
            climb.step([AscentSettings(rate=0.02), AscentSettings(rate=0.03, l2=0.001, jitter=1)])
        assert (climb.read().scores > before).all(), layer


def test_a_channel_is_read_before_the_next_layer_overwrites_it():
    model = models.load("resnet18", pretrained=False)
    climb = Ascent(model, Channel("bn1", 5), ["pixels"], start="random")
    with torch.no_grad():
        maps = model.network.bn1(model.network.conv1(model.normalise(climb.pictures())))
    assert climb.read().scores[0] == pytest.approx(maps[0, 5].mean().item(), abs=1e-4)
    centre = Ascent(model, Channel("conv1", 5, centre=True), ["pixels"], start="random")
    with torch.no_grad():
        maps = model.network.conv1(model.normalise(centre.pictures()))
    assert centre.read().scores[0] == pytest.approx(maps[0, 5, 56, 56].item(), abs=1e-4)


def test_the_tokens_of_a_transformer_can_be_climbed():
    out = torch.rand(2, 5, 7)
    assert torch.allclose(objectives.activation(out, Channel("x", 3)), out[:, :, 3].mean(1))
    assert torch.equal(objectives.activation(out, Channel("x", 3, True)), out[:, 2, 3])


def test_what_is_not_there_is_refused_in_one_line():
    model = small()
    for objective, line in (
        (ClassScore(3), "X has no class 3: choose from 0 to 2"),
        (ClassScore(-1), "X has no class -1: choose from 0 to 2"),
        (Channel("relu2", 64), "relu2 has no channel 64: choose from 0 to 63"),
        (Channel("relu9", 0), r"X has no layer relu9: did you mean relu3"),
        (Channel("", 0), "X has no layer : choose from flatten, linear1, relu3, dropout, logits"),
    ):
        with pytest.raises(UserError, match=line) as error:
            Ascent(model, objective)
        assert "\n" not in str(error.value)
    with pytest.raises(UserError, match="no parametrisation wavelets: choose from pixels, fourier"):
        Ascent(model, ClassScore(0), ["wavelets"])
    with pytest.raises(UserError, match="no start one: choose from zero, random"):
        Ascent(model, ClassScore(0), start="one")
