"""Receptive field: what the cards show is what was computed, and each control changes its part."""

import numpy as np
import pytest
import torch

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.architectures import _receptive_field_backbones as backbones
from lab.exhibits.architectures import _receptive_field_stacks as stacks
from lab.networks import models, weights
from lab.networks.card import Card
from lab.structure.effective_fields import pixels_holding
from lab.structure.units import NetworkFields, effective

PATH = "architectures/receptive_field"
QUICK = dict(catalog.load(PATH).quick)


def told(workspace, **values):
    """The state that a run ends with."""
    state = None
    for frame in catalog.load(PATH).run(workspace, **(QUICK | values)):
        state = state.then(frame) if state else frame
    return state


def turned(workspace, *changes, **values):
    """The states at rest, one after another, of a run that is turned by the changes."""
    exhibit = catalog.load(PATH)
    now = exhibit.parameters(**(QUICK | values))
    knobs = Knobs(now, attended=True)
    frames, states = exhibit.run(workspace, knobs), []
    state = None
    for change in ({}, *changes):
        now = knobs.now = exhibit.parameters(**(QUICK | values | change))
        for frame in frames:
            state = state.then(frame) if state else frame
            if frame.rest:
                break
        states.append(state)
    frames.close()
    return states


def test_the_figures_are_those_of_the_cards(workspace):
    state = told(workspace)
    shelf = workspace.shelf
    network = NetworkFields(shelf.get("alexnet-stem"))
    unit = network.unit_at(network.fitting(), -1, -1, -1)
    generator = torch.Generator().manual_seed(workspace.seed)
    images = torch.rand(2, 3, network.size, network.size, generator=generator)
    metrics, (left, top, wide, high) = state.metrics, network.box(unit)
    for name, model in (
        ("field", network.classifier),
        ("initial", shelf.untrained("alexnet-stem")),
    ):
        again = torch.Generator().manual_seed(workspace.seed)
        torch.rand(images.shape, generator=again)
        *_, (heat, _) = effective(network, model, unit, images, again)
        overlay = state.outputs[name]
        assert overlay.box == overlay.extent == network.box(unit)
        shown = heat[top : top + high, left : left + wide]
        assert np.allclose(overlay.heat / overlay.heat.max(), shown / shown.max(), atol=1e-5)
        if name == "field":
            held = pixels_holding(heat)
            assert metrics["effective_field"] == pytest.approx(held**0.5)
            assert metrics["effective_share"] == pytest.approx(held / (wide * high))
        else:
            assert metrics["initial_effective_field"] == pytest.approx(pixels_holding(heat) ** 0.5)
    assert metrics["receptive_field"] == max(network.field(unit.layer).size)
    assert metrics["share_of_image"] == pytest.approx(wide * high / network.size**2)
    known = network.sizes()
    curve = state.outputs["layers"].series
    assert [points.tolist() for points in curve["theoretical"]] == [
        list(known),
        list(known.values()),
    ]
    assert curve[f"image: {network.size} px"][1].tolist() == [network.size] * 2
    for line in ("effective, trained weights", "effective, initial weights"):
        assert all(edge <= known[depth] for depth, edge in zip(*curve[line], strict=True))


def test_each_control_changes_its_part(workspace):
    changes = (
        {"layer": "network.0"}, {"across": 2, "down": 1}, {"channel": 3}, {"samples": 5},
        {"inputs": "picture"}, {"question": "three"}, {"back": 1}, {"channels": 16}, {"row": 0},
    )  # fmt: skip
    names = list(workspace.shelf.layers("alexnet-stem"))
    changes = ({"layer": names[0]}, *changes[1:])
    plain, *others = turned(workspace, *changes)
    drawn = plain.outputs
    layer, at, channel, samples, picture, question, back, channels, row = (
        each.outputs for each in others
    )
    assert layer["layers"].marker != drawn["layers"].marker
    assert layer["field"].box[2] < drawn["field"].box[2]
    assert at["field"].box[:2] == (0, 0)
    for one, other in ((channel, drawn), (samples, drawn), (picture, samples)):
        assert not np.array_equal(one["field"].heat, other["field"].heat)
        assert one["field"].box == drawn["field"].box
    assert "5 random images" in samples["field"].label
    assert "this image" in picture["field"].label
    assert "7 × 7" in question["stacks"].captions[0]
    assert not np.array_equal(back["stacks"].images[0], drawn["stacks"].images[0])
    assert back["stacks"].captions == drawn["stacks"].captions
    assert "4,608 weights" in channels["stacks"].captions[0]
    assert "theoretical, SqueezeNet 1.1" in row["layers"].series
    assert row["backbones"].highlight == 0


