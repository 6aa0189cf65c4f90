"""Augmentation: what it does to a picture, live, and what it is worth, as a race."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, cast

import numpy as np
from torch import Tensor

from lab.augmentation import (
    DEFAULT,
    EDGES,
    MIXES,
    POLICIES,
    STRENGTHS,
    TRANSFORMS,
    Composition,
    Edges,
    mixed_batch,
)
from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output, PictureSlot
from lab.exhibits.better_training._augmentation_comparison import (
    WITH,
    WITHOUT,
    Checkpoint,
    Comparison,
    spread,
)
from lab.exhibits.better_training._augmentation_preview import Preview, at_test_time
from lab.networks import architecture
from lab.parameters import Choice, Number, Several, Unless, When
from lab.payloads import Bars, Curve, Pictures
from lab.system.clock import Pace
from lab.workspace import Workspace

# The parameter that says which of the strengths count.
LIST = "transforms"
# The share of the training from which on the curves are drawn.
SHOWN_FROM = 0.2
# Seconds between two words on how far the race is.
LOOK = 0.15


def strength(
    name: str,
    label: str,
    low: float,
    high: float,
    step: float,
    form: str = ".0%",
    unit: str = "",
    help: str = "",
) -> Number:
    """The strength of the transform `name`, which counts where that is on the list."""
    when = When(LIST, name)
    return Number(label, low, high, step, unit, form=form, live=True, help=help, when=when)


@dataclass(frozen=True)
class Parameters:
    """What is done to the pictures, all of it live, and between which networks the race is."""

    transforms: Annotated[
        tuple[str, ...],
        Several("Mix and match", TRANSFORMS, ordered=True, live=True, auto="None: as they are",
                help="Tick what is done; drag it to its place in the order.",
                when=When("policy", "none")),
    ] = DEFAULT  # fmt: skip
    policy: Annotated[
        str,
        Choice("Learned policy", {"none": "None: your own mix"} | POLICIES, live=True,
               help="In place of your own mix."),
    ] = "none"  # fmt: skip
    mix: Annotated[str, Choice("Two pictures", MIXES | {"none": "One at a time"}, live=True)] = (
        "none"
    )
    edges: Annotated[
        str,
        Choice("Beyond the edge", dict(EDGES), live=True,
               when=(When(LIST, "rotation", "perspective"), Unless("policy", "none"))),
    ] = "reflection"  # fmt: skip
    # fmt: off
    rotation: Annotated[
        float, strength("rotation", "Rotation, up to ±", 0, 180, 1, "", unit="°")
    ] = STRENGTHS["rotation"]
    perspective: Annotated[
        float, strength("perspective", "Perspective", 0, 0.9, 0.01)
    ] = STRENGTHS["perspective"]
    crop: Annotated[
        float, strength("crop", "Smallest crop", 0.05, 1, 0.01, help="Of the area.")
    ] = STRENGTHS["crop"]
    brightness: Annotated[
        float, strength("brightness", "Brightness, ±", 0, 1, 0.01)
    ] = STRENGTHS["brightness"]
    contrast: Annotated[
        float, strength("contrast", "Contrast, ±", 0, 1, 0.01)
    ] = STRENGTHS["contrast"]
    saturation: Annotated[
        float, strength("saturation", "Saturation, ±", 0, 1, 0.01)
    ] = STRENGTHS["saturation"]
    hue: Annotated[
        float, strength("hue", "Hue, ±", 0, 0.5, 0.005, ".1%", help="Of the colour circle.")
    ] = STRENGTHS["hue"]
    flip: Annotated[
        float, strength("flip", "How often left and right", 0, 1, 0.01)
    ] = STRENGTHS["flip"]
    upside_down: Annotated[
        float, strength("upside_down", "How often upside down", 0, 1, 0.01)
    ] = STRENGTHS["upside_down"]
    blur: Annotated[
        float,
        strength("blur", "Blur, up to", 0, 0.03, 0.001, ".1%",
                 help="Standard deviation, of the edge."),
    ] = STRENGTHS["blur"]
    motion_blur: Annotated[
        float,
        strength("motion_blur", "Motion blur, up to", 0, 0.06, 0.001, ".1%",
                 help="Length, of the edge."),
    ] = STRENGTHS["motion_blur"]
    noise: Annotated[
        float, strength("noise", "Noise, up to", 0, 0.5, 0.005, ".2f")
    ] = STRENGTHS["noise"]
    cutout: Annotated[
        float, strength("cutout", "Cutout", 0, 0.9, 0.01, help="Of the edge.")
    ] = STRENGTHS["cutout"]
    # fmt: on
    data: Annotated[str, Choice("The race: data", "datasets")] = "digits"
    network: Annotated[
        str, Choice("Network", {name: row.title for name, row in architecture.NETWORKS.items()})
    ] = "cnn"
    images: Annotated[
        int, Number("Training pictures", 50, 50_000, log=True, help="Few: that is the point.")
    ] = 500
    epochs: Annotated[int, Number("Epochs", 1, 200, log=True)] = 20
    seeds: Annotated[int, Number("Seeds", 1, 6, help="Two networks for each.")] = 3


OUTPUTS = (
    Output("fixed", Pictures, "At test time: one fixed crop", (0, 0, 6, 2)),
    Output("preview", Pictures, "In training: never the same picture twice", (0, 2, 6, 10)),
    Output("training", Pictures, "What enters the networks; above, as it was", (6, 0, 4, 4)),
    Output("accuracy", Curve, "The race: the mean over all seeds", (6, 4, 4, 4),
           x="epoch", y="accuracy"),
    Output("seeds", Bars, "Test accuracy of every network", (6, 8, 4, 4), x="test accuracy"),
)  # fmt: skip

METRICS = (
    Metric("plain_accuracy", "Without", ".1%"),
    Metric("augmented_accuracy", "With", ".1%"),
    Metric("gain", "Gain", "+.1%"),
    Metric("plain_spread", "Spread without", ".2%", shown=False),
    Metric("augmented_spread", "Spread with", ".2%", shown=False),
    Metric("images_per_second", "Pictures a second", ",.0f", shown=False, timed=True),
)


def composition(now: Parameters) -> Composition:
    """What the controls say: the policy, or else the list with its strengths."""
    names = now.transforms if now.policy == "none" else (now.policy,)
    return Composition(
        names, {name: getattr(now, name) for name in TRANSFORMS}, cast(Edges, now.edges)
    )


def looks(preview: Preview, now: Parameters) -> Iterator[Frame]:
    """The pictures as the controls are now."""
    for shown in preview.photographs(composition(now), now.mix):
        yield Frame({"preview": shown}) if shown else Frame()
    yield Frame({"training": preview.training(composition(now), now.mix)})


def checkpoint_frame(now: Checkpoint) -> Frame:
    """The race so far, as the panel shows it."""
    plain, augmented = now.test[WITHOUT], now.test[WITH]
    # The first steps, from chance upwards, would leave no height for what the race is about.
    curve = {"accuracy": now.curve()} if now.share >= SHOWN_FROM else {}
    return Frame(
        {**curve, "seeds": now.bars()},
        {
            "plain_accuracy": float(np.mean(plain)),
            "augmented_accuracy": float(np.mean(augmented)),
            "gain": float(np.mean(augmented) - np.mean(plain)),
            "plain_spread": spread(plain),
            "augmented_spread": spread(augmented),
        },
    )


def raced(comparison: Comparison, epochs: int, pace: Pace) -> Iterator[Frame]:
    """The race from its start to its end, a frame for each step."""
    for checkpoint in comparison.run():
        if checkpoint:
            yield checkpoint_frame(checkpoint)
        elif not pace.due():
            yield Frame()
        else:
            yield Frame(
                status=f"epoch {min(int(comparison.epoch) + 1, epochs)} of {epochs}: "
                f"{comparison.count} networks take turns; the sliders work on",
                progress=comparison.share,
                speed=f"{comparison.images_per_second:,.0f} pictures/s",
            )
    yield Frame(
        metrics={"images_per_second": comparison.images_per_second},
        status="the race is run; the sliders still show what they do",
        progress=1.0,
    )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The preview at once, then the race; the preview follows the controls all the while."""
    now = knobs.now
    yield Frame({"fixed": at_test_time(workspace.picture)}, status=f"loading {now.data}")
    data = workspace.data(now.data).shortened(now.images)
    first, second = workspace.pictures[:2]
    preview = Preview(first, second, data.train_images, workspace.device, workspace.seed)
    yield from looks(preview, now)
    if knobs.by_itself:
        yield Frame(status="turn what you like; press Run for the race", progress=0.0)
    else:

        def mix(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
            return mixed_batch(knobs.now.mix, images, labels, len(data.classes))

        seeds = range(workspace.seed, workspace.seed + now.seeds)
        comparison = Comparison(
            data, now.network, now.epochs, seeds, lambda x: composition(knobs.now)(x), mix
        )
        for frame in raced(comparison, now.epochs, knobs.every(LOOK)):
            yield frame
            if knobs.now != now:
                now = knobs.now
                yield from looks(preview, now)
    while True:
        if knobs.now == now:
            yield Frame(rest=True)
        else:
            now = knobs.now
            yield from looks(preview, now)


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Few pictures are learned by heart: without augmentation training is soon perfect, and "
    "the test is not. With it no picture comes twice, training stays hard, the test gets better. "
    "What may be changed depends on the task: a 6 upside down is a 9.",
    source="Krizhevsky et al., 2012; Cubuk et al., 2019 and 2020; Zhang et al., 2018; "
    "Yun et al., 2019",
    metrics=METRICS,
    pictures=2,
    slots=(PictureSlot("Picture"), PictureSlot("For mixup and CutMix", "astronaut")),
    follows=True,
    seeded=True,
    lively=True,
    quick={"network": "mlp", "images": 50, "epochs": 1, "seeds": 1},
    picture="chelsea",
    main="preview",
)
