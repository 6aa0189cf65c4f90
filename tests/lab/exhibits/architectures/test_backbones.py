import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from lab import parameters
from lab.errors import NotYet, UserError
from lab.exhibit import Frame, Knobs
from lab.exhibits.architectures import _backbones_cards as cards
from lab.exhibits.architectures import _backbones_overview as overview
from lab.exhibits.architectures import _backbones_passes as passes
from lab.exhibits.architectures.backbones import EXHIBIT, Parameters
from lab.networks.imagenet import EMBEDDED
from lab.structure import networks
from lab.structure.families import NETWORKS
from lab.workspace import Workspace

SMALL = {"network": "squeezenet1_1", "compared": "none"}


@pytest.fixture(scope="module")
def workspace():
    opened = Workspace.open("cpu")
    return replace(opened, pictures=EXHIBIT.filled(()))


def state(frames) -> Frame:
    """All that was shown until the run rests."""
    found = Frame()
    for frame in frames:
        found = found.then(frame)
        if frame.rest:
            break
    return found


def told(workspace, **values) -> Frame:
    return state(EXHIBIT.run(workspace, **(SMALL | values)))


def test_it_shows_what_the_network_is_made_of(workspace):
    shown = told(workspace, network="resnet18")
    figures = {k: shown.metrics[k] for k in ("parameters", "multiply_adds", "layers")}
    assert figures == {"parameters": 11689512, "multiply_adds": 1814073344, "layers": 18}
    # Araujo et al., 2019, Table 1.
    assert shown.metrics["receptive_field"] == 435

    table = shown.outputs["layers"]
    rows = {row[0]: row for row in table.rows}
    assert rows["conv1"] == (
        *("conv1", "Conv2d", "7×7", "2", "3", "64×112×112", 9408, 118013952, "7 px"),
    )
    assert rows["layer2.0.downsample.0"][1:6] == ("Conv2d", "1×1", "2", "0", "128×28×28")
    assert rows["fc"][5:] == ("1000", 513000, 512000, "whole")
    assert table.rows[table.highlight][0] == "conv1"
    assert sum(row[6] for row in table.rows) == 11689512


def test_the_graph_has_a_skip_connection_around_each_block():
    shown = cards.graph(cards.opened("resnet18"), "conv1")
    into = [a for a, b in shown.edges if b == "layer1.0.add"]
    assert into == ["layer1.0.bn2", "maxpool"]
    assert shown.modules["layer1.0.add"] == shown.modules["layer1.0.conv1"] == "layer1.0"
    assert "conv1" not in shown.modules
    assert shown.nodes["conv1"] == "Conv2d 7×7 /2\n64×112×112"
    assert shown.selected == "conv1"
    weights, joins, pools = shown.groups
    assert "fc" in weights
    assert len(joins) == 8
    assert pools == ("maxpool", "avgpool")
    assert "He et al., 2015" in shown.title


def test_items_are_picked_in_the_order_in_which_they_are_offered(workspace):
    """A click on the row, the node or the point at an index sets the name at that place."""
    shown = told(workspace)
    values = Parameters(**SMALL)
    for items in ([row[0] for row in shown.outputs["layers"].rows], shown.outputs["graph"].nodes):
        assert len(items) == len(networks.operations("squeezenet1_1"))
        picked = parameters.picked(values, "layer", 5, workspace.options)
        assert picked == list(items)[5]
    captions = shown.outputs["plot"].captions
    for name, start in (("resnet50", "ResNet-50: He et al., 2015"), ("senet", "SE-ResNet-50: Hu")):
        (index,) = [i for i, caption in enumerate(captions) if caption.startswith(start)]
        assert parameters.picked(values, "network", index, workspace.options) == name


def test_layers_are_offered_without_pytorch_once_they_are_known(workspace, monkeypatch):
    monkeypatch.setattr(networks, "_traces", {})
    with pytest.raises(NotYet):
        workspace.options("operations", "squeezenet1_1", known=True)
    offered = workspace.options("operations", "squeezenet1_1")
    assert list(offered)[:2] == ["input", "features.0"]
    monkeypatch.setattr(networks, "traced", None)
    assert workspace.options("operations", "squeezenet1_1", known=True) == offered
    with pytest.raises(UserError, match="no network squeeze: did you mean squeezenet"):
        workspace.options("operations", "squeeze", known=True)


