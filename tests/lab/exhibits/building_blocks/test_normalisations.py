"""The normalisation methods: the cubes, the numbers before and after, and the races."""

from contextlib import closing

import numpy as np
import pytest
import torch

from lab import catalog, parameters
from lab.exhibit import Frame, Knobs
from lab.exhibits.building_blocks import _normalisations_activation as activations
from lab.exhibits.building_blocks import _normalisations_cubes as drawing
from lab.exhibits.building_blocks import _normalisations_race as races
from lab.exhibits.building_blocks.normalisations import Parameters
from lab.networks.normalisation import KINDS
from lab.networks.pixels import to_float
from lab.training.comparison import Step

PATH = "building_blocks/normalisations"
QUICK = {"images": 50, "epochs": 1, "seeds": 1, "depth": 2, "small": 16}


@pytest.fixture(scope="module")
def made(few):
    """The race of nine networks that are not trained yet, and their data."""
    data = races.data_of(few.get("digits"), 60)
    race = races.comparison(
        data, [0], batch_size=20, epochs=1, lr=lambda: 0.1, depth=2, groups=4, checks=1
    )
    return race, data


def coloured(kind, colour):
    """How many pixels of a cube have that hue, in any of its three lights."""
    pixels = drawing.cube(kind).reshape(-1, 3).astype(int)
    lights = (drawing.FRONT, drawing.SIDE, drawing.TOP)
    shades = [np.rint(light * np.array(colour)) for light in lights]
    return sum(int((np.abs(pixels - shade).max(1) <= 1).sum()) for shade in shades)


def test_the_cubes_show_what_is_averaged():
    sky, orange, green = drawing.SKY, drawing.ORANGE, drawing.GREEN
    areas = {kind: coloured(kind, sky) for kind in KINDS}
    assert drawing.cube("batch").shape == (drawing.HEIGHT, drawing.WIDTH, 3)
    # One channel of eight, four, and all of the front; five values of a row for local response.
    assert areas["layer"] > 1.8 * areas["group"] > 3 * areas["instance"] > 0
    assert areas["batch"] > 1.4 * areas["instance"]
    assert 0.4 < areas["local_response"] / areas["instance"] < 1.2
    assert coloured("batch_instance", orange) > 0.8 * areas["instance"]
    assert coloured("switchable", green) > 0.5 * areas["layer"]
    assert not coloured("batch", orange)
    assert not coloured("layer", green)
    shown = drawing.cubes("group")
    assert len(shown.images) == len(shown.captions) == 8
    assert shown.captions[shown.selected].startswith("Group")


def test_a_click_on_a_cube_chooses_its_method():
    exhibit = catalog.load(PATH)
    (output,) = (output for output in exhibit.outputs if output.picks)
    (field,) = (f for f in parameters.describe(Parameters) if f.name == output.picks)
    for index, caption in enumerate(drawing.cubes("batch").captions):
        assert KINDS[field.spec.named(index, None)].title == caption.split("\n")[0]


def test_zeros_show_what_was_averaged(made):
    race, data = made
    networks = races.networks(race)
    x = activations.activation(networks["batch"], data.test_images[:8], 2)

    def means(kind):
        return activations.statistics(
            activations.normalised(kind, networks[kind], 2, x)[1], "mean"
        ).round(4)

    assert np.abs(activations.statistics(x, "mean")).max() > 0.1
    batch, layer, instance = means("batch"), means("layer"), means("instance")
    assert not batch[-1].any()
    assert np.abs(batch[:-1]).max() > 0.1
    assert not layer[:, -1].any()
    assert np.abs(layer[:-1, :-1]).max() > 0.1
    assert not instance.any()
    group = means("group")[:-1, :-1]
    assert not group.reshape(8, 4, -1).mean(2).round(3).any()
    assert np.abs(group).max() > 0.1
    deviations = activations.statistics(
        activations.normalised("instance", networks["instance"], 2, x)[1], "std"
    )
    # Not quite 1, since eps is added to the variance.
    assert deviations[:-1, :-1] == pytest.approx(1, abs=0.01)


