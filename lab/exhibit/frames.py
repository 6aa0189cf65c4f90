"""What a running exhibit yields, and how the frames of its parts become those of the whole."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from lab.payloads import Curve, Payload

T = TypeVar("T")
Value = float | int | str | list[float]


@dataclass(frozen=True)
class Frame:
    """What changed since the last one. Every field may be empty: a bare `Frame()` is a breath.

    outputs: declared output -> payload. metrics: declared metric -> value; a list is copied, so the
    run may go on filling its own. status: a short line
    under the title ("epoch 3 of 6"). progress: the share of the whole run that is done, in
    [0, 1]; how much is left is judged by it, so it never falls before the run rests (`part` joins
    the parts of a run). speed: what the status bar says of the pace ("2,310 pictures/s"). rest:
    nothing more will come before a live parameter turns or an action is asked for. after: seconds
    before which the run need not be continued (the next frame of a film); others go on meanwhile,
    and where nobody looks on nobody waits. fixed: from here on the run no longer asks for the
    parameters that are live RUNNING (lab/parameters); where it does not say so, it asks until it
    rests.
    """

    outputs: Mapping[str, Payload] = field(default_factory=dict)
    metrics: Mapping[str, Value] = field(default_factory=dict)
    status: str | None = None
    progress: float | None = None
    speed: str | None = None
    rest: bool = False
    after: float = 0.0
    fixed: bool = False

    def __post_init__(self) -> None:
        values = {k: list(v) if isinstance(v, list) else v for k, v in self.metrics.items()}
        object.__setattr__(self, "metrics", values)

    def then(self, later: Frame) -> Frame:
        """Both frames as one: the later wins, and curves append unless the later one replaces."""
        outputs = dict(self.outputs)
        for name, payload in later.outputs.items():
            old = outputs.get(name)
            if isinstance(old, Curve) and isinstance(payload, Curve):
                payload = old.extended(payload)
            outputs[name] = payload
        return Frame(
            outputs,
            {**self.metrics, **later.metrics},
            self.status if later.status is None else later.status,
            self.progress if later.progress is None else later.progress,
            self.speed if later.speed is None else later.speed,
            later.rest,
            later.after,
            self.fixed or later.fixed,
        )


def part(frames: Generator[Frame, None, T], begin: float, end: float) -> Generator[Frame, None, T]:
    """The frames of one part of a run, whose progress is from `begin` to `end` of the whole."""
    while True:
        try:
            frame = next(frames)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if frame.progress is not None:
            frame = replace(frame, progress=min(end, begin + (end - begin) * frame.progress))
        yield frame


def breathing(passes: Generator[object, None, T]) -> Generator[Frame, None, T]:
    """A breath after every pass of what takes its time, and what the passes lead to.

    Of passes that are frames it shows the progress alone.
    """
    while True:
        try:
            made = next(passes)
        except StopIteration as end:
            result: T = end.value
            return result
        yield Frame(progress=made.progress) if isinstance(made, Frame) else Frame()
