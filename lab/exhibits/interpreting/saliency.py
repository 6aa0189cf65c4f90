"""Saliency: six ways to ask which pixels the answer hangs on, side by side."""

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

# Of all pixels, this share is at the bright end of a scale or below it: a few stray ones would
# leave the rest dark.
BRIGHT = 0.995
# The patch of the occlusion map over the picture's edge, and how many places lie on the edge.
PATCH, PLACES = 1 / 6, 13
# How close to black Integrated Gradients ask more often, see gradients.integrated_gradients.
CROWD = 2.0


@dataclass(frozen=True)
class Parameters:
    """Which network and class is asked about, and how patiently."""

    model: Annotated[str, Choice("Network", "models", help="Or drop a .safetensors.")] = (
        "efficientnet_lite0"
    )
    target: Annotated[
        str, Choice("Class", "classes", of="model", help="Type a part of its name.")
    ] = "top"
    samples: Annotated[int, Number("SmoothGrad: noisy copies", 1, 256, log=True)] = 16
    noise: Annotated[
        float, Number("SmoothGrad: noise", 0, 1, step=0.01, help="Its standard deviation.")
    ] = 0.15
    steps: Annotated[
        int, Number("Integrated Gradients: steps", 1, 512, log=True, help="From black.")
    ] = 64
    layer: Annotated[
        str, Choice("Grad-CAM: layer", "maps", of="model", auto="The last that says where")
    ] = AUTO
    opacity: Annotated[float, Number("Opacity of the heat", 0, 1, step=0.05, live=True)] = 0.75


OUTPUTS = (
    Output("picture", Pictures, "What the network sees", (0, 0, 1, 3)),
    Output("gradient", Overlay, "Gradient", (0, 3, 1, 3)),
    Output("gradient_times_input", Overlay, "Gradient × input", (0, 6, 1, 3)),
    Output("smooth_grad", Overlay, "SmoothGrad", (0, 9, 1, 3)),
    Output("integrated_gradients", Overlay, "Integrated Gradients", (1, 0, 1, 3)),
    Output("grad_cam", Overlay, "Grad-CAM", (1, 3, 1, 3)),
    Output("occlusion", Overlay, "What hiding costs", (1, 6, 1, 3)),
    Output("agreement", Bars, "Agreement with hiding", (1, 9, 1, 3),
           x="rank correlation"),
)  # fmt: skip
OUTPUT_TITLES = {output.name: output.title for output in OUTPUTS}
# Those that are compared with the occlusion map.
MAPS = ("gradient", "gradient_times_input", "smooth_grad", "integrated_gradients", "grad_cam")

METRICS = (
    Metric("probability", "Probability"),
    Metric("completeness", "Integrated Gradients miss", ".1%"),
    Metric("seconds", "Time", ".1f", "s", timed=True),
)


class Story:
    """The maps so far, each with its own scale."""

    def __init__(self, knobs: Knobs[Parameters], picture: NDArray[np.uint8]) -> None:
        self._knobs, self._picture = knobs, picture
        self._maps: dict[str, tuple[NDArray[np.float32], str, str]] = {}
        self.extents: dict[str, tuple[float, float, float, float]] = {}

    def show(self, name: str, heat: NDArray[np.float32], unit: str, title: str = "") -> Frame:
        """A new state of one map."""
        self._maps[name] = heat, unit, title
        return Frame({name: self._overlay(name)})

    def all(self) -> Frame:
        """Every map again, as opaque as it is asked for now."""
        return Frame({name: self._overlay(name) for name in self._maps})

    def agreement(self, patch: int) -> Bars:
        """How far the other maps agree with the occlusion map, whose patch had that edge."""
        hidden, shape = self._maps["occlusion"][0], self._picture.shape[:2]
        labels = [OUTPUT_TITLES[name] for name in MAPS]
        values = []
        for name in MAPS:
            heat = torch.from_numpy(self._maps[name][0].copy())[None, None]
            # Grad-CAM's few squares are stretched over the picture.
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
    """The edge of the patch that hides a place of `image`, (C, H, W)."""
    return max(round(min(image.shape[1:]) * PATCH), 1)


