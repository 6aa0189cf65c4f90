"""The feed-forward network of style transfer in video: its training, and its pass over the clip."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np
import torch
from numpy.typing import NDArray

from lab.exhibit import Frame
from lab.exhibits.interpreting._style_video_session import (
    CONTENT_LAYERS,
    FAST,
    VideoSession,
    counted,
    shown,
)
from lab.networks.models import StyleNetwork
from lab.networks.pixels import as_pixels, as_tensor
from lab.payloads import Curve
from lab.style import feed_forward
from lab.style.feed_forward import StyleTraining
from lab.style.optical_flow import Motion
from lab.system.clock import Pace, rate


def learning(session: VideoSession, steps: int, pace: Pace) -> Generator[Frame, None, StyleNetwork]:
    """Train a network for the style and save it to the shelf; returns it."""
    name = session.style.name
    title = f"Style network, {name}"
    painter = feed_forward.untrained(title, session.workspace.seed).to(session.device)
    training = StyleTraining(
        *(painter, session.features, session.grams(2 * feed_forward.SIZE), CONTENT_LAYERS),
        feed_forward.photographs(session.content, session.device),
        steps=steps,
    )
    done = 0
    while done < steps:
        training.advance(feed_forward.PerceptualLossWeights())
        if not pace.due() and training.step < steps:
            yield Frame()
            continue
        content, style = training.read_back()
        x = np.arange(done + 1, done + 1 + len(style))
        done += len(style)
        words = f"step {done} of {steps}"
        yield Frame()
        yield Frame(
            {
                "fast": shown(as_pixels(training.preview(session.first)), f"after {words}"),
                "learning": Curve({"style": (x, style), "content": (x, content)}),
            },
            status=f"training a network for the style {name}: {words}",
            progress=done / steps,
        )
    shelf = session.workspace.shelf
    return shelf.style_network(shelf.put(training.learned(), painter.card.title), session.device)


def fast(
    session: VideoSession, painter: StyleNetwork, clock: Callable[[], float]
) -> Generator[Frame, None, None]:
    """One pass of the network a frame: the clip to its end, or the camera while it is on."""
    video = session.video("fast", FAST, painter.card.title)
    last: NDArray[np.uint8] | None = None
    seconds, begun, total = 0.0, clock(), session.clip.count
    for number, pixels in session.frames():
        seconds += clock() - begun  # to read it; the flow is not the network's work
        motion = None
        if last is not None and not session.live:
            motion = Motion.between(last, pixels, session.device)
            yield Frame()
        before, begun = video.before(motion), clock()
        with torch.inference_mode():
            painted = video.add(painter(as_tensor(pixels, session.device)))
        seconds += clock() - begun
        words, pace = counted(number, total), rate(number, seconds)
        if before is not None:
            curve = Curve({FAST: (number, video.measure(before))})
            yield Frame({"flicker": curve}, {"flicker_fast": video.flicker})
        yield Frame(
            {"frame": shown(pixels, words), "fast": shown(painted, words)},
            {"frames": number, "frames_per_second": pace},
            f"{words}, by the feed-forward network",
            min(1.0, number / total) if total else None,
            f"{pace:.1f} frames/s",
        )
        last, begun = pixels, clock()