def test_the_backbones_of_the_lecture():
    """VGG and AlexNet see all by their fully connected layers only; ResNet-50 well before."""
    alexnet = backbones.coverage("alexnet")
    assert (alexnet.last, alexnet.depth_middle, alexnet.depth) == (195, 6, 8)
    assert alexnet.cause == "fully connected"
    assert backbones.coverage("vgg16").last == 212
    resnet = backbones.coverage("resnet50")
    assert (resnet.last, resnet.depth, resnet.cause) == (427, 50, "3 × 3 convolution")
    # A middle unit of 14 sees 117 px to the left: from the block before 235 px on.
    assert dict(resnet.sizes)[resnet.depth_middle] == 235
    assert resnet.depth_middle < resnet.depth_every < resnet.depth
    senet = backbones.coverage("senet")
    assert (senet.last, senet.cause, senet.depth_middle) == (0, "SE block", senet.depth_every)
    assert backbones.coverage("vit_b_16").cause == "attention"
    assert [backbones.seeing(name) for name in ("vgg16", "squeezenet1_1", "senet")] == [
        False, False, True,
    ]  # fmt: skip


def test_a_backbones_share_depends_on_its_seed_alone():
    def share(seed):
        backbones._shares.clear()
        *_, (shares, done) = backbones.measured(["squeezenet1_1"], seed)
        assert done == 1
        return shares["squeezenet1_1"]

    state = torch.random.get_rng_state()
    first, other, again = share(0), share(1), share(0)
    assert first == again
    assert first != other
    assert 0 < first < 1
    assert torch.equal(state, torch.random.get_rng_state())
    rows = backbones.table(["squeezenet1_1", "alexnet"], {"squeezenet1_1": first}).rows
    assert rows[0][4] == f"{first:.0%}"
    assert rows[1][4] == "–"


def test_the_stack_is_counted_in_pytorchs_layers():
    assert stacks.counted(stacks.STACKS["two"]["Two 3 × 3"], 8) == (5, 18 * 64, 2, 18 * 64 * 56**2)
    assert stacks.saved("two", 32) == pytest.approx(1 - 18 / 25)
    assert stacks.saved("three", 32) == pytest.approx(1 - 27 / 49)
    title = stacks.drawn("three", 3, 8).title
    assert "−45% weights, +2 ReLU" in title
    assert stacks.short(5_138_022_400) == "5.14 G"


def test_one_step_back_colours_one_map_more():
    stack = stacks.STACKS["three"]["Three 3 × 3"]
    coloured = [
        int((stacks.layers_of(stack, back) == stacks.SKY).all(2).sum()) for back in range(4)
    ]
    assert coloured[0] == 0
    assert coloured == sorted(set(coloured))


def network_file(tmp_path, name):
    card = Card("m", "Mine", name, ("a", "b"), 1, 28, (0.5,), (0.5,))
    return str(weights.save(models.build(card), tmp_path / name))


def test_bad_input_is_told_in_one_line(workspace, tmp_path):
    exhibit = catalog.load(PATH)
    with pytest.raises(UserError, match="Mine has no convolutions, so each of its units sees") as e:
        told(workspace, model=network_file(tmp_path, "mlp"))
    assert "\n" not in str(e.value)
    with pytest.raises(UserError, match="layer=conv9: "):
        exhibit.run(workspace, model="alexnet-stem", layer="conv9")
    with pytest.raises(UserError, match="model=resnet5l: did you mean resnet"):
        told(workspace, model="resnet5l")
    network = NetworkFields(workspace.shelf.get("alexnet-stem"))
    with pytest.raises(UserError, match="layer conv9 of AlexNet stem"):
        network.at("conv9")


def test_untrained_backbones_are_compared_with_another_seed(workspace):
    state = told(workspace, model="squeezenet1_1:untrained")
    assert "seed 0" in state.outputs["field"].title
    assert "seed 1" in state.outputs["initial"].title
    assert not np.array_equal(state.outputs["field"].heat, state.outputs["initial"].heat)
