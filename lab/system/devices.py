"""The device of a run, its name, and the random numbers of the run."""

from __future__ import annotations

import os
import platform
from types import TracebackType

import torch

from lab.errors import UserError

NAMES = ("auto", "cpu", "cuda", "mps")


def choose(name: str = "auto") -> torch.device:
    """The device called auto, cpu, cuda, cuda:N or mps. UserError if this machine lacks it."""
    kind, _, index = name.partition(":")
    if kind not in NAMES or (index and not index.isdigit()):
        raise UserError(f"no device {name}: choose from {', '.join(NAMES)}")
    if kind == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if kind == "cuda":
        if not torch.cuda.is_available():
            raise UserError("no CUDA device on this machine: choose --device cpu or auto")
        if int(index or 0) >= torch.cuda.device_count():
            raise UserError(f"no device {name}: this machine has {torch.cuda.device_count()}")
        return torch.device("cuda", int(index or 0))
    if kind == "mps" and not torch.backends.mps.is_available():
        raise UserError("no Apple GPU on this machine: choose --device cpu or auto")
    return torch.device(kind)


def describe(device: torch.device) -> str:
    """A short line for the status bar: "cuda:0  NVIDIA RTX 4060", "cpu  2 threads"."""
    if device.type == "cuda":
        return f"{device}  {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return f"mps  {platform.processor() or 'Apple GPU'}"
    return f"cpu  {torch.get_num_threads()} threads"


def set_threads() -> None:
    """Limit torch to one thread fewer than there are cores; call it before any work.

    On two cores training needs both: there the window is kept responsive by the lower priority of
    the torch thread (gui/runtime/worker.py) instead.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = cores or 1
    torch.set_num_threads(cores if cores <= 2 else min(cores - 1, torch.get_num_threads()))


def warm_up() -> None:
    """Import early what PyTorch imports with the first optimiser, which takes a second or two."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)


def autocast(device: torch.device) -> torch.autocast:
    """The autocast context for training: bfloat16 where the processor has AMX, else disabled.

    With AMX the small CNN trains 1.6 times as fast, to the same accuracy: weights, normalisation
    and loss stay float32. On a GPU these networks are too small: casting their weights takes longer
    than it saves.
    """
    gains = device.type == "cpu" and bool(torch.cpu.get_capabilities().get("amx_bf16"))
    return torch.autocast(device.type, torch.bfloat16, enabled=gains)


class RandomState:
    """The random numbers of one run: inside `with`, the global generators are in its state.

    The generators of the CPU and of `device`; those of other devices are not touched. The first
    `with` begins from `seed`, each later one continues where the last ended. Entering takes some
    microseconds, so a run enters it at every step of its generator.
    """

    def __init__(self, device: torch.device, seed: int) -> None:
        self._device, self._seed = device, seed
        self._own: tuple[torch.Tensor, ...] | None = None

    def __enter__(self) -> None:
        self._outer = _states(self._device)
        if self._own is None:
            _begin(self._device, self._seed)
        else:
            _set_states(self._device, self._own)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._own = _states(self._device)
        _set_states(self._device, self._outer)


def _states(device: torch.device) -> tuple[torch.Tensor, ...]:
    """The states of the generators that a run on `device` draws from: the CPU's first."""
    if device.type == "cuda":
        return torch.get_rng_state(), torch.cuda.get_rng_state(device)
    if device.type == "mps":
        return torch.get_rng_state(), torch.mps.get_rng_state()
    return (torch.get_rng_state(),)


def _set_states(device: torch.device, states: tuple[torch.Tensor, ...]) -> None:
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
    elif device.type == "mps":
        torch.mps.set_rng_state(states[1])


def _begin(device: torch.device, seed: int) -> None:
    # torch.manual_seed would seed every device of the machine, whoever uses it.
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
