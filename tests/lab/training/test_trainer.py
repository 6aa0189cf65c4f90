"""The training loop against torch's own pieces."""

import math

import pytest
import torch
from torch import nn

from lab.datasets import Dataset
from lab.training.trainer import OptimiserSettings, Trainer, cross_entropy, one_cycle


def toy(count=64):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 1, 8, 8), generator=generator, dtype=torch.uint8)
    labels = (images.float().mean((1, 2, 3)) > 127).long()
    return Dataset("toy", "Toy", ("dark", "light"), images, labels, images, labels, "made")


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 2))


def test_one_cycle_is_torchs_own():
    weight = nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=1.0, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1.0, total_steps=201, pct_start=0.3)
    # torch's has its peak a step before the exact share; between steps they agree to that step.
    for step in range(201):
        assert one_cycle((step + 0.3) / 200.0) == pytest.approx(
            schedule.get_last_lr()[0], abs=0.025
        )
        optimiser.step()
        schedule.step()
    assert one_cycle(0) == pytest.approx(1 / 25)
    assert one_cycle(0.3) == pytest.approx(1)
    assert one_cycle(1) == pytest.approx(1e-4 / 25)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("sgd", lambda p: torch.optim.SGD(p, 0.1, 0.9, nesterov=True, weight_decay=0.01)),
        ("adam", lambda p: torch.optim.Adam(p, 0.1, weight_decay=0.01)),
        ("adamw", lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.01)),
    ],
)
def test_a_step_is_the_plain_loops(name, reference):
    data, ours, plain = toy(), network(), network()
    trainer = Trainer(
        ours,
        data,
        optimiser_name=name,
        settings=lambda: OptimiserSettings(0.1, 0.01),
        batch_size=16,
        epochs=2,
        schedule="constant",
        autocast=False,
    )
    torch.manual_seed(5)
    steps = list(trainer.steps())
    optimiser = reference(plain.parameters())
    torch.manual_seed(5)
    losses = []
    for _ in range(2):
        for batch in torch.randperm(64).split(16):
            images = data.train_images[batch].float() / 255
            loss = nn.functional.cross_entropy(plain(images), data.train_labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
    assert steps == list(range(1, 9))
    assert trainer.read_back()[0] == pytest.approx(losses, rel=1e-4)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)


def test_a_loss_function_is_minimised_and_knows_the_fraction_of_steps_done():
    shares = []

    def to_zero(model, images, targets, share):
        shares.append(share)
        logits = model(images)
        return logits.square().mean(), logits

    model = network()
    trainer = Trainer(
        model,
        toy(),
        optimiser_name="sgd",
        settings=lambda: OptimiserSettings(0.1, 0.0),
        batch_size=16,
        epochs=2,
        loss_function=to_zero,
        autocast=False,
    )
    before = model(toy().test_images.float() / 255).square().mean()
    list(trainer.steps())
    losses, hits = trainer.read_back()
    assert shares == [step / 8 for step in range(8)]
    assert losses[0] == pytest.approx(before.item(), rel=0.5)
    assert losses[-1] < losses[0]
    assert model(toy().test_images.float() / 255).square().mean() < before
    assert all(0 <= hit <= 1 for hit in hits)


def test_half_precision_stays_near_and_keeps_the_weights_whole(monkeypatch):
    # Also where the processor would not gain by it.
    half = lambda device: torch.autocast(device.type, torch.bfloat16)  # noqa: E731
    monkeypatch.setattr("lab.training.trainer.devices.autocast", half)
    losses = []
    for autocast in (True, False):
        torch.manual_seed(0)
        model = network()
        trainer = Trainer(
            model,
            toy(),
            optimiser_name="sgd",
            settings=lambda: OptimiserSettings(0.05, 0.0),
            batch_size=16,
            epochs=4,
            autocast=autocast,
        )
        list(trainer.steps())
        losses.append(trainer.read_back()[0])
        assert all(p.dtype == torch.float32 for p in model.parameters())
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.05)