def test_two_networks_stand_side_by_side(workspace):
    shown = told(workspace, compared="alexnet_slide")
    table = shown.outputs["comparison"]
    assert table.columns == ("", "SqueezeNet 1.1", "AlexNet (slide)")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Parameters"] == ("1.24 · 10⁶", "62.38 · 10⁶")
    assert rows["Image"] == ("224 px", "227 px")
    assert rows["Top-1, published"] == ("58.2%", "–")
    assert rows["Forward pass"] == ("–",) * 2
    other = shown.outputs["other"]
    assert len(other.nodes) == 22
    assert "227 px, or padding 2" in other.title
    assert told(workspace).outputs["other"].nodes == {}


def test_the_layer_that_is_chosen_is_marked_and_its_maps_are_shown(workspace):
    knobs = Knobs(Parameters(**SMALL), attended=True)
    frames = EXHIBIT.run(workspace, knobs)
    title = state(frames).outputs["maps"].title
    assert title == "features.0: the strongest 10 of 64 feature maps"
    knobs.now = replace(knobs.now, layer="features.3.concatenate")
    then = state(frames)
    assert then.outputs["graph"].selected == "features.3.concatenate"
    assert then.outputs["maps"].title.startswith("features.3.concatenate: the strongest 10 of 128")
    table = then.outputs["layers"]
    assert table.rows[table.highlight][0] == "features.3.concatenate"
    knobs.now = replace(knobs.now, layer="flatten")
    assert "all units" in state(frames).outputs["maps"].title
    frames.close()


def test_the_maps_are_those_of_the_embedded_network(workspace):
    shown = told(workspace, network=EMBEDDED)
    assert "ImageNet weights" in shown.status
    model = workspace.shelf.get(EMBEDDED, "cpu")
    with torch.no_grad():
        image = model.normalise(model.prepare(workspace.picture.pixels))
        maps = model.network.stem.conv(image)[0]
    strengths = maps.square().mean((1, 2)).sqrt()
    best = int(strengths.argmax())
    chosen = maps[best].numpy()
    bright = np.unravel_index(chosen.argmax(), chosen.shape)
    assert tuple(shown.outputs["maps"].images[0][bright]) == (253, 231, 37)
    strip = shown.outputs["flow"]
    assert strip.captions[0] == "image\n3×224×224"
    assert strip.captions[-1] == "classifier\n1000"
    assert strip.images[0].shape == (224, 224, 3)


def test_large_weights_wait_until_they_are_asked_for(workspace, monkeypatch):
    def never(name):
        raise AssertionError(f"weights were made for {name}")

    for name in ("alexnet_slide", "vit_b_32"):
        networks.trace(name)  # their skeletons are built by the same function
    monkeypatch.setattr(networks, "fresh", never)
    shown = told(workspace, network="vit_b_32")
    assert "maps" not in shown.outputs
    assert "choose weights=fresh" in shown.status
    assert "structure alone" in told(workspace, weights="none", network="vit_b_32").status
    # The window's run by itself waits; one that was asked for does not.
    values = Parameters(network="alexnet_slide", compared="none")
    waiting = state(EXHIBIT.run(workspace, Knobs(values, attended=True, by_itself=True)))
    assert "press Run" in waiting.status
    with pytest.raises(AssertionError, match="alexnet_slide"):
        state(EXHIBIT.run(workspace, Knobs(values, attended=True)))


def test_weights_that_this_machine_cannot_hold_are_not_made(workspace, monkeypatch):
    monkeypatch.setattr(passes, "_memory", lambda: 4e9)
    shown = told(workspace, network="vit_h_14", weights="fresh")
    assert "ViT-H/14's weights take 2.5 GB of 4" in shown.status
    assert "maps" not in shown.outputs


