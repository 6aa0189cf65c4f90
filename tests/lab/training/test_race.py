"""The race: turn about, from one start, each as it would run alone."""

import pytest
import torch
from torch import nn

from lab.system.devices import RandomState
from lab.training.race import from_seed, race
from lab.training.trainer import OptimiserSettings, Trainer
from tests.lab.training.test_trainer import toy

CPU = torch.device("cpu")


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Dropout(0.3), nn.Linear(16, 2))


def trainer(seed=4, *, batch_size=16, epochs=2, seen=None, model=None, **named):
    def watch(images):
        if seen is not None:
            seen.append(images.clone())
        return named["augment"](images) if "augment" in named else images

    return Trainer(
        model or from_seed(seed, network),
        toy(48),
        optimiser_name="sgd",
        settings=lambda: OptimiserSettings(0.05, 0.0),
        batch_size=batch_size,
        epochs=epochs,
        augment=watch,
        mix=named.get("mix"),
        autocast=False,
        seed=seed,
    )


def noisy(images):
    return images + 0.1 * torch.randn_like(images)


def weights(runner):
    return torch.cat([p.detach().flatten() for p in runner.model.parameters()])


def test_a_seed_gives_the_same_network_and_leaves_the_random_numbers():
    before = torch.get_rng_state()
    a, b, c = from_seed(1, network), from_seed(1, network), from_seed(2, network)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(a[1].weight, b[1].weight)
    assert not torch.equal(a[1].weight, c[1].weight)


def test_they_take_turns():
    runners = {name: trainer(seed=i) for i, name in enumerate("abc")}
    assert list(race(runners)) == list("abc") * 6


def test_turns_are_fair_in_the_share_that_is_done():
    runners = {"short": trainer(batch_size=24, epochs=1), "long": trainer(batch_size=8, epochs=3)}
    totals = {name: runner.total_steps for name, runner in runners.items()}
    assert totals == {"short": 2, "long": 18}
    for _ in race(runners):
        shares = [runner.step / totals[name] for name, runner in runners.items()]
        assert abs(shares[0] - shares[1]) <= 1 / 2
    assert {name: runner.step for name, runner in runners.items()} == totals


def test_all_meet_the_same_pictures_in_the_same_order_whatever_else_is_drawn():
    plain, other = [], []
    runners = {"plain": trainer(seen=plain), "other": trainer(seen=other, augment=noisy)}
    assert torch.equal(weights(runners["plain"]), weights(runners["other"]))
    list(race(runners))
    assert len(plain) == 6
    assert all(map(torch.equal, plain, other))
    assert not torch.equal(weights(runners["plain"]), weights(runners["other"]))


def test_each_comes_out_as_it_would_alone():
    raced = {seed: trainer(seed, augment=noisy) for seed in (4, 7)}
    list(race(raced))
    for seed, runner in raced.items():
        alone = trainer(seed, augment=noisy)
        with RandomState(CPU, seed):
            list(alone.steps())
        assert torch.equal(weights(runner), weights(alone))


def test_a_race_leaves_the_global_random_numbers_alone():
    runners = {seed: trainer(seed, augment=noisy) for seed in (4, 7)}
    before = torch.get_rng_state()
    list(race(runners))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_race_that_is_left_can_be_closed_in_the_middle():
    runners = {name: trainer() for name in "ab"}
    steps = race(runners)
    assert [next(steps) for _ in range(3)] == ["a", "b", "a"]
    steps.close()
    assert [runner.step for runner in runners.values()] == [2, 1]


def test_mixed_targets_are_what_is_learned():
    model = from_seed(0, network)
    half = torch.full((16, 2), 0.5)
    runner = trainer(model=model, epochs=1, mix=lambda images, labels: (images, half))
    model[2].p = 0.0
    next(runner.steps())
    # With equal halves the loss is the mean of both classes' cross-entropies: at least log 2.
    loss = runner.read_back()[0][0]
    assert loss >= 0.6931
    fresh = from_seed(0, network)
    fresh[2].p = 0.0
    order = torch.randperm(48, generator=torch.Generator().manual_seed(4))[:16]
    logits = fresh(toy(48).train_images[order].float() / 255)
    expected = -logits.log_softmax(1).mean()
    assert loss == pytest.approx(expected.item(), rel=1e-5)
