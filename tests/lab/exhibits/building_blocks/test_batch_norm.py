"""Batch normalisation: what is recorded, the identity, test time, and a batch of one."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch

from lab import catalog, parameters
from lab.errors import UserError
from lab.exhibit import Frame, Knobs
from lab.exhibits.building_blocks import _batch_norm_cards as cards
from lab.exhibits.building_blocks import _batch_norm_networks as networks
from lab.exhibits.building_blocks.batch_norm import Parameters
from lab.networks.pixels import to_float
from lab.training.batch_statistics import batch_norms

PATH = "building_blocks/batch_norm"
SHORT = {"images": 100, "epochs": 3, "batch_size": 10, "seeds": 1, "depth": 2}


@pytest.fixture(scope="module")
def data(few):
    return few.get("digits").shortened(100)


def race(data, **changed):
    settings = {"network": "mlp", "depth": 2, "batch_size": 10, "epochs": 4, "checks": 2}
    return networks.comparison(data, [0], lr=lambda: 0.1, **{**settings, **changed})


@pytest.fixture(scope="module")
def recorded(data):
    """A race of a few steps with its recorder, and the same race without."""
    told, alone = race(data), race(data)
    recorder = networks.Recorder(told, data, lambda: 0.1)
    for event in told.run():
        if type(event).__name__ == "Step":
            recorder.stepped(event.way)
    list(alone.run())
    return told, recorder, alone


def test_recording_changes_nothing_of_the_training(recorded):
    told, _, alone = recorded
    for way in networks.WAYS:
        ours, theirs = (race.trainers[way].model.state_dict() for race in (told, alone))
        assert all(torch.equal(ours[name], value) for name, value in theirs.items()), way


def test_noise_brings_the_shift_back_that_batch_normalisation_removes(recorded):
    _, recorder, _ = recorded
    jumps = {way: recorder.records[way].shifts("step") for way in networks.WAYS}
    assert all(n > 4 * b for n, b in zip(jumps["noisy"], jumps["batch"], strict=True))
    since = {way: recorder.records[way].shifts("start")[-1] for way in networks.WAYS}
    assert since["none"] > 3 * since["batch"]


def test_the_bands_are_the_percentiles_of_what_reaches_the_unit(recorded, data):
    told, recorder, _ = recorded
    shown = cards.bands(recorder.records, 2, 5, "none")
    x, median = shown.series["Batch norm"]
    assert x[0] == 0
    assert x[-1] == told.trainers["batch"].total_steps
    model = told.trainers["batch"].model.network
    with torch.no_grad():
        seen = told.trainers["batch"].model.normalise(to_float(data.train_images))
        for name, module in model.train().named_children():
            seen = module(seen)
            if name == "norm2":
                break
    wanted = np.percentile(seen[:, 4].numpy(), (15, 50, 85))
    low, high = shown.bands["Batch norm"]
    found = low[-1], median[-1], high[-1]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    assert "Batch norm + noise" not in shown.bands
    assert "Batch norm + noise" in cards.bands(recorder.records, 2, 5, "noisy").bands


def test_layers_and_units_beyond_the_last_are_the_last(recorded):
    record = recorded[1].records["none"]
    assert cards.place(record, 8, 100) == (1, 99)
    assert cards.place(record, 1, 3) == (0, 2)


@pytest.mark.parametrize("network", ["mlp", "plain_cnn"])
def test_gamma_sigma_and_beta_mu_give_the_identity(network, data):
    made = race(data, network=network, epochs=1)
    recorder = networks.Recorder(made, data, lambda: 0.1)
    model, record = recorder.classifier("batch"), recorder.records["batch"]
    before = [norm.running_mean.clone() for norm in batch_norms(model)]

    def at(share):
        return cards.identity(model, record, data.train_images, 2, 3, share)

    whole, half, none = at(1.0), at(0.5), at(0.0)
    assert whole.difference < 1e-5
    assert none.difference > half.difference > 0.1
    series = none.shown.series
    np.testing.assert_array_equal(series["normalised"], series["after γ, β"])
    series = whole.shown.series
    assert np.abs(series["before"] - series["after γ, β"]).sum() < 0.05
    for norm, mean in zip(batch_norms(model), before, strict=True):
        assert torch.equal(norm.running_mean, mean)


def test_test_time_is_one_answer_for_single_images_and_running_averages_follow_the_momentum(
    recorded, data
):
    _, recorder, _ = recorded
    model = recorder.classifier("batch")
    test_time = cards.TestTime(model, data, recorder.statistics)
    list(test_time.measure())
    shares = torch.bincount(data.test_labels).float() / len(data.test_labels)
    assert any(test_time.by_batch[1] == pytest.approx(share.item()) for share in shares)
    assert test_time.by_batch[128] > 2 * test_time.by_batch[1]
    with torch.no_grad():
        predicted = model.eval()(to_float(data.test_images)).argmax(1)
    test_time.average(0.1)
    usual = (predicted == data.test_labels).float().mean().item()
    assert test_time.running == pytest.approx(usual, abs=0.011)
    test_time.average(1e-4)  # still nearly the mean 0 and variance 1 of the start
    assert test_time.running < usual - 0.1
    assert list(test_time.curve(1e-4).series) == ["batch statistics", "running, momentum 0.0001"]


def test_an_mlp_is_not_trained_on_batches_of_one(lab_of_few):
    knobs = Knobs(Parameters(**{**SHORT, "batch_size": 1}))
    with pytest.raises(UserError, match="batch_size=1: the variance of one value is 0") as caught:
        list(catalog.load(PATH).run(lab_of_few, knobs))
    assert "Expected more than 1 value per channel" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cnn_is_for_it_has_a_value_at_each_place(data):
    made = race(data, network="plain_cnn", batch_size=1)
    event = next(event for event in made.run() if type(event).__name__ == "Step")
    assert event.way == "none"


def outcome(workspace, knobs, until_rest=True):
    state = Frame()
    with closing(catalog.load(PATH).run(workspace, knobs)) as frames:
        for frame in frames:
            state = state.then(frame)
            if frame.rest:
                break
    return state


def test_the_momentum_changes_test_time_alone(lab_of_few):
    one, other = (
        outcome(lab_of_few, Knobs(Parameters(**SHORT, momentum=momentum)))
        for momentum in (0.1, 1e-4)
    )
    assert one.metrics["running_accuracy"] > other.metrics["running_accuracy"] + 0.1
    same = ("test_accuracy_batch", "by_batch_size", "jump_noisy", "gradient_change_batch")
    assert all(one.metrics[name] == other.metrics[name] for name in same)
    assert one.metrics["by_batch_size"][0] == one.metrics["batch_of_one"]
    assert one.status.startswith("done; 80% correct: none never")
    assert set(one.outputs) == {output.name for output in catalog.load(PATH).outputs}


def test_the_steps_to_80_percent_are_those_of_the_curve(data):
    made = race(data, checks=4)
    for check, accuracy in enumerate((0.1, 0.5, 0.85, 0.79, 0.9)):
        made.scores.put("batch", 0, check, {"test_accuracy": accuracy})
        made.scores.put("none", 0, check, {"test_accuracy": 0.1})
    assert networks.learned(made, "batch") == 20  # of 40 steps
    assert np.isnan(networks.learned(made, "none"))


def test_the_network_goes_to_the_shelf_and_comes_back(lab_of_few):
    knobs = Knobs(Parameters(**SHORT), attended=True)
    with closing(catalog.load(PATH).run(lab_of_few, knobs)) as frames:
        for frame in frames:
            if frame.rest:
                break
        knobs.ask("shelve")
        said = next(frames).status
    assert said.startswith("saved to models: MLP with sigmoids, batch norm, on Digits")
    (name,) = (name for name in lab_of_few.shelf.options() if "batch-norm" in name)
    again = lab_of_few.shelf.get(name, lab_of_few.device)
    data = lab_of_few.data("digits")
    with torch.no_grad():
        right = again(to_float(data.test_images)).argmax(1) == data.test_labels
    assert right.float().mean().item() == pytest.approx(again.card.metrics["test_accuracy"])
    assert again.card.arguments["batch_norm"] is True
    assert parameters.update(Parameters(), {"way": "noisy"}) == replace(Parameters(), way="noisy")
