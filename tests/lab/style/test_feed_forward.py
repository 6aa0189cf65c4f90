"""A network that learns to paint: what it learns from, and that it learns."""

import pytest
import torch

from lab.media import pictures
from lab.style import feed_forward
from lab.style.features import Features
from lab.style.feed_forward import (
    PerceptualLossWeights,
    StyleTraining,
    crops,
    photographs,
    untrained,
)
from lab.style.gram import Target, contents, styles

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def features(workspace):
    return Features(workspace.shelf.get("efficientnet_lite0"), ("stem", "blocks.0", "blocks.1"))


@pytest.fixture
def training(features, monkeypatch):
    monkeypatch.setattr(feed_forward, "SIZE", 48)
    monkeypatch.setattr(crops, "__defaults__", (48,))
    torch.manual_seed(0)
    waves = torch.from_numpy(pictures.embedded("waves").thumbnail(96).copy())
    style = styles(features, waves.permute(2, 0, 1)[None] / 255, ("stem", "blocks.0"))
    sources = photographs(pictures.embedded("astronaut"), CPU)

    def make(steps=12):
        return StyleTraining(
            *(untrained("Paints waves", 0), features, style, ("blocks.1",), sources), steps=steps
        )

    return make


def test_crops_are_parts_of_thephotographs_at_every_scale():
    torch.manual_seed(0)
    ramp = torch.arange(64, dtype=torch.uint8).expand(3, 64, 64).contiguous()
    made = crops([ramp, ramp], 40, 16)
    assert made.shape == (40, 3, 16, 16)
    assert made.min() >= 0
    assert made.max() <= 63 / 255
    # A step to the right is a step in the ramp, up to twice as far, or back where it is mirrored.
    steps = (made[:, 0, 8, 9] - made[:, 0, 8, 8]) * 255
    assert steps.abs().min() >= 0.99
    assert steps.abs().max() <= 2.01
    assert 5 < (steps < 0).sum() < 35
    torch.testing.assert_close(made[..., 0, :], made[..., 9, :])


def test_a_photograph_smaller_than_a_crop_is_grown():
    assert crops([torch.zeros(3, 9, 40, dtype=torch.uint8)], 2, 32).shape == (2, 3, 32, 32)


def test_it_learns_and_the_video_is_among_what_it_learns_from(training):
    training = training(30)
    before = training.network.network.up2.conv.weight.clone()
    while training.step < 30:
        training.advance(PerceptualLossWeights())
    content, style = training.read_back()
    assert len(content) == len(style) == 30
    assert sum(style[-10:]) < 0.9 * sum(style[:10])
    assert content[0] < 0.05, "it begins as the picture itself"
    assert not torch.equal(training.network.network.up2.conv.weight, before)
    assert training.read_back() == ([], [])
    own = pictures.embedded("astronaut").thumbnail(512)
    given = photographs(pictures.embedded("astronaut"), CPU)
    assert sum(torch.equal(g.permute(1, 2, 0), torch.from_numpy(own.copy())) for g in given) == 3


def test_crops_one_by_one_have_the_gradient_of_their_batch(training, features):
    """Each crop's loss is its own, so four of them add up to what the four have together."""
    one_by_one, together = training(), training()
    made = crops(one_by_one.photographs, feed_forward.BATCH)
    given = iter(made.split(1))
    one_by_one.optimiser.step = lambda: None
    one_by_one.optimiser.zero_grad = lambda set_to_none: None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed_forward, "crops", lambda *_: next(given))
        for _ in range(feed_forward.BATCH):
            assert one_by_one.step == 0
            one_by_one.advance(PerceptualLossWeights(steady=0))
    assert one_by_one.step == 1
    painted, total = together.network(made), 0
    for crop, pixels in zip(painted.split(1), made.split(1), strict=True):
        target = Target(contents(features, pixels, ("blocks.1",)), together.style)
        lost, weights = target.losses(features(crop), crop), PerceptualLossWeights()
        total = total + weights.style * lost.style + weights.content * lost.content
        total = total + weights.variation * lost.variation
    (total / feed_forward.BATCH).backward()
    for ours, theirs in zip(
        one_by_one.network.parameters(), together.network.parameters(), strict=True
    ):
        torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-4, rtol=1e-3)


def test_what_is_unsteady_is_paid_for(training):
    training = training()
    pixels = crops(training.photographs, 1)
    steady = training.unsteadiness(pixels, pixels)  # untrained, it changes nothing
    with torch.no_grad():
        for weight in training.network.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
    painted = training.network(pixels)
    assert training.unsteadiness(pixels, painted) > 5 * steady


def test_the_classifier_learns_nothing(training, workspace):
    classifier = workspace.shelf.get("efficientnet_lite0")
    before = [p.clone() for p in classifier.parameters()]
    training = training()
    for _ in range(feed_forward.BATCH):
        training.advance(PerceptualLossWeights())
    assert all(map(torch.equal, before, classifier.parameters()))
    assert all(p.grad is None for p in classifier.parameters())
