"""Frames merge, and the parts of a run share its progress."""

from lab.exhibit import Frame, breathing, part
from lab.payloads import Curve, Note


def test_the_later_frame_wins_and_curves_append():
    first = Frame({"c": Curve({"a": ([0], [1])}), "n": Note("old")}, {"m": 1}, "one", 0.1)
    later = Frame({"c": Curve({"a": ([1], [2])}), "n": Note("new")}, {"k": 2})
    both = first.then(later)
    assert both.outputs["c"].series["a"][1].tolist() == [1, 2]
    assert both.outputs["n"].text == "new"
    assert both.metrics == {"m": 1, "k": 2}
    assert (both.status, both.progress) == ("one", 0.1)
    assert Frame(after=0.5).then(later).after == 0


def test_a_list_that_grows_changes_no_frame_that_was_yielded():
    found = [1.0]
    first = Frame(metrics={"accuracies": found})
    found.append(2.0)
    assert first.metrics == {"accuracies": [1.0]}
    assert Frame().then(first).metrics == first.metrics


def test_a_breath_is_taken_after_every_pass():
    def passes():
        yield 1
        yield 2
        return 42

    def story():
        found.append((yield from breathing(passes())))

    found = []
    assert list(story()) == [Frame(), Frame()]
    assert found == [42]


def stage(count):
    for done in range(count):
        yield Frame(status=f"step {done}", progress=done / count)
        yield Frame()
    return "trained"


def test_the_parts_of_a_run_share_its_progress():
    def whole():
        result = yield from part(stage(4), 0.0, 0.5)
        yield from part(stage(2), 0.5, 1.0)
        yield Frame(status=result, progress=1.0)

    frames = list(whole())
    shares = [frame.progress for frame in frames if frame.progress is not None]
    assert shares == [0.0, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0]
    assert (frames[0].status, frames[1], frames[-1].status) == ("step 0", Frame(), "trained")


def test_of_frames_that_are_not_shown_the_progress_is():
    frames = list(breathing(stage(2)))
    assert frames == [Frame(progress=0.0), Frame(), Frame(progress=0.5), Frame()]
    assert list(breathing(iter([1, 2]))) == [Frame(), Frame()]