def test_the_activation_is_that_of_the_network(made):
    race, data = made
    model = races.networks(race)["batch"]
    images = data.test_images[:4]
    x = activations.activation(model, images, 2)
    inner = model.network.eval()
    seen = model.normalise(to_float(images))
    wanted = inner.conv2(inner.relu1(inner.norm1(inner.conv1(seen))))
    torch.testing.assert_close(x, wanted.detach())
    stats = activations.statistics(x, "std")
    assert stats[1, 2] == pytest.approx(x[1, 2].std(correction=0).item(), rel=1e-5)
    assert stats[-1, 2] == pytest.approx(x[:, 2].std(correction=0).item(), rel=1e-5)
    assert stats[1, -1] == pytest.approx(x[1].std(correction=0).item(), rel=1e-5)
    assert stats[-1, -1] == pytest.approx(x.std(correction=0).item(), rel=1e-5)


def test_weight_and_local_response_do_what_they_say(made):
    race, data = made
    networks = races.networks(race)
    x = activations.activation(networks["batch"], data.test_images[:4], 1)
    conv = networks["weight"].network.conv1
    length = conv.weight.detach().flatten(1).norm(dim=1)
    with torch.no_grad():
        conv.g.copy_(2 * length)
        conv.g[3] = 0.5 * length[3]
    before, after = activations.normalised("weight", networks["weight"], 1, x)
    torch.testing.assert_close(after[:, 0], 2 * before[:, 0])
    torch.testing.assert_close(after[:, 3], 0.5 * before[:, 3])
    assert activations.learned(networks, "weight", 1) == "g / |v| from 0.50 to 2.00"
    before, after = activations.normalised("local_response", networks["local_response"], 1, x)
    assert torch.equal(before, x.relu())
    wanted = torch.nn.LocalResponseNorm(5, 5e-4, 0.75, 2.0)(before)
    torch.testing.assert_close(after, wanted)
    assert "instance 0.33, layer 0.33, batch 0.33" in activations.learned(networks, "switchable", 1)
    assert activations.learned(networks, "batch_instance", 1) == "gate ρ from 1.00 to 1.00"
    assert activations.learned(networks, "layer", 1) == ""


def test_looking_at_a_layer_leaves_it_as_it_is(made):
    race, data = made
    networks = races.networks(race)
    for kind in KINDS:
        before = {k: v.clone() for k, v in networks[kind].state_dict().items()}
        x = activations.activation(networks["batch"], data.test_images[:4], 1)
        activations.normalised(kind, networks[kind], 1, x)
        after = networks[kind].state_dict()
        assert all(torch.equal(after[name], value) for name, value in before.items()), kind


