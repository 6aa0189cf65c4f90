"""Loss landscapes: what is trained, what is sliced, on which scale, and what is said of it."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from lab import catalog
from lab.datasets import load
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.architectures._loss_landscape_networks import Training, from_shelf
from lab.exhibits.architectures._loss_landscape_slices import Slice, around, one_scale, square
from lab.exhibits.architectures.loss_landscape import Parameters
from lab.networks.shelf import Shelf
from lab.training.evaluation import evaluate
from lab.workspace import Workspace

PATH = "architectures/loss_landscape"
QUICK = {"depth": 8, "grid": 9, "images": 20, "epochs": 1}


@pytest.fixture(scope="module")
def trained():
    training = Training(load("digits").shortened(128), 8, 4, 30, 0)
    for _ in training.run():
        pass
    return training.subjects


def told(workspace, **values):
    metrics, outputs, status = {}, {}, ""
    for frame in catalog.load(PATH).run(workspace, **{**QUICK, **values}):
        metrics |= frame.metrics
        outputs |= frame.outputs
        status = frame.status or status
    return metrics, outputs, status


def test_the_middle_of_a_slice_is_the_loss_of_the_network(trained):
    for subject in trained:
        axis = square(1.0, 9)
        made = Slice(subject.random_plane(0), axis, axis, "", "")
        for _ in made.measure():
            pass
        *_, found = evaluate(subject.model, subject.images, subject.labels)
        assert made.centre == pytest.approx(found.loss, rel=1e-3)
        assert made.centre == made.values.min() or made.centre < np.median(made.values)


def test_the_path_begins_with_the_initial_weights_and_ends_with_the_trained(trained):
    plain, residual = trained
    assert torch.equal(plain.snapshots[0], residual.snapshots[0])
    for subject in trained:
        now = [p.detach() for p in subject.model.network.parameters() if p.ndim > 1]
        assert torch.equal(subject.snapshots[-1], torch.cat([w.reshape(-1) for w in now]))
        plane, found = subject.path_plane()
        end, start = ([float(v) for v in found.path[i]] for i in (-1, 0))
        assert end == [0, 0]
        *_, wanted = evaluate(subject.model, subject.images, subject.labels)
        losses = plane.losses([tuple(end), tuple(start)]).tolist()
        assert losses[0] == pytest.approx(wanted.loss, rel=1e-3)
        assert losses[1] > losses[0]


def test_its_plane_holds_nearly_all_of_the_path_and_a_random_one_next_to_nothing(trained):
    for subject in trained:
        _, found = subject.path_plane()
        assert sum(found.shares) > 0.6
        assert subject.share_in_random(0) < 0.01


def test_coarse_comes_before_fine(trained):
    axis = square(1.0, 9)
    made = Slice(trained[0].random_plane(0), axis, axis, "", "")
    for _ in made.measure(1):
        pass
    assert made.share == pytest.approx(9 / 81)
    surface = made.surface((0.1, 20.0))
    assert np.isfinite(surface.z).all()
    assert math.isnan(made.roughness)
    for _ in made.measure():
        pass
    assert made.share == 1
    assert surface.z[::4, ::4] == pytest.approx(made.values[::4, ::4])


def test_all_slices_have_one_scale_which_is_cut(trained):
    slices = []
    for factor in (0.05, 1e5):
        made = Slice(trained[0].random_plane(0), square(1, 5), square(1, 5), "", "")
        made.values[:] = factor
        slices.append(made)
    slices[0].values[0, 0] = np.nan
    assert one_scale(slices, 10) == pytest.approx((0.05, 10 * math.log(10)))
    assert one_scale(slices[1:], 10)[0] < one_scale(slices[1:], 10)[1]


def test_the_axes_of_a_path_reach_beyond_it():
    axis = around(np.array([0.0, 4.0, 10.0]), 9)
    assert (axis[0], axis[-1]) == (-2, 12)
    assert len(around(np.zeros(3), 9)) == 9


def test_a_run_tells_both_landscapes_on_one_scale(lab_of_few):
    metrics, outputs, status = told(lab_of_few)
    surfaces = [outputs[name] for name in ("left", "right", "left_path", "right_path")]
    assert len({(s.low, s.high) for s in surfaces}) == 1
    assert all(s.log for s in surfaces)
    assert list(surfaces[2].paths) == ["Training path"]
    assert metrics["grid"] == 9
    assert metrics["loss_centre"] == [s.z[4, 4] for s in surfaces[:2]]
    assert metrics["roughness"] == [metrics["roughness_left"], metrics["roughness_right"]]
    assert metrics["seconds_to_first_surface"] <= metrics["seconds"]
    assert set(outputs["cut"].series) == {"Plain-8", "ResNet-8"}
    assert f"{metrics['roughness_left']:.0%}" in status
    assert "2 of " in outputs["note"].text


def test_a_model_of_the_shelf_has_four_slices_of_different_directions(lab_of_few):
    metrics, outputs, _ = told(lab_of_few, images=10, models=("digits-cnn",))
    surfaces = [outputs[name] for name in ("left", "right", "left_path", "right_path")]
    assert len({s.title for s in surfaces}) == 4
    assert len({float(s.z[0, 0]) for s in surfaces}) == 4
    assert len({round(float(s.z[4, 4]), 4) for s in surfaces}) == 1
    assert not any(s.paths for s in surfaces)
    assert "path_share" not in metrics


def test_two_models_stand_side_by_side(lab_of_few):
    metrics, outputs, _ = told(lab_of_few, images=10, models=("digits-cnn", "digits-robust"))
    assert len(set(metrics["loss_centre"])) == 2
    assert outputs["left"].title != outputs["right"].title


def test_another_pair_of_directions_is_another_slice_through_the_same_centre(lab_of_few):
    knobs = Knobs(
        replace(Parameters(), **{**QUICK, "images": 10, "models": ("digits-cnn",)}), attended=True
    )
    frames, seen, outputs = catalog.load(PATH).run(lab_of_few, knobs), [], {}
    for frame in frames:
        outputs |= frame.outputs
        if frame.rest:
            seen.append(outputs["left"].z)
            if len(seen) == 2:
                break
            knobs.now = replace(knobs.now, pair=2)
    frames.close()
    assert seen[0][4, 4] == pytest.approx(seen[1][4, 4], rel=1e-5)
    assert seen[0][0, 0] != pytest.approx(seen[1][0, 0], rel=1e-3)


@pytest.mark.parametrize("name", ["efficientnet_lite0", "digits-cnn:untrained"])
def test_without_the_training_images_there_is_one_line(name):
    workspace = replace(Workspace.open("cpu"), shelf=Shelf())
    with pytest.raises(UserError, match="a landscape needs the training images") as caught:
        from_shelf(workspace, name, 20)
    assert "\n" not in str(caught.value)


def test_a_depth_that_is_none_is_refused_in_one_line(lab_of_few):
    with pytest.raises(UserError, match=r"depth 21 is not 6n \+ 2"):
        told(lab_of_few, depth=21)


def test_a_grid_is_of_4n_and_1_points(lab_of_few):
    metrics, outputs, _ = told(lab_of_few, grid=15, images=10, models=("digits-cnn",))
    assert metrics["grid"] == 13
    assert outputs["left"].z.shape == (13, 13)
