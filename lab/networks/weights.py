"""Networks in safetensors files, with their card inside. A pickle is never opened.

A file may come from anywhere, so all of it is checked; every error is one line that names the file.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lab.errors import UserError
from lab.networks import models
from lab.networks.card import Card
from lab.networks.filters import first_layer
from lab.networks.finite import TRAIN_AGAIN, check_weights
from lab.networks.models import Network
from lab.system.saving import not_written, place

SUFFIX = ".safetensors"
KEY = "glassbox"
"""The key of the card in the metadata of the file."""
HISTORY = "history."
"""Prefix of tensors that are earlier first-layer weights; the training step follows."""


def save(network: Network, path: Path | str) -> Path:
    """Write `network` to `path` (".safetensors" is added where it lacks) and return the path.

    A reader sees the old file or the new one, never part of it. Raises UserError where it cannot
    be written.
    """
    path = Path(path)
    path = path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
    place(_content(network), path)
    return path


def keep(network: Network, folder: Path) -> Path:
    """Write `network` into `folder` unless it is there already; returns the path of the file.

    folder: made where it is missing. The file is named by the card and a digest of the weights: one
    network, one name. Raises UserError where it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from None
    content = _content(network)
    digest = hashlib.sha256(content).hexdigest()[:12]
    path = folder / f"{network.card.name}-{digest}{SUFFIX}"
    if not path.is_file():
        place(content, path)
    return path


def _content(network: Network) -> bytes:
    tensors = {k: v.cpu().contiguous() for k, v in network.network.state_dict().items()}
    tensors |= {f"{HISTORY}{step}": v.contiguous() for step, v in network.history.items()}
    return safetensors.torch.save(tensors, {KEY: network.card.to_json()})


def read(path: Path | str) -> Network:
    """The network in the file, frozen, on the CPU.

    The card is in the file's metadata, or in a .json file of the same name beside it. Raises
    UserError for anything that is not a network that can be built here, and for one with NaN or
    infinite weights.
    """
    path = Path(path)
    _check_kind(path)
    try:
        with safe_open(path, framework="pt") as file:
            inside = (file.metadata() or {}).get(KEY)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, RuntimeError, KeyError) as error:
        raise UserError(f"{path} is damaged or cut short: {_line(error)}") from error
    try:
        history = {name: tensors.pop(name) for name in list(tensors) if name.startswith(HISTORY)}
        network = models.restore(_card(path, inside), tensors).frozen()
        network.history = _history(network, history)
        check_weights(network, network.card.title)
        return network
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def card(path: Path | str) -> Card:
    """The card of the network in the file alone: no tensor is made of it.

    Raises UserError as `read` does, for what can be seen by then.
    """
    path = Path(path)
    _check_kind(path)
    try:
        with safe_open(path, framework="np") as file:
            inside = (file.metadata() or {}).get(KEY)
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(f"{path} is damaged or cut short: {_line(error)}") from error
    try:
        return _card(path, inside)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _history(network: Network, tensors: dict[str, Tensor]) -> dict[int, Tensor]:
    """Step -> first-layer weights, in order. UserError for tensors that do not fit."""
    if not tensors:
        return {}
    shape = first_layer(network).weight.shape
    result = {}
    for name, tensor in tensors.items():
        step = name.removeprefix(HISTORY)
        if not step.isdecimal() or tensor.shape != shape or not tensor.is_floating_point():
            raise UserError(f"the weights are not what the card says: {name} is no first layer")
        result[int(step)] = tensor.float()
        if not bool(result[int(step)].isfinite().all()):
            raise UserError(f"{name} has NaN or infinite values: {TRAIN_AGAIN}")
    return dict(sorted(result.items()))


def _check_kind(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(9)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
    if not start:
        raise UserError(f"{path} is empty: save the network again")
    # A safetensors file begins with eight bytes, the length of its header, and the header's "{".
    if start[8:9] != b"{":
        if start.startswith((b"PK\x03\x04", b"\x80")):
            raise UserError(
                f"{path} is a pickle, which can run code: Glassbox never opens one; "
                f"have it saved as {SUFFIX}"
            )
        raise UserError(f"{path} is no {SUFFIX} file: choose one that Glassbox saved")
    if int.from_bytes(start[:8], "little") > size - 8:
        raise UserError(f"{path} is damaged or cut short: its header is longer than the file")


def _card(path: Path, inside: str | None) -> Card:
    if inside is not None:
        return Card.from_json(inside)
    beside = path.with_suffix(".json")
    try:
        return Card.from_json(beside.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"it has no card to say what network it is: put {beside.name} beside it"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{beside.name} cannot be read: {_line(error)}") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
