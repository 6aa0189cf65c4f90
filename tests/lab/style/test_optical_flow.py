"""Optical flow on motions that are known, and flicker in closed form."""

import numpy as np
import pytest
import torch

from lab.media import pictures
from lab.media.clips import Pan
from lab.media.opencv import opencv
from lab.networks.pixels import as_tensor
from lab.style.optical_flow import Motion, consistent, optical_flow, warped

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def astronaut():
    return np.array(pictures.embedded("astronaut").pixels)


def constant(height, width, x, y):
    return np.full((height, width, 2), (x, y), np.float32)


def test_warping_by_whole_pixels_is_a_shift():
    picture = torch.rand(2, 3, 9, 11)
    moved = warped(picture, torch.from_numpy(constant(9, 11, 3, -2)))
    torch.testing.assert_close(moved[:, :, 2:, :-3], picture[:, :, :-2, 3:])
    torch.testing.assert_close(moved[:, :, 0, 0], picture[:, :, 0, 3])  # beyond stands the edge


def test_warping_between_pixels_is_opencvs_remap():
    cv2, random = opencv(), np.random.default_rng(0)
    picture = random.random((20, 30, 3), np.float32)
    flow = random.normal(0, 3, (20, 30, 2)).astype(np.float32)
    grid = flow + np.stack(np.meshgrid(np.arange(30), np.arange(20)), 2).astype(np.float32)
    expected = cv2.remap(picture, grid, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    ours = warped(torch.from_numpy(picture).permute(2, 0, 1)[None], torch.from_numpy(flow))
    # OpenCV rounds places to 1/32 of a pixel.
    np.testing.assert_allclose(ours[0].permute(1, 2, 0), expected, atol=0.04)


@pytest.mark.parametrize("shift", [(4, 0), (0, 4), (-3, 5), (0, 0)])
def test_a_known_translation_is_found(astronaut, shift):
    x, y = shift
    first = astronaut[100:292, 100:356]
    second = astronaut[100 - y : 292 - y, 100 - x : 356 - x]
    flow = optical_flow(first, second)
    assert flow.shape == (192, 256, 2)
    inside = flow[16:-16, 16:-16]
    assert np.abs(inside - np.array(shift)).mean() < 0.1


def test_the_flow_of_a_moving_camera_is_what_its_path_says(astronaut):
    clip = Pan(pictures.embedded("astronaut"), 48)
    first, second = list(clip.frames(256))[5:7]
    (x0, y0, share0), (x1, y1, share1) = clip.window(5), clip.window(6)
    columns, rows = np.meshgrid(np.arange(256), np.arange(256))
    scene_x = x0 + share0 * (columns / 256 - 0.5)
    scene_y = y0 + share0 * (rows / 256 - 0.5)
    across = ((scene_x - x1) / share1 + 0.5) * 256 - columns
    down = ((scene_y - y1) / share1 + 0.5) * 256 - rows
    truth = np.stack([across, down], 2)
    error = np.linalg.norm(optical_flow(first, second) - truth, axis=2)
    assert np.linalg.norm(truth, axis=2).mean() > 2
    assert np.median(error) < 0.3


def test_a_small_frame_has_a_flow_too(astronaut):
    assert optical_flow(astronaut[:16, :24], astronaut[:16, :24]).shape == (16, 24, 2)


def test_frames_of_two_sizes_have_none(astronaut):
    with pytest.raises(ValueError, match="flow between"):
        optical_flow(astronaut[:64, :64], astronaut[:64, :60])


def test_a_flow_that_comes_home_is_consistent_but_for_what_comes_in():
    back, forth = constant(30, 40, -4, 0), constant(30, 40, 4, 0)
    seen = consistent(back, forth)
    assert not seen[:, :4].any()
    assert seen[:, 4:].all()


def test_a_flow_that_does_not_come_home_is_occluded():
    back, forth = constant(30, 40, -4, 0), constant(30, 40, 4, 0)
    forth[10:20, 10:20] = 0
    seen = consistent(back, forth)
    # This frame's 14 to 23 look back at the last one's 10 to 19, which says that it stayed.
    assert not seen[10:20, 14:24].any()
    assert seen[:10, 4:].all()
    assert seen[20:, 4:].all()


def test_the_edge_of_a_moving_thing_is_left_out():
    back = constant(30, 40, 0, 0)
    back[10:20, 10:20] = (-2, 0)
    forth = -back
    assert not consistent(back, forth)[15, 10]
    assert consistent(back, forth)[5, 5]


def still(height=8, width=8, seen=None):
    motion = torch.zeros(height, width, 2)
    return Motion(motion, torch.ones(height, width, dtype=torch.bool) if seen is None else seen)


def test_a_still_clip_does_not_flicker(astronaut):
    frame = astronaut[:64, :64]
    motion = Motion.between(frame, frame, CPU)
    assert motion.seen.all()
    assert motion.flicker(as_tensor(frame, CPU), as_tensor(frame, CPU)).item() < 1e-6


def test_a_known_change_has_its_value():
    last = torch.full((1, 3, 8, 8), 0.5)
    now = last.clone()
    now[:, 0] += 0.3
    torch.testing.assert_close(still().flicker(last, now), torch.tensor(0.1))
    seen = torch.zeros(8, 8, dtype=torch.bool)
    seen[:2] = True
    half = last.clone()
    half[:, :, :1] += 0.2
    half[:, :, 5:] += 0.4  # not seen before: does not count
    torch.testing.assert_close(still(seen=seen).flicker(last, half), torch.tensor(0.1))


def test_what_only_moves_does_not_flicker():
    last = torch.rand(1, 3, 16, 16)
    now = last.roll(3, 3)
    motion = Motion.between(np.zeros((16, 16, 3), np.uint8), np.zeros((16, 16, 3), np.uint8), CPU)
    back = torch.from_numpy(constant(16, 16, -3, 0))
    seen = torch.ones(16, 16, dtype=torch.bool)
    seen[:, :3] = False
    assert Motion(back, seen).flicker(last, now).item() < 1e-6
    assert motion.flicker(last, now).item() > 0.1


def test_nothing_seen_before_is_no_flicker():
    nothing = torch.zeros(8, 8, dtype=torch.bool)
    assert still(seen=nothing).flicker(torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)) == 0
