"""Networks whose numbers are none: NaN or infinite weights, as a diverged training leaves them."""

from __future__ import annotations

import torch
from torch import nn

from lab.errors import UserError
from lab.networks.models import Network

TRAIN_AGAIN = "train it again with a smaller learning rate"


def not_finite(network: nn.Module) -> str:
    """The name of the first weight or statistic with a NaN or infinite value; "" for none."""
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            return name
    return ""


def check_weights(network: nn.Module, title: str, advice: str = TRAIN_AGAIN) -> None:
    """UserError, in one line, for NaN or infinite weights. title, advice: parts of that line."""
    if isinstance(network, Network):
        network = network.network
    if name := not_finite(network):
        raise UserError(
            f"{title} has NaN or infinite weights ({name}): its training diverged; {advice}"
        )


def check_output(network: Network) -> None:
    """The same where its output for a grey image is NaN or infinite, though its weights are not.

    One forward pass, in the mode that the network is in.
    """
    card = network.card
    grey = torch.full((1, card.channels, card.size, card.size), 0.5, device=network.device)
    with torch.inference_mode():
        known = bool(network(grey).isfinite().all())
    if not known:
        raise UserError(f"{card.title} answers with NaN or infinite values: {TRAIN_AGAIN}")
