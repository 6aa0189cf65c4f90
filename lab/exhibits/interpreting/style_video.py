"""Style transfer in video: frame by frame, along the optical flow, by a feed-forward network."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from lab.exhibit import Action, Exhibit, Frame, Knobs, Metric, Output, PictureSlot, part
from lab.exhibits.interpreting._style_video_feed_forward import fast, learning
from lab.exhibits.interpreting._style_video_session import (
    CONTENT_LAYERS,
    TWO,
    VideoSession,
    counted,
    reading,
    shown,
)
from lab.media import pictures
from lab.networks import imagenet
from lab.networks.pixels import as_tensor
from lab.parameters import AUTO, RUNNING, Choice, Number, When, applies
from lab.payloads import Curve, Note, Pictures
from lab.style.optical_flow import Motion
from lab.style.video_frames import VideoLossWeights, optimised_frame
from lab.system.clock import rate
from lab.workspace import Workspace

# Seconds between two updates of the training, and at most between two frames of a replay.
LOOK, BLINK = 0.5, 0.04
# Relative times, for the progress: of an evaluation and of a pass of the network with the optical
# flow, both for each pixel of a frame, and of a training step.
EVALUATION, PASS, STEP = 1.1e-6, 1.8e-6, 0.2
WAYS = {"both": "Optimisation, then feed-forward", "flow": "Optimisation", "fast": "Feed-forward"}
# For the parameters of the optimisation.
OPTIMISED = When("way", "both", "flow")


@dataclass(frozen=True)
class Parameters:
    """Method, size and length; the weights are live."""

    way: Annotated[str, Choice("Method", WAYS)] = "both"
    painter: Annotated[
        str,
        Choice("Feed-forward network", "painters", auto="Train one for this style",
               help="One from Models has the style that it was trained for.",
               when=When("way", "both", "fast")),
    ] = AUTO  # fmt: skip
    size: Annotated[int, Number("Longer edge", 64, 512, step=32, unit="px")] = 256
    frames: Annotated[
        int,
        Number("Frames by optimisation", 2, 100_000, log=True,
               help="Slow: seconds for each. Feed-forward takes all frames.", when=OPTIMISED),
    ] = 8  # fmt: skip
    evaluations: Annotated[
        int, Number("Evaluations per frame", 1, 200, log=True, when=OPTIMISED)
    ] = 10  # fmt: skip
    style_weight: Annotated[
        float,
        Number("Style weight", 0.05, 20, log=True, live=RUNNING, help="By optimisation only.",
               when=OPTIMISED),
    ] = 1.0  # fmt: skip
    hold: Annotated[
        float,
        Number("Temporal consistency weight", 0, 1000, log=True, live=RUNNING,
               help="0: the flow gives the initial image only.", when=OPTIMISED),
    ] = 50.0  # fmt: skip
    steps: Annotated[
        int, Number("Training steps", 2, 20_000, log=True, when=When("painter", AUTO))
    ] = 300
    moment: Annotated[
        float, Number("Frame shown", 0, 1, step=0.01, live=True, transient=True, form=".0%")
    ] = 1.0


OUTPUTS = (
    Output("frame", Pictures, "Content frame", (0, 0, 5, 3)),
    Output("guided", Pictures, "Optical-flow constraint", (0, 3, 5, 3)),
    Output("alone", Pictures, "Frame by frame", (0, 6, 5, 3)),
    Output("fast", Pictures, "Feed-forward network", (0, 9, 5, 3)),
    Output("flicker", Curve, "Flicker: change of pixels along the optical flow", (5, 0, 4, 5),
           x="frame", y="mean absolute change, 0 to 1"),
    Output("learning", Curve, "Training loss of the feed-forward network", (5, 5, 4, 4),
           x="training step", y="relative loss", log_y=True),
    Output("reading", Note, "How to read it", (5, 9, 4, 3)),
)  # fmt: skip

METRICS = (
    Metric("frames", "Frames", "d"),
    Metric("frames_per_second", "Frames per second", ".1f", timed=True),
    Metric("flicker", "Flicker, optical flow", ".4f"),
    Metric("flicker_independent", "frame by frame", ".4f"),
    Metric("flicker_fast", "feed-forward", ".4f"),
)


def by_optimisation(
    session: VideoSession, knobs: Knobs[Parameters]
) -> Generator[Frame, None, None]:
    """Optimise each frame twice: from the last one along the optical flow, and independently."""
    style, evaluations = session.grams(session.size), knobs.now.evaluations
    videos = {name: session.video(name, way, session.style.name) for name, way in TWO.items()}
    last: NDArray[np.uint8] | None = None
    begun = knobs.clock()

    def weights() -> VideoLossWeights:
        return VideoLossWeights(style=knobs.now.style_weight, hold=knobs.now.hold)

    total = session.expected(knobs.now.frames)
    for number, pixels in session.frames(knobs.now.frames):
        words = counted(number, total)
        yield Frame({"frame": shown(pixels, words)}, status=f"{words}, by optimisation")
        frame = as_tensor(pixels, session.device)
        motion = None if last is None else Motion.between(last, pixels, session.device)
        yield Frame()
        outputs, changes = {}, {}
        for k, (name, video) in enumerate(videos.items()):
            before = video.before(motion)
            held = before if name == "guided" else None
            for canvas in optimised_frame(
                *(session.features, style, CONTENT_LAYERS, frame, weights, evaluations, held)
            ):
                painted = canvas
                yield Frame()
            outputs[name] = shown(video.add(painted), words)
            if before is not None:
                changes[TWO[name]] = (number, video.measure(before))
            yield Frame(progress=min(1.0, (number - 1 + (k + 1) / len(videos)) / total))
        pace = rate(number, knobs.clock() - begun)
        yield Frame(
            {**outputs, "flicker": Curve(changes)},
            {
                "frames": number,
                "frames_per_second": pace,
                "flicker": videos["guided"].flicker,
                "flicker_independent": videos["alone"].flicker,
            },
            speed=f"{pace:.2f} frames/s",
        )
        last = pixels


def painted(
    session: VideoSession, knobs: Knobs[Parameters], workspace: Workspace
) -> Iterator[Frame]:
    """The clip by all methods that were chosen, one after another."""
    now = knobs.now
    optimised = now.way != "fast" and not session.live
    passed = now.way != "flow" or session.live
    trained = passed and (now.painter == AUTO or not applies(now, "painter"))
    pixels = session.first.shape[2] * session.first.shape[3]
    times = np.cumsum(
        [
            optimised * 2 * now.evaluations * session.expected(now.frames) * pixels * EVALUATION,
            trained * now.steps * STEP,
            passed * (session.clip.count or 0) * pixels * PASS,
        ]
    )
    learnt, passing = (float(time / (times[-1] or 1)) for time in times[:2])
    if optimised:
        yield from part(by_optimisation(session, knobs), 0.0, learnt)
    yield Frame(fixed=True)
    if not passed:
        return
    if trained:
        training = learning(session, now.steps, knobs.every(LOOK))
        painter = yield from part(training, learnt, passing)
    else:
        painter = workspace.shelf.style_network(now.painter, session.device)
    yield from part(fast(session, painter, knobs.clock), passing, 1.0)


def run(knobs: Knobs[Parameters], workspace: Workspace) -> Iterator[Frame]:
    """By optimisation, then by a network trained for the style; then any frame again."""
    now = knobs.now
    yield Frame(status="loading", progress=0.0)
    workspace.shelf.get(imagenet.EMBEDDED, workspace.device)  # takes long, so a frame of its own
    yield Frame()
    with ExitStack() as films:
        wanted = now.frames if applies(now, "frames") else 0
        session = VideoSession(workspace, films, now.size, wanted)
        yield Frame()
        looking, moment = painted(session, knobs, workspace), now.moment
        for frame in looking:
            yield frame
            if knobs.now.moment != moment:
                moment = knobs.now.moment
                yield Frame(session.back(moment))
    done = f"done: {len(session.videos)} videos written"
    yield Frame({"reading": reading(session)}, status=done, progress=1.0)
    if session.damage is not None:
        raise session.damage
    reel = session.reel
    while True:
        yield Frame(session.back(knobs.now.moment), rest=True)
        if knobs.take("again"):
            for number in range(0, reel.seen, reel.every):
                yield Frame(session.at(number), after=min(1 / session.clip.rate, BLINK))


EXHIBIT = Exhibit(
    Parameters,
    run,
    OUTPUTS,
    caption="Frame by frame, every frame gets strokes of its own: the video flickers. With the "
    "optical-flow constraint the strokes of the last frame move with the objects. A feed-forward "
    "network trained for one style takes one pass per frame, fast enough for the camera.",
    source="Ruder et al., 2016 (video); Johnson et al., 2016; Ulyanov et al., 2016 (fast)",
    metrics=METRICS,
    actions=(Action("again", "Replay", "All frames, from the beginning"),),
    pictures=2,
    slots=(PictureSlot("Video"), PictureSlot("Style", "waves", tuple(pictures.STYLES))),
    seeded=True,
    lively=True,
    quick={"size": 64, "frames": 3, "evaluations": 2, "steps": 2},
    picture="rocket",
    main="guided",
)