def test_speed_is_measured_when_it_is_asked_for(workspace, held_clock):
    held_clock.tick = 0.4
    knobs = Knobs(Parameters(**SMALL), attended=True)
    frames = EXHIBIT.run(workspace, knobs)

    def measured(shown):
        return {row[0]: row[1:] for row in shown.outputs["comparison"].rows}["Forward pass"]

    assert measured(state(frames)) == ("–",)
    knobs.now = replace(knobs.now, speed=True)
    # Between two looks at the clock.
    assert measured(state(frames)) == ("400.0 ms",)
    frames.close()
    assert measured(told(workspace, speed=True, compared="squeezenet1_0")) == ("400.0 ms",) * 2


def test_a_layer_that_is_chosen_while_it_reads_is_shown(workspace):
    knobs = Knobs(Parameters(**SMALL, weights="none"), attended=True)
    frames = EXHIBIT.run(workspace, knobs)
    begun = next(frames).then(next(frames))
    knobs.now = replace(knobs.now, layer="flatten", over="parameters")
    shown = begun.then(state(frames))
    assert shown.outputs["graph"].selected == "flatten"
    assert "parameters" in shown.outputs["plot"].x
    frames.close()


def test_accuracy_against_what_it_costs():
    plot = overview.plot("parameters", "vgg16", {})
    index = list(NETWORKS).index("vgg16")
    assert plot.selected == index
    assert plot.points[index].tolist() == pytest.approx([138.357544, 71.592])
    assert plot.values[index] == 2014
    assert np.isfinite(plot.points).all(1).sum() == 80
    depth = overview.plot("layers", "vgg16", {"vgg16": 16, "resnet18": 18})
    assert np.isfinite(depth.points).all(1).sum() == 2
    assert depth.points[index, 0] == 16


def test_depth_is_read_network_by_network(monkeypatch):
    monkeypatch.setattr(overview, "TITLES", dict.fromkeys(("squeezenet1_1", "vgg11", "senet"), ""))
    known = {}
    assert list(overview.depths(known)) == [None, None]
    # SENet has no published accuracy to stand against.
    assert known == {"squeezenet1_1": 18, "vgg11": 11}


@pytest.mark.parametrize("name", ["resnet152", "vgg19", "vit_b_32", "densenet201", "swin_t"])
def test_the_strip_shows_some_steps_from_the_image_to_the_logits(name):
    network = cards.opened(name)
    steps = passes.steps(network)
    assert passes.FEWEST <= len(steps) <= passes.STEPS
    places = [network.trace.index(each) for each in steps]
    assert places == sorted(places)
    assert network.trace.operations[places[0]].kind == "input"
    assert network.trace.operations[places[-1]].shape == (1, 1000)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"network": "resnet5"}, "network=resnet5: did you mean resnet50?"),
        ({"compared": "senett"}, "compared=senett: did you mean senet?"),
        ({"layer": "features.99"}, "layer=features.99: did you mean features."),
        ({"size": 8}, "SqueezeNet 1.1 takes images of 17 px and more, not 8"),
        ({"network": "vit_b_32", "size": 300}, "ViT-B/32 does not take images of 300 px: choose"),
        ({"network": "alexnet_slide", "size": 224}, r"AlexNet \(slide\) does not take .* 227 px"),
    ],
)
def test_bad_input_is_told_in_one_line(workspace, values, line):
    with pytest.raises(UserError, match=line) as caught:
        told(workspace, **values)
    assert "\n" not in str(caught.value)


def test_another_size_changes_shapes_and_costs(workspace):
    small, large = (told(workspace, size=size, weights="none") for size in (64, 128))
    assert small.metrics["parameters"] == large.metrics["parameters"]
    assert 3 < large.metrics["multiply_adds"] / small.metrics["multiply_adds"] < 5


def test_every_network_can_be_chosen():
    field = next(f for f in parameters.describe(Parameters) if f.name == "network")
    assert list(field.spec.options) == list(NETWORKS)
    for name in itertools.islice(NETWORKS, 0, None, 20):
        assert parameters.update(Parameters(), {"network": name}).network == name