def occlusion(model: Classifier, image: Tensor, target: int, story: Story) -> Iterator[Frame]:
    """How far the score falls with a grey patch at each place, row after row."""
    patch = patch_of(image)
    stride = max((min(image.shape[1:]) - patch) // (PLACES - 1), 1)
    rows, columns = positions(image.shape[1], image.shape[2], patch, stride)
    occluder = Occluder(model, image, patch=patch, fill=torch.full_like(image, 0.5))
    before = occluder.baseline[target].item()
    heat = np.full((len(rows), len(columns)), np.nan, np.float32)
    first = (patch - stride) / 2
    story.extents["occlusion"] = (first, first, stride * len(columns), stride * len(rows))
    for i, top in enumerate(rows):
        logits = occluder.logits([(top, left) for left in columns])
        heat[i] = before - logits[:, target].float().cpu().numpy()
        yield story.show("occlusion", heat, "fall of the score")


def gradient_maps(
    model: Classifier, pixels: Tensor, target: int, seed: int, now: Parameters, story: Story
) -> Iterator[Frame]:
    """The maps that are means of many gradients, as they settle; then by how much one misses."""
    heat = gradients.heat
    generator = torch.Generator().manual_seed(seed)
    smooth = gradients.smooth_grad(
        model, pixels, target, samples=now.samples, noise=now.noise, generator=generator
    )
    for k, mean in enumerate(smooth):
        done = min((k + 1) * gradients.CHUNK, now.samples)
        title = f"SmoothGrad: {done} copies"
        frame = story.show("smooth_grad", heat(mean), "|mean gradient|", title)
        yield frame.then(Frame(progress=0.3 + 0.2 * done / now.samples))
    integrated = pixels
    walk = gradients.integrated_gradients(model, pixels, target, steps=now.steps, crowd=CROWD)
    for k, integrated in enumerate(walk):
        done = min((k + 1) * gradients.CHUNK, now.steps)
        frame = story.show("integrated_gradients", heat(integrated), "|attribution|")
        yield frame.then(Frame(progress=0.5 + 0.5 * done / now.steps))
    missing = gradients.completeness(model, integrated, pixels, target)
    yield Frame(metrics={"completeness": missing})


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """The quick ones first, then those that take many passes, as they settle."""
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
    story = Story(knobs, as_pixels(pixels))
    seen = Pictures([as_pixels(pixels)], [f"{name}: {probability:.3f}"])
    about = f"{model.card.title} looks at {picture.name}: why {name}?"
    yield Frame({"picture": seen}, {"probability": probability}, status=about)
    # The same network with less to do at each pass.
    quick = Classifier(model.card, folded(model.network)).frozen()
    heat = gradients.heat
    plain = gradients.gradient(quick, pixels, target)
    yield story.show("gradient", heat(plain), "|gradient|")
    yield story.show("gradient_times_input", heat(plain * pixels), "|gradient × pixel|")
    cam = gradients.grad_cam(model, pixels, target, layer=now.layer)
    layer = layers.last_spatial(model).name if now.layer == AUTO else now.layer
    weighted = cam.float().cpu().numpy()
    yield story.show("grad_cam", weighted, "weighted activation", f"Grad-CAM at {layer}")
    for k, frame in enumerate(occlusion(model, pixels[0], target, story)):
        yield frame.then(Frame(progress=0.3 * (k + 1) / PLACES))
    yield from gradient_maps(quick, pixels, target, workspace.seed, now, story)
    seconds = knobs.clock() - begun
    agreed = {"agreement": story.agreement(patch_of(pixels[0]))}
    yield Frame(agreed, {"seconds": seconds}, progress=1.0)
    while True:
        yield story.all().then(Frame(rest=True))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="All six ask the same network about the same class. Gradients are sharp and noisy; "
    "averaging calms them; Grad-CAM and occlusion are coarse and say which part. Where all agree, "
    "one may believe them. Integrated Gradients share out the score between black and the "
    "picture, and should add up to it: more steps, and they miss it by less.",
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
