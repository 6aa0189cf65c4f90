"""Prediction: the crop that a network sees, its normalised input, its most probable classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.media.pictures import framed
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.parameters import Choice
from lab.payloads import Bars, Pictures
from lab.workspace import Workspace

TOP = 5


@dataclass(frozen=True)
class Parameters:
    """The network."""

    model: Annotated[str, Choice("Model", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )


OUTPUTS = (
    Output("seen", Pictures, "Image, centre crop, normalised input", (0, 0, 5, 12)),
    Output("top", Bars, "Class probabilities (softmax), top 5", (5, 0, 3, 12), x="probability"),
)  # fmt: skip

METRICS = (
    Metric("top1_class", "Index of the predicted class", "d", shown=False),
    Metric("top1_label", "Predicted class"),
    Metric("top1_probability", "Probability"),
)


def top(model: Classifier, pixels: Tensor, count: int = TOP) -> tuple[Tensor, Tensor]:
    """The most probable classes of one image: (probabilities, class indices), both (count,).

    pixels: float32 (1, C, size, size) in [0, 1], as `Classifier.prepare` makes it.
    """
    with torch.inference_mode():
        probabilities = model(pixels).softmax(1)[0]
    values, indices = probabilities.topk(min(count, len(probabilities)))
    return values.cpu(), indices.cpu()


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """One forward pass: a frame with the input, a frame with the class probabilities."""
    picture = workspace.picture
    yield Frame(status=f"loading {knobs.now.model}")
    model = workspace.shelf.get(knobs.now.model, workspace.device)
    pixels = model.prepare(picture.pixels)
    entering = model.normalise(pixels)
    low, high = entering.min().item(), entering.max().item()
    shown = (entering - low) / max(high - low, 1e-6)
    height, width = picture.pixels.shape[:2]
    size = model.card.size
    yield Frame(
        {
            "seen": Pictures(
                [
                    framed(picture.pixels, model.crop_box(width, height)),
                    as_pixels(pixels),
                    as_pixels(shown),
                ],
                [
                    f"{picture.name}, {width} × {height} px; bright: the crop",
                    f"network input: {size} × {size} px, 0 to 1",
                    f"normalised: {low:.2f} (black) to {high:.2f} (white)".replace("-", "−"),
                ],
                columns=3,
            )
        },
        status=f"{model.card.title}: forward pass of {picture.name}",
    )
    values, indices = top(model, pixels)
    labels = [model.classes[i] for i in indices.tolist()]
    yield Frame(
        {"top": Bars(labels, {"probability": values.numpy()}, highlight=0)},
        {
            "top1_class": int(indices[0]),
            "top1_label": labels[0],
            "top1_probability": float(values[0]),
        },
        f"{model.card.title} predicts {labels[0]}",
        1.0,
    )


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="The network sees a small square crop, and predicts a probability for each of its "
    "classes: it cannot predict “none of these”. Drop an image of your own on the window.",
    source="Tan and Le, 2019 (EfficientNet); Russakovsky et al., 2015 (ImageNet)",
    metrics=METRICS,
    pictures=1,
    follows=True,
    picture="coffee",
    main="top",
)
