"""Frames optimised one by one: held to the last one where the flow is reliable."""

import pytest
import torch

from lab.media import pictures
from lab.media.clips import Pan
from lab.networks.pixels import as_tensor
from lab.style.features import Features
from lab.style.gram import Target, contents, styles
from lab.style.optical_flow import Motion
from lab.style.video_frames import (
    PreviousFrame,
    VideoLossWeights,
    consistency_loss,
    optimised_frame,
)

CPU = torch.device("cpu")
STYLE, CONTENT = ("stem", "blocks.0", "blocks.1"), ("blocks.2",)


@pytest.fixture(scope="module")
def features(workspace):
    return Features(workspace.shelf.get("efficientnet_lite0"), (*STYLE, *CONTENT))


@pytest.fixture(scope="module")
def style(features):
    return styles(features, as_tensor(pictures.embedded("waves").thumbnail(96), CPU), STYLE)


def paint(features, style, frame, evaluations, before=None, **weights):
    *_, canvas = optimised_frame(
        *(features, style, CONTENT, frame, lambda: VideoLossWeights(**weights), evaluations, before)
    )
    return canvas


def test_the_consistency_loss_is_the_papers_formula():
    canvas, moved = torch.rand(1, 3, 5, 7), torch.rand(1, 3, 5, 7)
    seen = torch.rand(5, 7) < 0.5
    total = sum(
        seen[y, x] * (canvas[0, c, y, x] - moved[0, c, y, x]) ** 2
        for c in range(3)
        for y in range(5)
        for x in range(7)
    )
    torch.testing.assert_close(consistency_loss(canvas, moved, seen), total / (3 * 5 * 7))


def test_it_begins_with_what_was_painted_and_with_the_frame_where_nothing_was():
    painted, frame = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)
    seen = torch.ones(8, 8, dtype=torch.bool)
    seen[:, 0] = False
    back = torch.zeros(8, 8, 2)
    back[..., 0] = -1
    start = PreviousFrame(painted, Motion(back, seen)).start(frame)
    torch.testing.assert_close(start[..., 1:], painted[..., :-1])
    torch.testing.assert_close(start[..., 0], frame[..., 0])


def test_it_takes_on_the_style(features, style):
    frame = as_tensor(next(Pan(pictures.embedded("astronaut")).frames(96)), CPU)
    target = Target(contents(features, frame, CONTENT), style)

    def missing(x):
        with torch.no_grad():
            return target.losses(features(x), x).style.item()

    canvas = paint(features, style, frame, 15)
    assert missing(canvas) < 0.4 * missing(frame)


def test_the_flow_halves_the_flicker_of_a_moving_clip(features, style):
    """The figure at a fifth of its size: `run interpreting/style_video` has it at 256 px."""
    clip = list(Pan(pictures.embedded("astronaut")).frames(96))[:4]
    guided = alone = last = None
    flicker = {"guided": 0.0, "alone": 0.0}
    for pixels in clip:
        frame = as_tensor(pixels, CPU)
        motion = None if last is None else Motion.between(last, pixels, CPU)
        before = None if motion is None else PreviousFrame(guided, motion)
        now = paint(features, style, frame, 10, before), paint(features, style, frame, 10)
        if motion is not None:
            flicker["guided"] += motion.flicker(guided, now[0]).item()
            flicker["alone"] += motion.flicker(alone, now[1]).item()
        (guided, alone), last = now, pixels
    assert flicker["guided"] < 0.5 * flicker["alone"]
