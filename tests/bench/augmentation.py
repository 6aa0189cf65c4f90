"""A preview of 36 pictures at 224 px, and the same transforms by torchvision, picture by picture.

Ours: from a prepared photograph to bytes that can be drawn, as the exhibit makes it. Theirs: the
same transforms with the same strengths as torchvision.transforms.v2 users compose them, bilinear,
antialiased crops, on a float32 tensor of the same photograph on the same device, then to bytes.
preview_ms is the default composition, worst_ms the slowest single transform at the far end of its
slider, policy_ms the slowest policy. A ratio is theirs over ours; medians of rounds in turn.
"""

import statistics
import time

import torch
from torchvision.transforms import v2

from lab.augmentation import DEFAULT, POLICIES, STRENGTHS, TRANSFORMS, Composition
from lab.exhibits.better_training._augmentation_preview import (
    COUNT,
    SIZE,
    Preview,
    as_bytes,
    prepared,
)
from lab.exhibits.better_training.augmentation import Parameters
from lab.media import pictures
from lab.parameters import describe
from lab.system import devices

ROUNDS = 9
BILINEAR = v2.InterpolationMode.BILINEAR


def peer(name: str, strength: float):
    """torchvision's transform of that name, or None where it has none."""
    low = max(0.0, 1 - strength)
    made = {
        "crop": lambda: v2.RandomResizedCrop(SIZE, (strength, 1.0)),
        "rotation": lambda: v2.RandomRotation((-strength, strength), BILINEAR),
        "perspective": lambda: v2.RandomPerspective(strength, p=1.0),
        "flip": lambda: v2.RandomHorizontalFlip(strength),
        "upside_down": lambda: v2.RandomVerticalFlip(strength),
        "brightness": lambda: v2.ColorJitter(brightness=(low, 1 + strength)),
        "contrast": lambda: v2.ColorJitter(contrast=(low, 1 + strength)),
        "saturation": lambda: v2.ColorJitter(saturation=(low, 1 + strength)),
        "hue": lambda: v2.ColorJitter(hue=strength),
        "blur": lambda: v2.GaussianBlur(_odd(6 * strength * SIZE[0]), (0.1, strength * SIZE[0])),
        "noise": lambda: v2.GaussianNoise(sigma=strength),
        "cutout": lambda: v2.RandomErasing(1.0, (strength**2, strength**2), (1.0, 1.0)),
        "auto_augment": lambda: v2.AutoAugment(interpolation=BILINEAR),
        "rand_augment": lambda: v2.RandAugment(interpolation=BILINEAR),
        "trivial_augment": lambda: v2.TrivialAugmentWide(interpolation=BILINEAR),
        "augmix": lambda: v2.AugMix(interpolation=BILINEAR),
    }
    return made[name]() if name in made else None


def _odd(size: float) -> int:
    return int(size) // 2 * 2 + 1


def theirs(names, strengths, photograph) -> None:
    transform = v2.Compose([peer(name, strengths.get(name, 0.0)) for name in names])
    crop = [] if "crop" in names else [v2.Resize(SIZE[0]), v2.CenterCrop(SIZE)]
    whole = v2.Compose([*crop, transform])
    for _ in range(COUNT):
        as_bytes(whole(photograph)[None])


def seconds(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure(device: str) -> dict[str, float]:
    devices.set_threads()
    chosen, picture = devices.choose(device), pictures.embedded("chelsea")
    preview = Preview(picture, picture, torch.zeros(5, 1, 28, 28, dtype=torch.uint8), chosen, 0)
    photograph = prepared(picture)[0].to(chosen)
    ends = {f.name: f.spec.high for f in describe(Parameters) if f.name in TRANSFORMS}
    ends |= {"crop": 0.05, "flip": 0.5, "upside_down": 0.5}
    cases = {"default": (DEFAULT, dict(STRENGTHS))}
    cases |= {name: ((name,), ends) for name in (*TRANSFORMS, *POLICIES)}
    ours, peers = {}, {}
    for case, (names, strengths) in cases.items():
        composition = Composition(names, strengths)
        both = all(peer(name, strengths.get(name, 0.0)) for name in names)
        rounds = [
            (
                seconds(lambda c=composition: list(preview.photographs(c, "none"))),
                seconds(lambda n=names, s=strengths: theirs(n, s, photograph)) if both else 0.0,
            )
            for _ in range(ROUNDS + 1)
        ][1:]
        ours[case] = statistics.median(a for a, _ in rounds)
        if both:
            peers[case] = statistics.median(b / a for a, b in rounds)
    worst = max(TRANSFORMS, key=lambda name: ours[name])
    slowest = max(POLICIES, key=lambda name: ours[name])
    print(f"worst single transform: {worst}; slowest policy: {slowest}")
    return {
        "preview_ms": 1000 * ours["default"],
        "worst_ms": 1000 * ours[worst],
        "policy_ms": 1000 * ours[slowest],
        "speed_ratio": peers["default"],
        **{f"{name}_ms": 1000 * ours[name] for name in (*TRANSFORMS, *POLICIES)},
        **{f"{name}_speed_ratio": peers[name] for name in peers if name != "default"},
    }
