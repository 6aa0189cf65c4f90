"""Our occlusion maps over Captum's, of the same network, picture and positions.

A patch of 32 px every 8 px on 224 px: 625 positions. Captum runs as PyTorch users run it, default
layout and inference mode, with the best of its perturbations_per_eval, which is found on 49
positions before the full run; ours looks at as many before, and its time includes all that it
prepares. Each runs in a fresh process, one after the other, and the ratio is the median of a few
such turns, because a machine's speed drifts. Weights are fresh (batch normalisation has seen noise
once, so that the signal reaches the end): time does not depend on them.

Captum's time has two states. Where the allocator returns its large maps to the system after every
pass, it takes half as long again: for EfficientNet-Lite0 6.5 s instead of 4.4, on two cores, with a
million page faults. Which one is met depends on where small objects happen to lie in memory, so
every process begins by keeping some of random sizes, of the turn's seed. speed_ratio_lowest is the
turn that was the worst for us.

greatest_difference: of our logits from those of a naive loop, over the greatest logit, at every
16th position. Captum's attributions are sums over overlapping patches, so they say less.
first_map_fraction: our first coarse map, every 4th position of a side, over Captum's whole time.
"""

import random
import statistics
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lab.networks import models
from lab.occlusion.occlusion_map import Occluder, coarse_to_fine, positions
from lab.system import devices, garbage
from tests.bench.child import in_child

TURNS = {"efficientnet_lite0": 7, "resnet18": 7, "googlenet": 3, "vgg16": 1}
SIZE, PATCH, STRIDE = 224, 32, 8

_kept: list[bytes] = []


def fresh(name: str, device: torch.device) -> models.Classifier:
    model = models.load(name, pretrained=False, device=device)
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    model.train()
    with torch.no_grad():
        model(torch.rand(4, 3, SIZE, SIZE, device=device))
    return model.eval()


def prepared(name: str, device: str, turn: int) -> tuple[models.Classifier, Tensor]:
    """The network and the picture, in a process that has just begun."""
    dice = random.Random(turn)
    _kept.extend(bytes(dice.randrange(1, 200_000)) for _ in range(dice.randrange(1, 40)))
    devices.set_threads()
    chosen = devices.choose(device)
    image = torch.rand(3, SIZE, SIZE, generator=torch.Generator().manual_seed(0)).to(chosen)
    model = fresh(name, chosen)
    garbage.release()  # as the window does when it has come up
    return model, image


def ours(model: nn.Module, image: Tensor, passes: int = 3) -> tuple[float, float]:
    """Seconds to the first coarse map and to the last of so many passes, from nothing."""
    tops, lefts = positions(SIZE, SIZE, PATCH, STRIDE)
    begun, times = time.perf_counter(), []
    occluder = Occluder(model, image, patch=PATCH)
    for part in coarse_to_fine(len(tops), len(lefts))[:passes]:
        occluder.logits([(tops[row], lefts[column]) for row, column in part])
        times.append(time.perf_counter() - begun)
    return times[0], times[-1]


def captum_seconds(model: nn.Module, image: Tensor, target: int) -> float:
    from captum.attr import Occlusion

    peer = Occlusion(model)

    def run(stride: int, together: int) -> float:
        begun = time.perf_counter()
        peer.attribute(
            image[None],
            sliding_window_shapes=(3, PATCH, PATCH),
            strides=(3, stride, stride),
            target=target,
            baselines=0,
            perturbations_per_eval=together,
        )
        return time.perf_counter() - begun

    best = min((1, 4, 8, 16), key=lambda together: run(4 * STRIDE, together))
    return run(STRIDE, best)


def greatest_difference(model: nn.Module, image: Tensor) -> float:
    tops, lefts = positions(SIZE, SIZE, PATCH, STRIDE)
    places = [(top, left) for top in tops for left in lefts][::16]
    found = Occluder(model, image, patch=PATCH).logits(places)
    worst = largest = 0.0
    for (top, left), logits in zip(places, found, strict=True):
        hidden = image.clone()
        hidden[:, top : top + PATCH, left : left + PATCH] = 0
        wanted = model(hidden[None])[0].cpu()
        worst = max(worst, float((wanted - logits).abs().max()))
        largest = max(largest, float(wanted.abs().max()))
    return worst / largest


def run_theirs(name: str, device: str, turn: int) -> float:
    model, image = prepared(name, device, turn)
    model.to(memory_format=torch.contiguous_format)
    with torch.inference_mode():
        return captum_seconds(model, image, 0)


def run_ours(name: str, device: str, turn: int) -> tuple[float, float, float]:
    """Seconds to our first map and to the whole one, and the greatest difference."""
    model, image = prepared(name, device, turn)
    with torch.inference_mode():
        ours(model, image, passes=1)
        return *ours(model, image), greatest_difference(model, image)


def measure(device: str) -> dict[str, float]:
    return compared(device, TURNS)


def compared(device: str, turns: Mapping[str, int]) -> dict[str, float]:
    """The figures of each network, measured in so many turns."""
    figures = {}
    for name, count in turns.items():
        ratios, fractions, theirs, differences = [], [], [], []
        for turn in range(count):
            # Neither side always goes first.
            calls = ("run_ours", "run_theirs") if turn % 2 else ("run_theirs", "run_ours")
            found: dict[str, Any] = {
                call: in_child(f"tests.bench.occlusion:{call}", name, device, turn)
                for call in calls
            }
            first, whole, difference = found["run_ours"]
            theirs.append(found["run_theirs"])
            ratios.append(theirs[-1] / whole)
            fractions.append(first / theirs[-1])
            differences.append(difference)
        figures[f"{name}_speed_ratio"] = statistics.median(ratios)
        figures[f"{name}_speed_ratio_lowest"] = min(ratios)
        figures[f"{name}_greatest_difference"] = max(differences)
        figures[f"{name}_first_map_fraction"] = statistics.median(fractions)
        figures[f"{name}_captum_seconds"] = statistics.median(theirs)
    return figures
