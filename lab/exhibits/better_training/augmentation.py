"""Data augmentation: random transforms of an image, live, and the test accuracy they gain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, cast

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
from lab.exhibit.comparing import divergence, raced
from lab.exhibits.better_training._augmentation_comparison import (
    WITH,
    WITHOUT,
    accuracies,
    comparison_of,
    errors,
)
from lab.exhibits.better_training._augmentation_preview import Preview, at_test_time
from lab.exhibits.better_training._augmentation_strengths import LIST, strength
from lab.networks import architecture
from lab.parameters import Choice, Number, Several, Unless, When
from lab.payloads import Bars, Curve, Pictures
from lab.training.comparison import Comparison
from lab.workspace import Workspace


@dataclass(frozen=True)
class Parameters:
    """The transforms, all of them live, and the networks that are compared."""

    transforms: Annotated[
        tuple[str, ...],
        Several("Transforms (mix and match)", TRANSFORMS, ordered=True, live=True,
                auto="None: the original images", help="Tick to apply; drag to reorder.",
                when=When("policy", "none")),
    ] = DEFAULT  # fmt: skip
    policy: Annotated[
        str,
        Choice("Learned policy", {"none": "None: the transforms above"} | POLICIES, live=True,
               help="Replaces the transforms above."),
    ] = "none"  # fmt: skip
    mix: Annotated[str, Choice("Mixing (mixup, CutMix)", MIXES, live=True)] = "none"
    edges: Annotated[
        str,
        Choice("Border padding", dict(EDGES), live=True,
               when=(When(LIST, "rotation", "perspective"), Unless("policy", "none"))),
    ] = "reflection"  # fmt: skip
    # fmt: off
    rotation: Annotated[
        float, strength("rotation", "Rotation, ±", 0, 180, 1, "", unit="°")
    ] = STRENGTHS["rotation"]
    perspective: Annotated[
        float, strength("perspective", "Perspective", 0, 0.9, 0.01)
    ] = STRENGTHS["perspective"]
    crop: Annotated[
        float, strength("crop", "Random crop, minimum area", 0.05, 1, 0.01)
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
        float, strength("flip", "Horizontal flip, probability", 0, 1, 0.01)
    ] = STRENGTHS["flip"]
    upside_down: Annotated[
        float, strength("upside_down", "Vertical flip, probability", 0, 1, 0.01)
    ] = STRENGTHS["upside_down"]
    blur: Annotated[
        float,
        strength("blur", "Gaussian blur σ, up to", 0, 0.03, 0.001, ".1%",
                 help="As a share of the image's shorter edge."),
    ] = STRENGTHS["blur"]
    motion_blur: Annotated[
        float,
        strength("motion_blur", "Motion blur, up to", 0, 0.06, 0.001, ".1%",
                 help="Length, as a share of the image's shorter edge."),
    ] = STRENGTHS["motion_blur"]
    noise: Annotated[
        float, strength("noise", "Gaussian noise σ, up to", 0, 0.5, 0.005, ".2f")
    ] = STRENGTHS["noise"]
    cutout: Annotated[
        float, strength("cutout", "Cutout, edge", 0, 0.9, 0.01, help="Of the image's shorter edge.")
    ] = STRENGTHS["cutout"]
    # fmt: on
    data: Annotated[str, Choice("Comparison: dataset", "datasets")] = "digits"
    network: Annotated[
        str,
        Choice("Architecture", {name: row.title for name, row in architecture.NETWORKS.items()}),
    ] = "cnn"
    images: Annotated[
        int,
        Number("Training images", 50, 50_000, log=True, help="Few: overfitting shows."),
    ] = 500
    epochs: Annotated[int, Number("Epochs", 1, 200, log=True)] = 20
    seeds: Annotated[
        int, Number("Seeds", 1, 6, help="Two networks each, without and with augmentation.")
    ] = 3


OUTPUTS = (
    Output("fixed", Pictures, "Fixed crop at test time", (0, 0, 5, 2)),
    Output("preview", Pictures, "Random augmentation of the image during training",
           (0, 2, 5, 10)),
    Output("training", Pictures, "Training images (top row: original)", (5, 0, 5, 4)),
    Output("accuracy", Curve, "Accuracy without and with augmentation, mean over seeds",
           (5, 4, 5, 4), x="epoch", y="accuracy"),
    Output("seeds", Bars, "Test error per seed", (5, 8, 5, 4), x="test error"),
)  # fmt: skip

METRICS = (
    Metric("plain_accuracy", "Test accuracy without", ".1%"),
    Metric("augmented_accuracy", "Test accuracy with", ".1%"),
    Metric("gain", "Gain", "+.1%"),
    Metric("plain_spread", "Standard deviation without", ".2%", shown=False),
    Metric("augmented_spread", "Standard deviation with", ".2%", shown=False),
    Metric("mean", "Test accuracy without, with", ".1%", shown=False),
    Metric("spread", "Standard deviation without, with", ".2%", shown=False),
    Metric("images_per_second", "Images per second", ",.0f", shown=False, timed=True),
)


def composition(now: Parameters) -> Composition:
    """The learned policy that is chosen, or else the transforms with their strengths."""
    names = now.transforms if now.policy == "none" else (now.policy,)
    return Composition(
        names, {name: getattr(now, name) for name in TRANSFORMS}, cast(Edges, now.edges)
    )


def looks(preview: Preview, now: Parameters) -> Iterator[Frame]:
    """The images, augmented with the current parameters."""
    for shown in preview.photographs(composition(now), now.mix):
        yield Frame({"preview": shown}) if shown else Frame()
    yield Frame({"training": preview.training(composition(now), now.mix)})


def standing(comparison: Comparison) -> Frame:
    """Accuracies of all networks at a checkpoint."""
    scores = comparison.scores
    plain, augmented = (scores.mean("test_accuracy", side) for side in (WITHOUT, WITH))
    spreads = [scores.spread("test_accuracy", side) for side in (WITHOUT, WITH)]
    return Frame(
        {"accuracy": accuracies(scores), "seeds": errors(scores)},
        {
            "plain_accuracy": plain,
            "augmented_accuracy": augmented,
            "gain": augmented - plain,
            "plain_spread": spreads[0],
            "augmented_spread": spreads[1],
            "mean": [plain, augmented],
            "spread": spreads,
        },
    )


def compared(comparison: Comparison, knobs: Knobs[Parameters]) -> Iterator[Frame]:
    """Train all networks; a frame for each step."""
    yield from raced(comparison, knobs, Frame, lambda _: standing(comparison))
    lost = divergence(
        comparison, {side: f"the network {side} augmentation" for side in (WITHOUT, WITH)}
    )
    yield Frame(
        metrics={"images_per_second": comparison.images_per_second},
        status=lost or "done: the controls still change the preview",
        progress=1.0,
    )


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The preview at once, then the comparison; the preview follows the controls throughout."""
    now = knobs.now
    yield Frame({"fixed": at_test_time(workspace.picture)}, status=f"loading {now.data}")
    data = workspace.data(now.data).shortened(now.images)
    first, second = workspace.pictures[:2]
    preview = Preview(first, second, data.train_images, workspace.device, workspace.seed)
    yield from looks(preview, now)
    if knobs.by_itself:
        yield Frame(status="preview; press Run to train and compare the networks", progress=0.0)
    else:

        def mix(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
            return mixed_batch(knobs.now.mix, images, labels, len(data.classes))

        seeds = range(workspace.seed, workspace.seed + now.seeds)
        comparison = comparison_of(
            data, now.network, now.epochs, seeds, lambda x: composition(knobs.now)(x), mix
        )
        for frame in compared(comparison, knobs):
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
    caption="A network memorises a small training set (overfitting): without augmentation its "
    "training accuracy is soon 100 %, its test accuracy is not. With augmentation no image comes "
    "twice, and test accuracy rises. Which transforms keep the class depends on the task: a 6 "
    "upside down is a 9.",
    source="Krizhevsky et al., 2012; Cubuk et al., 2019 and 2020; Zhang et al., 2018; "
    "Yun et al., 2019",
    metrics=METRICS,
    pictures=2,
    slots=(PictureSlot("Image"), PictureSlot("Second, for mixing", "astronaut")),
    follows=True,
    seeded=True,
    lively=True,
    quick={"network": "mlp", "images": 50, "epochs": 1, "seeds": 1},
    picture="chelsea",
    main="preview",
)
