"""Our evaluation of a style transfer over that of the package neural-style, with VGG-19.

An evaluation: the losses of the lecture's layers (style at relu1_1 to relu5_1, content at relu4_2,
total variation) and their gradient in the pixels, at 256 px. Both have the same fresh weights; time
does not depend on them. Theirs is the closure that `neural_style.main()` itself hands to its
optimiser. Ours is the exhibit's whole `StyleTransfer.evaluate`, with the step of L-BFGS inside: as
it ships, which is in bfloat16 where the processor multiplies in it, and in float32 throughout. Each
in a process of its own, a few evaluations in turn, and the median of the ratios.

memory_ratio: of the processes' greatest resident memory while they evaluate, weights and PyTorch
included (Linux). VGG's dense layers, which ours leaves on the shelf for other exhibits and theirs
throws away, count for neither.
"""

import ctypes
import gc
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.child import Child, in_child

SIZE, TOGETHER, ROUNDS = 256, 3, 7
CONTENT, STYLE = "astronaut", "strokes"
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")

_kept: dict[str, Any] = {}


class _CaughtError(Exception):
    """Their program has come as far as its optimiser."""


def write_weights(folder: str) -> None:
    """VGG-19's convolutions with fresh weights, under the name that their program knows it by."""
    import torch

    from lab.networks import models

    state = models.load("vgg19", pretrained=False).network.state_dict()
    convolutions = {k: v.contiguous() for k, v in state.items() if k.startswith("features")}
    torch.save(convolutions, Path(folder) / "vgg19.pth")


def prepare_theirs(folder: str) -> None:
    """Run their program up to its optimiser, and keep the closure that it hands over."""
    import torch

    from lab.media import pictures
    from lab.system import devices

    devices.set_threads()
    paths = {name: str(pictures.embedded(name).path) for name in (CONTENT, STYLE)}
    sys.argv = ["neural-style", "-gpu", "c", "-image_size", str(SIZE), "-init", "image"]
    sys.argv += ["-content_image", paths[CONTENT], "-style_image", paths[STYLE], "-seed", "0"]
    sys.argv += ["-print_iter", "0", "-save_iter", "0", "-disable_check"]
    sys.argv += ["-model_file", str(Path(folder) / "vgg19.pth")]
    from neural_style import neural_style

    class Optimiser(torch.optim.LBFGS):
        def step(self, closure):
            _kept["evaluate"] = closure
            raise _CaughtError

    neural_style.optim.LBFGS = Optimiser
    try:
        neural_style.main()
    except _CaughtError:
        _warm_up()


def prepare_ours(folder: str, device: str, autocast: bool) -> None:
    """The exhibit's painting of the same pictures, with the same weights."""
    import torch
    from torch import nn

    from lab.media import pictures
    from lab.networks import models
    from lab.style import neural_style as exhibit
    from lab.style.features import Features
    from lab.style.layers import by_default
    from lab.system import devices

    devices.set_threads()
    model = models.load("vgg19", pretrained=False, device=devices.choose(device))
    weights = torch.load(Path(folder) / "vgg19.pth", weights_only=True)
    model.network.load_state_dict(weights, strict=False)
    del weights  # copied; neural-style, too, reads them and lets them go
    model.network.classifier = nn.Identity()
    if not autocast:
        exhibit.Features = partial(Features, autocast=False)
    objective = exhibit.StyleObjective(*by_default(model), variation_weight=1.0)
    content, style = pictures.embedded(CONTENT), pictures.embedded(STYLE)
    painting = exhibit.StyleTransfer(model, content, (style, style), objective, size=SIZE)
    _kept["evaluate"] = lambda: painting.evaluate(objective)
    _warm_up()


def _warm_up() -> None:
    _kept["evaluate"]()
    gc.collect()
    if CLEAR.exists():
        # What was freed goes back to the system; then the greatest memory is measured anew.
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)(0)
        CLEAR.write_text("5")


def seconds() -> float:
    """Of the quickest of a few evaluations."""
    times = []
    for _ in range(TOGETHER):
        begun = time.perf_counter()
        _kept["evaluate"]()
        times.append(time.perf_counter() - begun)
    return min(times)


def peak() -> float:
    """The greatest resident memory since the warming up, in MB; 0 where it is not known."""
    if not CLEAR.exists():
        return 0.0
    lines = STATUS.read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1000


def measure(device: str) -> dict[str, float]:
    here = "tests.bench.style:"
    with tempfile.TemporaryDirectory() as folder:
        in_child(here + "write_weights", folder)
        with Child() as theirs, Child() as shipped, Child() as full:
            theirs.call(here + "prepare_theirs", folder)
            shipped.call(here + "prepare_ours", folder, device, True)
            full.call(here + "prepare_ours", folder, device, False)
            sides = (theirs, shipped, full)
            rounds = [[side.call(here + "seconds") for side in sides] for _ in range(ROUNDS)]
            memory = [side.call(here + "peak") for side in sides]
    figures = {
        "speed_ratio": statistics.median(a / b for a, b, _ in rounds),
        "speed_ratio_float32": statistics.median(a / c for a, _, c in rounds),
        "their_seconds": statistics.median(a for a, _, _ in rounds),
        "our_seconds": statistics.median(b for _, b, _ in rounds),
    }
    if all(memory):
        figures["memory_ratio"] = memory[1] / memory[0]
        figures["memory_ratio_float32"] = memory[2] / memory[0]
        figures["their_megabytes"], figures["our_megabytes"], _ = memory
    return figures