def test_the_learning_rate_can_be_turned_while_it_trains():
    settings = OptimiserSettings(0.1, 0.0)
    trainer = Trainer(
        network(),
        toy(),
        optimiser_name="sgd",
        settings=lambda: settings,
        batch_size=16,
        epochs=1,
        schedule="constant",
    )
    steps = trainer.steps()
    next(steps)
    before = [p.clone() for p in trainer.model.parameters()]
    settings.lr = 0.0
    next(steps)
    assert all(map(torch.equal, before, trainer.model.parameters()))


def test_reading_back_gives_each_step_once():
    trainer = Trainer(
        network(),
        toy(),
        optimiser_name="adam",
        settings=lambda: OptimiserSettings(0.01, 0.0),
        batch_size=16,
        epochs=1,
    )
    for _ in trainer.steps():
        pass
    losses, hits = trainer.read_back()
    assert len(losses) == len(hits) == 4
    assert trainer.read_back() == ([], [])
    assert trainer.epoch == 1


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), float("-inf")])
def test_it_knows_since_which_step_the_loss_is_no_number(broken):
    def breaks(model, images, targets, share):
        loss, logits = cross_entropy(model, images, targets, share)
        return (loss + broken if share == 5 / 8 else loss), logits

    trainer = Trainer(
        network(),
        toy(),
        optimiser_name="sgd",
        settings=lambda: OptimiserSettings(0.1, 0.0),
        batch_size=16,
        epochs=2,
        loss_function=breaks,
        autocast=False,
    )
    for step in trainer.steps():
        if step in (2, 4):
            trainer.read_back()
            assert trainer.diverged_at is None
    losses, _ = trainer.read_back()
    assert trainer.diverged_at == 6
    assert not math.isfinite(losses[1])
    trainer.read_back()
    assert trainer.diverged_at == 6


def test_what_comes_after_a_step_sees_its_learning_rate_and_may_change_the_weights():
    seen = []

    def clear(model, lr):
        seen.append(lr)
        with torch.no_grad():
            model[1].weight.zero_()

    model = network()
    trainer = Trainer(
        model,
        toy(),
        optimiser_name="sgd",
        settings=lambda: OptimiserSettings(0.1, 0.0),
        batch_size=16,
        epochs=2,
        after_step=clear,
        autocast=False,
    )
    list(trainer.steps())
    assert seen == pytest.approx([0.1 * one_cycle(step / 8) for step in range(8)])
    assert not model[1].weight.any()


@pytest.mark.parametrize(("name", "kind"), [("sgd", "SGD"), ("adamw", "AdamW")])
def test_groups_of_weights_have_learning_rates_of_their_own(name, kind):
    """A step is that of torch's optimiser with parameter groups."""
    ours, plain = network(), network()
    trainer = Trainer(
        ours,
        toy(16),
        optimiser_name=name,
        settings=lambda: OptimiserSettings(0.1, 0.01, {"body": 0.003}),
        groups={"body": list(ours[1].parameters())},
        batch_size=16,
        epochs=1,
        schedule="constant",
        autocast=False,
    )
    list(trainer.steps())
    options = {"momentum": 0.9, "nesterov": True} if name == "sgd" else {}
    groups = [{"params": plain[3].parameters()}, {"params": plain[1].parameters(), "lr": 0.003}]
    optimiser = getattr(torch.optim, kind)(groups, lr=0.1, weight_decay=0.01, **options)
    data = toy(16)
    loss = nn.functional.cross_entropy(plain(data.train_images / 255), data.train_labels)
    loss.backward()
    optimiser.step()
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
    assert not torch.equal(ours[1].weight, network()[1].weight)


def test_inputs_stand_in_for_the_images():
    """Trained on the frozen layers' outputs, the upper layers learn what they learn above them."""
    data, whole, apart = toy(), network(), network()
    whole[1].requires_grad_(False)
    lower, upper = apart[:3], apart[3:]
    options = {"optimiser_name": "sgd", "batch_size": 16, "epochs": 3, "seed": 1, "autocast": False}

    def settings():
        return OptimiserSettings(0.1, 0.0)

    list(Trainer(whole, data, settings=settings, **options).steps())
    with torch.no_grad():
        inputs = lower(data.train_images / 255)
    list(Trainer(upper, data, settings=settings, inputs=inputs, **options).steps())
    torch.testing.assert_close(whole[3].weight, upper[0].weight)
    assert not torch.equal(whole[3].weight, network()[3].weight)
