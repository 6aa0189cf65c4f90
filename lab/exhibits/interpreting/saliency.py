"""Saliency maps: gradients, SmoothGrad, Integrated Gradients, Grad-CAM, occlusion, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from lab.exhibit import Exhibit, Frame, Knobs, Metric, Output
from lab.explanation import gradients
from lab.networks import layers
from lab.networks.classes import class_index
from lab.networks.folding import folded
from lab.networks.models import Classifier
from lab.networks.pixels import as_pixels
from lab.occlusion.occlusion_map import Occluder, positions
from lab.parameters import AUTO, Choice, Number
from lab.payloads import Bars, Overlay, Pictures
from lab.workspace import Workspace

# A scale ends at this quantile: a few outliers would leave the rest dark.
BRIGHT = 0.995
# Of the occlusion map: patch over the image's edge, and number of positions along the edge.
PATCH, PLACES = 1 / 6, 13
# Integrated Gradients take more samples near black, see gradients.integrated_gradients.
CROWD = 2.0


@dataclass(frozen=True)
class Parameters:
    """The network, the class, and the settings of the methods."""

    model: Annotated[str, Choice("Model", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    target: Annotated[
        str, Choice("Class", "classes", of="model", help="Type a part of its name.")
    ] = "top"
    samples: Annotated[int, Number("SmoothGrad: samples", 1, 256, log=True)] = 16
    noise: Annotated[
        float, Number("SmoothGrad: noise σ", 0, 1, step=0.01, help="Pixels in [0, 1].")
    ] = 0.15
    steps: Annotated[
        int, Number("Integrated Gradients: steps", 1, 512, log=True, help="Baseline: black.")
    ] = 64
    layer: Annotated[
        str, Choice("Grad-CAM: layer", "maps", of="model", auto="Last convolutional layer")
    ] = AUTO
    opacity: Annotated[float, Number("Heatmap opacity", 0, 1, step=0.05, live=True)] = 0.75


OUTPUTS = (
    Output("picture", Pictures, "Input image", (0, 0, 1, 3)),
    Output("gradient", Overlay, "Gradient", (0, 3, 1, 3)),
    Output("gradient_times_input", Overlay, "Gradient × input", (0, 6, 1, 3)),
    Output("smooth_grad", Overlay, "SmoothGrad", (0, 9, 1, 3)),
    Output("integrated_gradients", Overlay, "Integrated Gradients", (1, 0, 1, 3)),
    Output("grad_cam", Overlay, "Grad-CAM", (1, 3, 1, 3)),
    Output("occlusion", Overlay, "Occlusion", (1, 6, 1, 3)),
    Output("agreement", Bars, "Rank correlation with occlusion", (1, 9, 1, 3),
           x="Spearman rank correlation"),
)  # fmt: skip
OUTPUT_TITLES = {output.name: output.title for output in OUTPUTS}
# The maps that are compared with the occlusion map.
MAPS = ("gradient", "gradient_times_input", "smooth_grad", "integrated_gradients", "grad_cam")

METRICS = (
    Metric("probability", "Probability"),
    Metric("completeness", "Completeness error", ".1%"),
    Metric("seconds", "Time", ".1f", "s", timed=True),
)


class SaliencyCards:
    """The maps so far, each with a scale of its own from 0."""

    def __init__(self, knobs: Knobs[Parameters], picture: NDArray[np.uint8]) -> None:
        self._knobs, self._picture = knobs, picture
        self._maps: dict[str, tuple[NDArray[np.float32], str, str]] = {}
        self.extents: dict[str, tuple[float, float, float, float]] = {}

    def show(self, name: str, heat: NDArray[np.float32], unit: str, title: str = "") -> Frame:
        """A frame with a new state of one map."""
        self._maps[name] = heat, unit, title
        return Frame({name: self._overlay(name)})

    def all(self) -> Frame:
        """All maps, with the current opacity."""
        return Frame({name: self._overlay(name) for name in self._maps})

    def agreement(self, patch: int) -> Bars:
        """Rank correlation of the other maps with the occlusion map. patch: its edge in pixels."""
        hidden, shape = self._maps["occlusion"][0], self._picture.shape[:2]
        labels = [OUTPUT_TITLES[name] for name in MAPS]
        values = []
        for name in MAPS:
            heat = torch.from_numpy(self._maps[name][0].copy())[None, None]
            # Grad-CAM's map is as coarse as its layer.
            heat = interpolate(heat, shape, mode="bilinear")[0, 0]
            values.append(gradients.agreement(heat.numpy(), hidden, patch))
        return Bars(labels, {"rank correlation": np.array(values)}, low=-1, form=".2f")

    def _overlay(self, name: str) -> Overlay:
        heat, unit, title = self._maps[name]
        known = heat[~np.isnan(heat)]
        low = float(min(known.min(), 0)) if len(known) else 0.0
        high = max(float(np.quantile(known, BRIGHT)), low + 1e-12) if len(known) else 1.0
        extent, opacity = self.extents.get(name), self._knobs.now.opacity
        return Overlay(self._picture, heat, low, high, unit, opacity, extent=extent, title=title)


def patch_of(image: Tensor) -> int:
    """The edge in pixels of the patch that occludes `image`, (C, H, W)."""
    return max(round(min(image.shape[1:]) * PATCH), 1)


def occlusion(
    model: Classifier, image: Tensor, target: int, cards: SaliencyCards
) -> Iterator[Frame]:
    """The drop in class score with a grey patch at each position, row by row."""
    patch = patch_of(image)
    stride = max((min(image.shape[1:]) - patch) // (PLACES - 1), 1)
    rows, columns = positions(image.shape[1], image.shape[2], patch, stride)
    occluder = Occluder(model, image, patch=patch, fill=torch.full_like(image, 0.5))
    before = occluder.baseline[target].item()
    heat = np.full((len(rows), len(columns)), np.nan, np.float32)
    first = (patch - stride) / 2
    cards.extents["occlusion"] = (first, first, stride * len(columns), stride * len(rows))
    for i, top in enumerate(rows):
        logits = occluder.logits([(top, left) for left in columns])
        heat[i] = before - logits[:, target].float().cpu().numpy()
        yield cards.show("occlusion", heat, "drop in class score")


def gradient_maps(
    model: Classifier, pixels: Tensor, target: int, seed: int, now: Parameters, cards: SaliencyCards
) -> Iterator[Frame]:
    """SmoothGrad and Integrated Gradients as they converge, then the completeness error."""
    heat = gradients.heat
    generator = torch.Generator().manual_seed(seed)
    smooth = gradients.smooth_grad(
        model, pixels, target, samples=now.samples, noise=now.noise, generator=generator
    )
    for k, mean in enumerate(smooth):
        done = min((k + 1) * gradients.CHUNK, now.samples)
        title = f"SmoothGrad, {done} samples"
        frame = cards.show("smooth_grad", heat(mean), "|mean gradient|", title)
        yield frame.then(Frame(progress=0.3 + 0.2 * done / now.samples))
    integrated = pixels
    walk = gradients.integrated_gradients(model, pixels, target, steps=now.steps, crowd=CROWD)
    for k, integrated in enumerate(walk):
        done = min((k + 1) * gradients.CHUNK, now.steps)
        frame = cards.show("integrated_gradients", heat(integrated), "|attribution|")
        yield frame.then(Frame(progress=0.5 + 0.5 * done / now.steps))
    missing = gradients.completeness(model, integrated, pixels, target)
    yield Frame(metrics={"completeness": missing})


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """Methods of one or two passes first, then those of many, as they converge."""
    now, picture = knobs.now, workspace.picture
    yield Frame(status=f"loading {now.model}", progress=0.0)
    model = workspace.shelf.get(now.model, workspace.device)
    asked = class_index(model.classes, now.target)
    pixels = model.prepare(picture.pixels)
    begun = knobs.clock()
    with torch.no_grad():
        probabilities = model(pixels).softmax(1)[0]
    target = int(probabilities.argmax()) if asked is None else asked
    name, probability = model.classes[target], float(probabilities[target])
    cards = SaliencyCards(knobs, as_pixels(pixels))
    seen = Pictures([as_pixels(pixels)], [f"{name} (p = {probability:.3f})"])
    about = f"{model.card.title} on {picture.name}: attribution of the class {name}"
    yield Frame({"picture": seen}, {"probability": probability}, status=about)
    # Batch normalisation folded into the convolutions: the same logits in less time.
    quick = Classifier(model.card, folded(model.network)).frozen()
    heat = gradients.heat
    plain = gradients.gradient(quick, pixels, target)
    yield cards.show("gradient", heat(plain), "|gradient|")
    yield cards.show("gradient_times_input", heat(plain * pixels), "|gradient × pixel|")
    cam = gradients.grad_cam(model, pixels, target, layer=now.layer)
    layer = layers.last_spatial(model).name if now.layer == AUTO else now.layer
    weighted = cam.float().cpu().numpy()
    yield cards.show("grad_cam", weighted, "weighted activation", f"Grad-CAM, layer {layer}")
    for k, frame in enumerate(occlusion(model, pixels[0], target, cards)):
        yield frame.then(Frame(progress=0.3 * min(1.0, (k + 1) / PLACES)))
    yield from gradient_maps(quick, pixels, target, workspace.seed, now, cards)
    seconds = knobs.clock() - begun
    agreed = {"agreement": cards.agreement(patch_of(pixels[0]))}
    yield Frame(agreed, {"seconds": seconds}, progress=1.0)
    while True:
        yield cards.all().then(Frame(rest=True))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Bright: important for the class. Six attribution methods on one network and class. "
    "Gradients are sharp but noisy, SmoothGrad averages the noise, Grad-CAM and occlusion are "
    "coarse. Trust what all of them show. Integrated Gradients should sum to the score's rise "
    "from a black image (completeness): more steps, less error. Scales start at 0, or below where "
    "occlusion raises the score.",
    source="Simonyan et al., 2014; Smilkov et al., 2017; Sundararajan et al., 2017; Selvaraju et "
    "al., 2017; Zeiler and Fergus, 2014",
    metrics=METRICS,
    pictures=1,
    follows=True,
    seeded=True,
    lively=True,
    quick={"model": "alexnet-stem"},
    picture="astronaut",
    main="smooth_grad",
)
