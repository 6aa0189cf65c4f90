"""Saliency: each map is what its function gives, and the knobs are heard."""

import numpy as np
import pytest

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.interpreting.saliency import CROWD, MAPS, patch_of
from lab.explanation import gradients

QUICK = {"model": "alexnet-stem", "samples": 4, "steps": 8}


def frames_of(workspace, attended=False, **values):
    exhibit = catalog.load("interpreting/saliency")
    knobs = Knobs(exhibit.parameters(**(QUICK | values)), attended)
    return exhibit, knobs, exhibit.run(workspace, knobs)


def final(frames):
    frame = None
    for later in frames:
        frame = frame.then(later) if frame else later
        if later.rest:
            break
    return frame


def test_every_map_is_of_the_same_class(workspace):
    _, _, frames = frames_of(workspace, target="5")
    last = final(frames)
    model = workspace.shelf.get("alexnet-stem")
    pixels = model.prepare(workspace.picture.pixels)
    plain = gradients.gradient(model, pixels, 5)
    assert np.allclose(last.outputs["gradient"].heat, gradients.heat(plain))
    product = gradients.heat(plain * pixels)
    assert np.allclose(last.outputs["gradient_times_input"].heat, product)
    cam = gradients.grad_cam(model, pixels, 5)
    assert np.allclose(last.outputs["grad_cam"].heat, cam.numpy(), atol=1e-6)
    *_, walked = gradients.integrated_gradients(model, pixels, 5, steps=8, crowd=CROWD)
    integrated = last.outputs["integrated_gradients"].heat
    assert np.allclose(integrated, gradients.heat(walked), atol=1e-6)
    assert not np.isnan(last.outputs["occlusion"].heat).any()
    assert last.metrics["completeness"] == pytest.approx(
        gradients.completeness(model, walked, pixels, 5), abs=1e-3
    )
    hidden, patch = last.outputs["occlusion"].heat, patch_of(pixels[0])
    agreed = last.outputs["agreement"].series["rank correlation"][MAPS.index("gradient")]
    wanted = gradients.agreement(gradients.heat(plain), hidden, patch)
    assert agreed == pytest.approx(wanted, abs=1e-3)
    assert last.outputs["picture"].captions[0].startswith(model.classes[5])


def test_the_same_seed_gives_the_same_noise(workspace):
    maps = [final(frames_of(workspace)[2]).outputs["smooth_grad"].heat for _ in range(2)]
    assert np.array_equal(*maps)


def test_opacity_turns_when_all_is_told(workspace):
    exhibit, knobs, frames = frames_of(workspace, attended=True)
    final(frames)
    knobs.now = exhibit.parameters(**QUICK, opacity=0.5)
    frame = next(frames)
    assert {overlay.opacity for overlay in frame.outputs.values()} == {0.5}
    assert len(frame.outputs) == 6
    frames.close()


def test_a_layer_without_places_is_told(workspace):
    _, _, frames = frames_of(workspace, layer="logits")
    with pytest.raises(UserError, match="logits has no rows and columns"):
        final(frames)
    exhibit = catalog.load("interpreting/saliency")
    for name in ("conv9", "logits"):
        with pytest.raises(UserError, match=f"layer={name}: "):
            exhibit.run(workspace, **QUICK, layer=name)


def test_a_few_dozen_steps_from_black_add_up_to_the_score(workspace):
    model = workspace.shelf.get("efficientnet_lite0")
    pixels = model.prepare(workspace.picture.pixels)
    target = model.classes.index("espresso")
    *_, found = gradients.integrated_gradients(model, pixels, target, steps=48, crowd=CROWD)
    assert gradients.completeness(model, found, pixels, target) < 0.05
