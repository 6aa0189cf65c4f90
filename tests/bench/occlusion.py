"""Our occlusion maps over Captum's, of the same network, picture and positions.

A patch of 32 px every 8 px on 224 px: 625 positions. Captum runs as PyTorch users run it, default
layout and inference mode, with the best of its perturbations_per_eval, which is found on 49
positions before the full run. Ours includes all that it prepares, and is measured before and after
Captum's, because a machine's speed drifts. Weights are fresh (batch normalisation has seen noise
once, so that the signal reaches the end): time does not depend on them.

greatest_difference: of our logits from those of a naive loop, over the greatest logit, at every
16th position. Captum's attributions are sums over overlapping patches, so they say less.
first_map_fraction: our first coarse map, every 4th position of a side, over Captum's whole time.
"""

import time

import torch
from torch import nn

from lab import devices, models
from lab.interpreting.occlusion_map import Occluder, coarse_to_fine, positions

NAMES = ("efficientnet_lite0", "resnet18", "googlenet", "vgg16")
SIZE, PATCH, STRIDE = 224, 32, 8


def fresh(name: str, device: torch.device) -> models.Classifier:
    model = models.load(name, pretrained=False, device=device)
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    model.train()
    with torch.no_grad():
        model(torch.rand(4, 3, SIZE, SIZE, device=device))
    return model.eval()


def ours(model, image) -> tuple[float, float]:
    """Seconds to the first coarse map and to the whole one, from nothing."""
    tops, lefts = positions(SIZE, SIZE, PATCH, STRIDE)
    begun, times = time.perf_counter(), []
    occluder = Occluder(model, image, patch=PATCH)
    for part in coarse_to_fine(len(tops), len(lefts)):
        occluder.logits([(tops[row], lefts[column]) for row, column in part])
        times.append(time.perf_counter() - begun)
    return times[0], times[-1]


def captum_seconds(model, image, target: int) -> float:
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


def greatest_difference(model, image) -> float:
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


def measure(device: str) -> dict[str, float]:
    devices.set_threads()
    chosen, figures = devices.choose(device), {}
    for name in NAMES:
        model = fresh(name, chosen)
        image = torch.rand(3, SIZE, SIZE, generator=torch.Generator().manual_seed(0)).to(chosen)
        with torch.inference_mode():
            difference = greatest_difference(model, image)
            runs = [ours(model, image)]
            model.to(memory_format=torch.contiguous_format)
            peer = captum_seconds(model, image, 0)
            model.to(memory_format=torch.channels_last)
            runs.append(ours(model, image))
        figures[f"{name}_speed_ratio"] = peer / (sum(whole for _, whole in runs) / 2)
        figures[f"{name}_greatest_difference"] = difference
        figures[f"{name}_first_map_fraction"] = sum(first for first, _ in runs) / 2 / peer
        figures[f"{name}_captum_seconds"] = peer
    return figures
