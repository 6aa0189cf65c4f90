"""Our loss landscape over the plain way, of the same network, digits, directions and points.

The plain way: for each point w + a d1 + b d2 into the module's weights, a DataLoader over the
digits, as torchvision gives them, the mean of the batches' losses by `.item()`. Its batches are
those of the paper's code, 128; its network is in eval mode, and in inference mode, which that code
did not know. speed_ratio_tensors: the same with digits that are tensors already. Ours is
lab/landscape/plane.py, with all that it prepares. The network is the exhibit's default, trained for
some steps so that its statistics are real. Each in a process of its own, in turn; the ratios are
medians of the turns.

cpu_ratio: of the processes' own time, which says something on a shared machine too.
"""

import statistics
import time

from tests.bench.child import Child

DEPTH, IMAGES, SIDE, ROUNDS = 20, 250, 13, 5
STEPS, BATCH = 60, 128

_kept = {}


def prepare(device: str) -> None:
    """Train the network in the same way in every process."""
    import torch

    from lab import datasets
    from lab.exhibits.architectures._loss_landscape_networks import Training
    from lab.landscape.directions import random_directions
    from lab.system import devices

    devices.set_threads()
    data = datasets.load("digits").to(devices.choose(device))
    training = Training(data, DEPTH, 4, IMAGES, 0)
    for _ in zip(range(2 * STEPS), training.run(), strict=False):
        pass
    subject = training.subjects[1]
    subject.model.eval()
    axis = torch.linspace(-0.5, 0.5, SIDE).tolist()
    _kept.update(
        subject=subject,
        directions=random_directions(subject.model.network, 0),
        points=[(a, b) for b in axis for a in axis],
    )
    ours()
    plain(False)


def plain(pictures: bool) -> list[float]:
    """The losses, the plain way."""
    import torch
    from torch.nn import functional as F
    from torch.utils.data import DataLoader, TensorDataset

    from lab.landscape.directions import weights_of
    from tests.bench.training import Digits

    subject, (first, second) = _kept["subject"], _kept["directions"]
    images, labels = subject.images, subject.labels
    data = Digits(images.cpu(), labels.cpu()) if pictures else TensorDataset(images / 255, labels)
    loader = DataLoader(data, batch_size=BATCH)
    model, device = subject.model, images.device
    centre = {name: w.clone() for name, w in weights_of(model.network).items()}
    moved = {name: model.network.get_parameter(name) for name in centre}
    found = []
    with torch.inference_mode():
        for a, b in _kept["points"]:
            for name, weight in moved.items():
                weight.data = centre[name] + a * first[name] + b * second[name]
            total = 0.0
            for some, wanted in loader:
                some, wanted = some.to(device), torch.as_tensor(wanted).to(device)
                total += F.cross_entropy(model(some), wanted, reduction="sum").item()
            found.append(total / len(labels))
    for name, weight in moved.items():
        weight.data = centre[name]
    return found


def ours() -> list[float]:
    """The losses, as the exhibit measures them."""
    from lab.exhibits.architectures._loss_landscape_slices import TOGETHER
    from lab.landscape.plane import LossPlane

    subject, points = _kept["subject"], _kept["points"]
    plane = LossPlane(subject.model, subject.images, subject.labels, *_kept["directions"])
    found = []
    for begin in range(0, len(points), TOGETHER):
        found += plane.losses(points[begin : begin + TOGETHER]).tolist()
    return found


def timed(function: str, *arguments) -> tuple[float, float, list[float]]:
    """(seconds, seconds of this process, losses)."""
    begun, used = time.perf_counter(), time.process_time()
    losses = globals()[function](*arguments)
    return time.perf_counter() - begun, time.process_time() - used, losses


def measure(device: str) -> dict[str, float]:
    here = "tests.bench.landscape:"
    calls = (("plain", True), ("plain", False), ("ours",))
    with Child() as one, Child() as two, Child() as three:
        sides = (one, two, three)
        for side in sides:
            side.call(here + "prepare", device)
        rounds = [
            [side.call(here + "timed", *call) for side, call in zip(sides, calls, strict=True)]
            for _ in range(ROUNDS)
        ]
    count = SIDE**2
    return {
        "speed_ratio": statistics.median(a[0] / c[0] for a, _, c in rounds),
        "speed_ratio_lowest": min(a[0] / c[0] for a, _, c in rounds),
        "speed_ratio_tensors": statistics.median(b[0] / c[0] for _, b, c in rounds),
        "cpu_ratio": statistics.median(a[1] / c[1] for a, _, c in rounds),
        "cpu_ratio_tensors": statistics.median(b[1] / c[1] for _, b, c in rounds),
        "greatest_difference": max(
            abs(x - y) for a, _, c in rounds for x, y in zip(a[2], c[2], strict=True)
        ),
        "our_points_per_second": statistics.median(count / c[0] for _, _, c in rounds),
        "plain_points_per_second": statistics.median(count / a[0] for a, _, _ in rounds),
    }