def test_the_numbers_have_one_scale_and_the_histogram_all_values(made):
    race, data = made
    x = activations.activation(races.networks(race)["batch"], data.test_images[:8], 1)
    shown = activations.numbers(x, x / 2, "mean", "batch")
    assert shown.high == -shown.low == pytest.approx(np.abs(shown.values).max(), abs=0.006)
    before, after = np.hsplit(shown.values, 2)
    np.testing.assert_allclose(after, before / 2, atol=0.011)
    np.testing.assert_allclose(before[:-1, 0], x[:4, 0].mean((1, 2)), atol=0.006)
    assert before[-1, -1] == pytest.approx(x.mean().item(), abs=0.006)
    assert shown.columns == ["1", "2", "3", "all", "→ 1", "→ 2", "→ 3", "→ all"]
    assert activations.numbers(x, x, "std", "batch").low == 0
    shown = activations.histogram(x, x.relu())
    assert shown.series["before"].sum() == pytest.approx(1, abs=0.011)
    positive = (x > 0).float().mean().item()
    assert shown.series["after"][activations.BINS // 2 + 1 :].sum() < positive + 1e-6


def test_small_batches_make_about_as_many_steps_whatever_their_size(few):
    data = few.get("digits")
    steps = [
        races.small_comparison(
            data, [0], batch_size=size, epochs=9, lr=lambda: 0.1, depth=1, groups=2
        ).trainers["batch"].total_steps
        for size in (1, 2, 8)
    ]  # fmt: skip
    assert max(steps) <= 1.1 * min(steps)


def test_all_nine_begin_alike_and_differ_in_one_thing(made):
    race, _ = made
    networks = races.networks(race)
    assert list(networks) == list(races.WAYS) == ["none", *KINDS]
    first = networks["none"].network.conv1.weight
    for way, model in networks.items():
        assert model.card.arguments["norm"] == way
        assert torch.equal(model.network.conv1.weight, first)


def test_gains_and_bars_are_of_the_same_figures(few):
    data = races.data_of(few.get("digits"), 60)
    usual, small = (
        races.comparison(
            data, [0, 1], batch_size=b, epochs=1, lr=lambda: 0.1, depth=1, groups=2, checks=1
        )
        for b in (20, 10)
    )
    for race, shift in ((usual, 0.0), (small, -0.2)):
        for i, way in enumerate(races.WAYS):
            for seed in (0, 1):
                figures = {"test_accuracy": 0.3 + 0.05 * i + shift + 0.02 * seed, "train_loss": 1.5}
                race.scores.put(way, seed, 0, figures)
    found = races.metrics(usual.scores, small.scores)
    assert found["gain_batch"] == pytest.approx(0.05)
    assert found["gain_local_response"] == pytest.approx(0.4)
    assert found["small_none"] == pytest.approx(0.11)
    bars = races.bars(usual.scores, small.scores, (20, 10), "group")
    assert bars.labels[bars.highlight] == "Group"
    assert bars.series["batches of 20"][1] == pytest.approx(0.36)
    said = races.verdict(usual, small, (20, 10))
    assert "none 31%, best local response 71%" in said
    assert "batches of 10: batch 16% (loss 1.50), instance 26% (loss 1.50), group 31%" in said
    shown = races.curve(usual.scores, "layer")
    assert list(shown.series) == ["None", "Batch", "Group", "Local response", "Layer"]


def test_each_method_is_shown_and_its_network_goes_to_the_shelf(lab_of_few):
    exhibit = catalog.load(PATH)
    knobs = Knobs(Parameters(**QUICK), attended=True)
    seen, state = {}, Frame()
    with closing(exhibit.run(lab_of_few, knobs)) as frames:
        for frame in frames:
            state = state.then(frame)
            if frame.rest:
                break
        assert set(state.outputs) == {output.name for output in exhibit.outputs}
        assert state.metrics["seeds"] == 1
        assert len(state.metrics["mean"]) == len(state.metrics["small_train_loss"]) == 9
        for kind in KINDS:
            knobs.now = Parameters(**QUICK, method=kind)
            for frame in frames:
                state = state.then(frame)
                if frame.rest:
                    break
            seen[kind] = state.outputs["numbers"].values
            assert state.outputs["cubes"].selected == list(KINDS).index(kind)
        knobs.ask("shelve")
        assert next(frames).status.startswith("saved to models: Plain CNN, local response")
    assert len({values.tobytes() for values in seen.values()}) >= 7
    (name,) = (name for name in lab_of_few.shelf.options() if "local-response" in name)
    again = lab_of_few.shelf.get(name, lab_of_few.device)
    assert again.card.arguments["norm"] == "local_response"
    assert "norm2" in dict(again.network.named_children())


def test_the_learning_rate_of_small_batches_is_a_share_of_the_slider(few):
    asked = []

    def lr():
        asked.append(0.2)
        return 0.2

    race = races.small_comparison(
        few.get("digits"), [0], batch_size=16, epochs=1, lr=lr, depth=1, groups=2
    )
    next(event for event in race.run() if isinstance(event, Step))
    assert asked
    rate = race.trainers["none"].optimiser.param_groups[0]["lr"]
    assert 0 < rate <= 0.2 * races.SMALL_LR
