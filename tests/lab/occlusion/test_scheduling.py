"""Stages of a network: every step once, in memory, and the same logits however they are split."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from lab.occlusion import occluder
from lab.occlusion import scheduling as module
from lab.occlusion.incremental import Extents, IncrementalNetwork
from lab.occlusion.occlusion_map import Occluder
from lab.occlusion.patches import Patches
from lab.occlusion.scheduling import Passes, stages


def growing():
    """Small maps' worth of patches first, and much later: as real networks are."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU()]
    for channels in (8, 16, 32):
        layers += [nn.Conv2d(channels, 2 * channels, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 5)).eval()


def picture():
    return torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(1))


def at(network, side=8):
    low = np.arange(0, 25, 4)
    return [Extents(network, axis, low, low + side) for axis in (0, 1)]


@pytest.fixture
def network():
    with torch.inference_mode():
        return IncrementalNetwork(growing(), picture()[None])


@pytest.mark.parametrize("memory", [1, 10**5, 10**6, 10**9])
def test_each_step_is_in_one_stage_and_in_memory(network, memory):
    rows, columns = at(network)
    found = stages(network, rows, columns, memory)
    assert [found[0].first, found[-1].last] == [0, len(network.steps)]
    assert all(network.steps[i].kind != "opaque" for s in found[:-1] for i in range(s.last))
    assert all(a.last == b.first and a.most > b.most for a, b in itertools.pairwise(found))
    needs = network.needs(rows, columns)
    for stage in found:
        assert 1 <= stage.most <= module.MOST * module.FEWER
        if stage.most > 1:
            assert stage.most * max(needs[stage.first : stage.last]) <= memory


def test_early_steps_take_more_positions(network):
    found = stages(network, *at(network), 10**6)
    assert len(found) > 1
    assert found[0].most >= module.FEWER * found[-1].most


def test_a_network_that_cannot_be_followed_is_one_stage():
    with torch.inference_mode():
        network = IncrementalNetwork(growing(), picture()[None], trace=False)
    assert [(s.first, s.last) for s in stages(network, *at(network), 10**6)] == [(0, 1)]


def test_the_logits_are_the_same_however_they_are_split(monkeypatch):
    model, image = growing(), picture()
    places = [(y, x) for y in range(0, 25, 4) for x in range(0, 25, 3)]
    found = Occluder(model, image, patch=8)
    monkeypatch.setattr(occluder, "MEMORY", 10**9)
    wanted = found.logits(places)
    split = set()
    true = module.stages

    def counted(*given):
        split.add(len(true(*given)))
        return true(*given)

    monkeypatch.setattr(module, "stages", counted)
    for memory in (2 * 10**5, 10**6, 4 * 10**6):
        monkeypatch.setattr(occluder, "MEMORY", memory)
        torch.testing.assert_close(found.logits(places), wanted, rtol=1e-5, atol=1e-6)
    assert max(split) > 1
    hidden = image.clone()
    hidden[:, 4:12, 3:11] = 0
    with torch.inference_mode():
        torch.testing.assert_close(
            wanted[places.index((4, 3))], model(hidden[None])[0], rtol=1e-4, atol=1e-5
        )


class Halved(nn.Module):
    """Values on the way that are no maps: a pair of tensors, and the number of pictures."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(4, 64, 3, padding=1)
        self.end = nn.Linear(64, 5)

    def forward(self, x):
        x = self.first(x)
        count = x.size(0)
        left, right = x.relu().chunk(2, 1)
        y = self.second(left * right).relu()
        return self.end(y.amax((2, 3)).view(count, -1))


def test_what_is_no_map_is_not_split(monkeypatch):
    torch.manual_seed(0)
    model, image = Halved().eval(), picture()
    with torch.inference_mode():
        network = IncrementalNetwork(model, image[None])
        assert {type(value) for value in network.clean} == {torch.Tensor, int, tuple}
        hidden = image.repeat(9, 1, 1, 1)
        for i in range(9):
            hidden[i, :, 3 * i : 3 * i + 8, 2 * i : 2 * i + 8] = 0
        wanted = model(hidden)
    for memory in 10 ** np.arange(3, 8):
        monkeypatch.setattr(occluder, "MEMORY", int(memory))
        found = Occluder(model, image, patch=8).logits([(3 * i, 2 * i) for i in range(9)])
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_every_position_comes_out_once_and_breath_is_taken(network):
    rows, columns = at(network)
    index = np.arange(49)
    passes = Passes(network, rows, columns, (index // 7, index % 7), 10**6)

    def start(found):
        top, left = rows.low[0][found // 7], columns.low[0][found % 7]
        return Patches(torch.zeros(len(found), 3, 8, 8), top, left)

    with torch.inference_mode():
        steps = list(passes.run(start, 0.0))
    done = [step for step in steps if step is not None]
    assert sorted(np.concatenate([found for found, _ in done]).tolist()) == index.tolist()
    assert all(logits.shape == (len(found), 5) for found, logits in done)
    # After every step that computed something.
    assert steps.count(None) >= len(network.steps)
