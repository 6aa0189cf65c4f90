"""Transfer by cached features trains what the whole network with frozen layers would."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab import datasets
from lab.errors import UserError
from lab.networks import models
from lab.networks.models import card_for
from lab.training import transfer_learning
from lab.training.trainer import OptimiserSettings
from lab.training.transfer_learning import BODY, Strategy, Transfer, usual_depth


@pytest.fixture(scope="module")
def backbone():
    return models.build(card_for("lenet5", datasets.load("digits"), 0)).frozen()


@pytest.fixture
def transfer(backbone):
    made = Transfer(backbone, datasets.load("digits"), 4, range(2), 50)
    list(made.prepare([Strategy(0), Strategy(2), Strategy(4), Strategy(2, cut=True)]))
    return made


def settings():
    return OptimiserSettings(0.01, 0.0, {BODY: 0.002})


def test_a_fine_tuned_network_is_that_of_a_plain_loop_over_the_whole_network(transfer, backbone):
    trainer = transfer.trainer(Strategy(2), 1, settings, 2)
    found = transfer.networks[Strategy(2), 1]
    twin = transfer._network(True, 1, 28)
    twin.train()
    frozen = [*twin.network.conv1.parameters(), *twin.network.conv2.parameters()]
    for weight in frozen:
        weight.requires_grad_(False)
    optimiser = torch.optim.AdamW(
        [
            {"params": twin.network.logits.parameters(), "lr": 0.01},
            {
                "params": [
                    *twin.network.linear1.parameters(),
                    *twin.network.linear2.parameters(),
                ],
                "lr": 0.002,
            },
        ],
        weight_decay=0.0,
    )
    data, order = transfer.part(1), torch.Generator().manual_seed(1)
    rates = [group["lr"] for group in optimiser.param_groups]
    done = 0
    for _ in range(2):
        for batch in torch.randperm(40, generator=order).view(-1, 20):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * transfer_learning_factor(done / 4)
            images = data.train_images[batch].float() / 255
            loss = F.cross_entropy(twin(images), data.train_labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            done += 1
    list(trainer.steps())
    for (name, a), b in zip(
        found.network.named_parameters(), twin.network.parameters(), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=2e-5, msg=name)
    for name in ("conv1", "conv2"):
        kept = backbone.network.get_submodule(name).weight
        assert torch.equal(found.network.get_submodule(name).weight, kept)
    assert not torch.equal(found.network.linear1.weight, backbone.network.linear1.weight)


def transfer_learning_factor(done):
    from lab.training.trainer import one_cycle

    return one_cycle(done)


def test_figures_from_features_are_those_of_the_whole_network(transfer):
    for strategy in (Strategy(2), Strategy(4)):
        trainer = transfer.trainer(strategy, 0, settings, 3)
        list(trainer.steps())
        figures = [found for found in transfer.measure(strategy, trainer) if found]
        whole = transfer.networks[strategy, 0].eval()
        data = transfer.part(0)
        with torch.no_grad():
            logits = whole(data.test_images.float() / 255)
        loss = F.cross_entropy(logits, data.test_labels)
        assert figures[0]["test_loss"] == pytest.approx(loss.item(), rel=1e-4)


def test_each_seed_has_images_of_its_own_and_as_many_of_each_class(transfer):
    first, second = transfer.part(0), transfer.part(1)
    assert first.train_labels.bincount().tolist() == [4] * 10
    assert not torch.equal(first.train_images, second.train_images)
    assert torch.equal(first.test_images, second.test_images)
    assert len(first.test_labels) == 50
    assert transfer.images == 40


def test_from_scratch_all_is_initial_and_learns_at_one_rate(transfer, backbone):
    list(transfer.prepare([Strategy(0, pretrained=False)]))
    trainer = transfer.trainer(Strategy(0, pretrained=False), 0, settings, 1)
    network = transfer.networks[Strategy(0, pretrained=False), 0]
    untrained = models.build(network.card)
    for a, b in zip(network.parameters(), untrained.parameters(), strict=True):
        assert torch.equal(a, b)
    assert [group["name"] for group in trainer.optimiser.param_groups] == [""]


def test_cut_off_above_a_depth_a_linear_classifier_reads_the_mean_features(transfer, backbone):
    strategy = Strategy(2, cut=True)
    trainer = transfer.trainer(strategy, 0, settings, 1)
    assert isinstance(trainer.model, nn.Linear)
    with torch.no_grad():
        maps = transfer.split.below(2)(transfer.part(0).test_images.float() / 255)
    expected = maps.mean((2, 3)) if maps.ndim == 4 else maps
    torch.testing.assert_close(transfer.inputs(strategy)[1], expected, rtol=1e-4, atol=1e-5)
    count = sum(p.numel() for p in trainer.model.parameters())
    assert transfer.trained(strategy) == count


def test_how_many_weights_are_trained(transfer):
    names = ("linear1", "linear2", "logits")
    network = transfer.split._root.network
    count = sum(p.numel() for n in names for p in network.get_submodule(n).parameters())
    assert transfer.trained(Strategy(2)) == count


def test_features_that_take_too_much_memory_are_told(transfer, monkeypatch):
    monkeypatch.setattr(transfer_learning, "LARGEST", 1000)
    with pytest.raises(UserError, match="freeze more layers, or take fewer images"):
        list(transfer.prepare([Strategy(1)]))


def test_grey_digits_enter_a_colour_network_in_its_size_and_colour_a_grey_one():
    patches, digits = datasets.load("photo_patches"), datasets.load("digits")
    colour = models.build(card_for("alexnet_stem", patches, 0)).frozen()
    part = Transfer(colour, digits, 2, range(1), 20).part(0)
    assert part.train_images.shape[1:] == (3, 40, 40)
    grey = models.build(card_for("lenet5", digits, 0)).frozen()
    part = Transfer(grey, patches, 2, range(1), 20).part(0)
    assert part.train_images.shape[1:] == (1, 28, 28)


@pytest.mark.parametrize(("depth", "frozen"), [(1, 0), (2, 1), (3, 2), (5, 3), (9, 6), (15, 10)])
def test_two_thirds_are_frozen_where_nobody_says(depth, frozen):
    assert usual_depth(depth) == frozen
