"""Which device, which precision, and whose random numbers."""

import contextlib

import pytest
import torch

from lab.errors import UserError
from lab.system import devices


@pytest.mark.parametrize("has", [True, False])
def test_bfloat16_only_where_the_processor_has_matrix_units_for_it(monkeypatch, has):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": has})
    with devices.autocast(torch.device("cpu")):
        result = torch.ones(4, 4) @ torch.ones(4, 4)
    assert result.dtype == (torch.bfloat16 if has else torch.float32)


@pytest.mark.parametrize("name", ["tpu", "cuda:x"])
def test_a_device_that_is_not_known(name):
    with pytest.raises(UserError, match=f"no device {name}"):
        devices.choose(name)


def test_random_numbers_of_its_own_leave_the_others_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    first = devices.RandomState(torch.device("cpu"), 7)
    with first:
        one = torch.rand(2)
    assert torch.equal(torch.rand(4), expected)
    with first:
        two = torch.rand(2)
    torch.manual_seed(7)
    assert torch.equal(torch.cat([one, two]), torch.rand(4))


class Chip:
    """An accelerator's random numbers: a state that each draw moves on, begun from a seed."""

    def __init__(self):
        self.state = torch.tensor([99, 0])

    def seed(self, seed):
        self.state = torch.tensor([seed, 0])

    def draw(self):
        self.state = self.state + torch.tensor([0, 1])
        return tuple(self.state.tolist())


class Chips:
    """Two GPUs of CUDA's, and Apple's, as torch.cuda and torch.mps speak of them."""

    def __init__(self, monkeypatch):
        self.cuda, self.mps, self.at = [Chip(), Chip()], Chip(), 0
        for name in ("get_rng_state", "set_rng_state", "manual_seed", "device"):
            monkeypatch.setattr(torch.cuda, name, getattr(self, f"cuda_{name}"))
        monkeypatch.setattr(torch.mps, "get_rng_state", lambda: self.mps.state)
        monkeypatch.setattr(torch.mps, "set_rng_state", lambda s: setattr(self.mps, "state", s))
        for name in ("torch.cuda.manual_seed_all", "torch.mps.manual_seed"):
            monkeypatch.setattr(name, self.all_seeded if name.endswith("all") else self.mps.seed)

    def cuda_get_rng_state(self, device):
        return self.cuda[torch.device(device).index].state

    def cuda_set_rng_state(self, state, device):
        self.cuda[torch.device(device).index].state = state

    def cuda_manual_seed(self, seed):
        self.cuda[self.at].seed(seed)

    def all_seeded(self, seed):
        for chip in self.cuda:
            chip.seed(seed)

    @contextlib.contextmanager
    def cuda_device(self, device):
        before, self.at = self.at, torch.device(device).index
        yield
        self.at = before

    def __getitem__(self, device):
        device = torch.device(device)
        return self.mps if device.type == "mps" else self.cuda[device.index]

    def every(self):
        return [*self.cuda, self.mps]


@pytest.mark.parametrize("device", ["cuda:0", "cuda:1", "mps"])
def test_a_run_draws_from_its_own_numbers_of_its_own_device(device, monkeypatch):
    chips = Chips(monkeypatch)
    others = [chip for chip in chips.every() if chip is not chips[device]]
    one, two = (devices.RandomState(torch.device(device), seed) for seed in (7, 8))
    drawn = {7: [], 8: []}
    for _ in range(3):
        for seed, state in ((7, one), (8, two)):
            with state:
                drawn[seed].append(chips[device].draw())
    assert drawn == {seed: [(seed, n) for n in (1, 2, 3)] for seed in (7, 8)}
    assert chips[device].draw() == (99, 1), "the outside was not left alone"
    assert all(chip.state.tolist() == [99, 0] for chip in others)


@pytest.mark.parametrize("device", ["cpu", "cuda:1", "mps"])
def test_making_one_seeds_nothing_of_anybody_elses(device, monkeypatch):
    chips = Chips(monkeypatch)
    outside = torch.get_rng_state()
    devices.RandomState(torch.device(device), 7)
    assert torch.equal(torch.get_rng_state(), outside)
    assert all(chip.state.tolist() == [99, 0] for chip in chips.every())


def test_a_run_on_the_processor_leaves_the_accelerators_alone(monkeypatch):
    chips = Chips(monkeypatch)
    with devices.RandomState(torch.device("cpu"), 7):
        torch.rand(1)
    assert all(chip.state.tolist() == [99, 0] for chip in chips.every())


@pytest.mark.gpu
def test_runs_on_a_gpu_draw_from_their_own_numbers():
    device = torch.device("cuda", torch.cuda.device_count() - 1)

    def draw():
        return torch.rand(2, device=device).tolist() + torch.rand(2).tolist()

    def alone(seed):
        state = devices.RandomState(device, seed)
        result = []
        for _ in range(2):
            with state:
                result.append(draw())
        return result

    torch.cuda.manual_seed_all(5)
    outside = torch.cuda.get_rng_state_all()
    expected = [alone(seed) for seed in (7, 8)]
    states = [devices.RandomState(device, seed) for seed in (7, 8)]
    found = [[], []]
    for _ in range(2):
        for mine, state in zip(found, states, strict=True):
            with state:
                mine.append(draw())
            with devices.RandomState(torch.device("cpu"), 1):
                draw()  # what another run does on the processor
    assert found == expected
    left = torch.cuda.get_rng_state_all()
    assert all(torch.equal(a, b) for a, b in zip(left, outside, strict=True))


def test_a_probe_of_the_processor_draws_from_nobodys_numbers(monkeypatch):
    from lab.occlusion import convolutions

    monkeypatch.setattr(convolutions, "_fuses", [])
    before = torch.get_rng_state()
    convolutions.fuses()
    devices.warm_up()
    with devices.autocast(torch.device("cpu")):
        pass
    devices.describe(torch.device("cpu"))
    assert torch.equal(torch.get_rng_state(), before)
