"""Coordinate networks in training: the measure, the step against plain Adam, and the painting."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lab.networks.coordinate_networks import KINDS, grid
from lab.training import trainer as training
from lab.training.coordinates import (
    HIGHEST,
    WARM_UP,
    CoordinateTrainer,
    as_picture,
    error_of,
    painted,
    psnr,
)
from lab.training.race import from_seed, race


def picture(height=12, width=20):
    rows, columns = np.mgrid[:height, :width]
    channels = [rows * 255 // height, columns * 255 // width, (rows + columns) % 2 * 200]
    return np.stack(channels, -1).astype(np.uint8)


def network(kind="sines", seed=0):
    return from_seed(seed, lambda: KINDS[kind].build(16, 2))


def trainer(kind="sines", *, steps=40, lr=2e-3, batch_size=64, seed=0, pixels=None):
    return CoordinateTrainer(
        network(kind, seed),
        picture() if pixels is None else pixels,
        lr=lambda: lr,
        steps=steps,
        batch_size=batch_size,
        seed=seed,
    )


def test_psnr_is_the_textbooks():
    error = np.random.default_rng(0).random()
    assert psnr(error) == pytest.approx(10 * math.log10(1 / error))
    assert psnr(0.0) == psnr(1e-30) == HIGHEST
    assert math.isnan(psnr(math.nan))
    pixels = picture()
    assert error_of(pixels, pixels) == 0
    other = np.clip(pixels.astype(int) + 9, 0, 255).astype(np.uint8)
    expected = ((pixels / 255 - other / 255) ** 2).mean()
    assert error_of(other, pixels) == pytest.approx(expected)


def test_a_step_is_one_of_adam_on_the_mean_squared_error():
    runner, plain = trainer(steps=3, batch_size=1000), network()
    colours = torch.from_numpy(picture()).view(-1, 3).float() / 255
    optimiser = torch.optim.Adam(plain.parameters(), 2e-3)
    for step in range(3):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * training.one_cycle(step / 3, WARM_UP)
        loss = F.mse_loss(plain(grid(12, 20)), 2 * colours - 1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert list(runner.steps()) == [1, 2, 3]
    for ours, expected in zip(runner.model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)


def test_each_pixel_comes_once_until_all_were_seen(monkeypatch):
    seen = []
    monkeypatch.setattr(CoordinateTrainer, "_train_on", lambda self, batch: seen.append(batch))
    list(trainer(steps=6, batch_size=80).steps())
    for passage in (seen[:3], seen[3:]):
        assert torch.cat(passage).sort().values.tolist() == list(range(240))
    assert not torch.equal(seen[0], seen[3])


def test_it_overfits_and_its_seed_decides():
    def outcome(seed):
        runner = trainer(steps=150, lr=5e-3, batch_size=240, seed=seed)
        before = psnr(runner.painting()[1])
        list(runner.steps())
        return before, psnr(runner.painting()[1])

    before, after = outcome(0)
    assert after > before + 8
    assert outcome(0) == (before, after)
    assert outcome(1) != (before, after)


def test_in_a_race_each_comes_out_as_it_does_alone():
    alone = trainer("relu", steps=9)
    list(alone.steps())
    racing = {kind: trainer(kind, steps=9) for kind in KINDS}
    list(race(racing))
    for one, other in zip(alone.model.parameters(), racing["relu"].model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_painting_is_what_the_network_says_of_each_pixel():
    runner = trainer()
    list(runner.steps())
    pixels, error = runner.painting()
    assert (pixels == painted(runner.model, (12, 20))).all()
    assert pixels.shape == (12, 20, 3)
    assert psnr(error) == pytest.approx(psnr(error_of(pixels, picture())), abs=0.2)
    part = painted(runner.model, (12, 20), (5.0, 2.0, 8.0, 4.0), (4, 8))
    assert (part == pixels[2:6, 5:13]).all()
    assert painted(runner.model, (12, 20), (5.0, 2.0, 8.0, 4.0), (40, 80)).shape == (40, 80, 3)


def test_what_is_not_finite_is_grey_and_its_error_none():
    found = torch.full((2, 3), math.nan)
    assert set(as_picture(found, 1, 2).ravel().tolist()) == {128}
    runner = trainer(lr=1e25)
    list(runner.steps())
    assert math.isnan(runner.painting()[1])


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (8, 2)])
def test_pictures_of_any_shape(size):
    runner = trainer(steps=3, pixels=picture(*size))
    assert list(runner.steps()) == [1, 2, 3]
    assert runner.painting()[0].shape == (*size, 3)
