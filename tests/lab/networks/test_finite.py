"""Networks whose numbers are none are refused in one line, wherever they come from."""

import pytest
import safetensors.torch
import torch

from lab.errors import UserError
from lab.networks import models, weights
from lab.networks.finite import not_finite
from lab.networks.style_networks import FeedForward
from lab.style import feed_forward
from tests.lab.networks.samples import TRAINED


def spoiled(network, name, value):
    with torch.no_grad():
        network.network.state_dict()[name].view(-1)[0] = value
    return network


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("conv1.weight", float("nan")),
        ("logits.bias", float("inf")),
        ("norm2.running_var", float("-inf")),
    ],
)
def test_weights_that_are_no_numbers_are_refused(shelf, learned, saved, tmp_path, name, value):
    assert not_finite(learned) == ""
    spoiled(learned, name, value)
    assert not_finite(learned.network) == name
    line = rf"NaN or infinite weights \({name}\): its training diverged; train it again"
    with pytest.raises(UserError, match=line):
        shelf.put(learned, "Small CNN")
    path = weights.save(learned, tmp_path / "spoiled.safetensors")
    for take in (shelf.adopt, lambda path: shelf.get(str(path)), weights.read):
        with pytest.raises(UserError, match=line) as told:
            take(path)
        assert str(told.value).startswith(f"{path}: ")
        assert "\n" not in str(told.value)
    assert shelf.names_trained_here() == []
    assert shelf.adopt(saved) in shelf.options()


def test_so_are_weights_of_which_only_nan_can_come(shelf, learned, tmp_path):
    spoiled(learned, "norm1.running_var", -1.0)
    name = shelf.put(learned, "Small CNN")
    path = shelf.save(name, tmp_path / "negative")
    for asked in (name, str(path), name):
        with pytest.raises(UserError, match="answers with NaN or infinite values"):
            shelf.get(asked)
    huge = models.build(TRAINED)
    with torch.no_grad():
        for parameter in huge.parameters():
            parameter.fill_(3e38)
    with pytest.raises(UserError, match="answers with NaN or infinite values"):
        shelf.get(shelf.put(huge, "Huge"))


def test_a_style_network_is_looked_at_too(shelf, tmp_path):
    network = feed_forward.untrained("Paints waves", 0)
    assert isinstance(network.network, FeedForward)
    assert shelf.style_network(shelf.put(network, "Good")).card.title == "Good"
    spoiled(network, "down1.conv.weight", float("nan"))
    path = weights.save(network, tmp_path / "bad")
    with pytest.raises(UserError, match=r"down1\.conv\.weight"):
        shelf.style_network(str(path))


def test_a_half_that_overflowed_is_refused_and_one_that_did_not_is_read(learned, tmp_path):
    path = tmp_path / "half.safetensors"
    state = learned.network.state_dict()
    state = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
    safetensors.torch.save_file(state, path, {weights.KEY: TRAINED.to_json()})
    assert weights.read(path).card == TRAINED
    state["linear1.weight"] = 1e6 * torch.ones_like(state["linear1.weight"])
    safetensors.torch.save_file(state, path, {weights.KEY: TRAINED.to_json()})
    with pytest.raises(UserError, match=r"linear1\.weight"):
        weights.read(path)


def test_earlier_filters_that_are_no_numbers_are_refused(learned, tmp_path):
    learned.history = {0: torch.full_like(learned.network.conv1.weight, float("nan")).detach()}
    path = weights.save(learned, tmp_path / "history")
    with pytest.raises(UserError, match=r"history\.0 has NaN or infinite values"):
        weights.read(path)
