"""The exhibit: its figures, what may be turned at rest, and what goes wrong in one line."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Frame, Knobs
from lab.media import pictures
from lab.media.pictures import Picture


@pytest.fixture(scope="module")
def workspace(workspace, tmp_path_factory):
    """With a folder of its own: a painting is saved at its end where nobody is there."""
    return replace(workspace, folder=tmp_path_factory.mktemp("painted"))


EXHIBIT = catalog.load("interpreting/style_transfer")
SMALL = {"model": "alexnet-stem", "size": 64, "evaluations": 8}


def told(frames):
    snapshot = Frame()
    for frame in frames:
        snapshot = snapshot.then(frame)
        if frame.rest:
            break
    return snapshot


@pytest.fixture
def resting(workspace):
    """A painting that is done, and its knobs: (snapshot, knobs, frames)."""
    knobs = Knobs(EXHIBIT.parameters(**SMALL), attended=True)
    frames = EXHIBIT.run(workspace, knobs)
    yield told(frames), knobs, frames
    frames.close()


def test_the_style_is_ten_times_nearer_after_120_evaluations(workspace):
    end = told(EXHIBIT.run(workspace, size=128, evaluations=120, model="efficientnet_lite0"))
    figures = end.metrics
    assert figures["style_loss"] < figures["style_loss_start"] / 10
    assert figures["evaluations"] == 120
    assert figures["seconds_to_preview"] > 0
    assert 0 < figures["content_loss"] < 1.5
    x, y = end.outputs["losses"].series["style"]
    assert x.tolist() == list(range(120))
    assert y[0] == pytest.approx(figures["style_loss_start"], rel=1e-3)


def test_a_moment_of_the_past_is_hung_and_nothing_is_painted(resting):
    end, knobs, frames = resting
    knobs.now = EXHIBIT.parameters(**SMALL, moment=0)
    back = told(frames)
    assert back.metrics["evaluations"] == 8
    first = back.outputs["canvas"].images[0]
    assert np.array_equal(first, end.outputs["history"].images[0])
    assert not np.array_equal(first, end.outputs["canvas"].images[0])
    assert back.outputs["history"].selected == 0
    knobs.now = EXHIBIT.parameters(**SMALL)
    again = told(frames)
    assert np.array_equal(again.outputs["canvas"].images[0], end.outputs["canvas"].images[0])


def test_a_weight_that_is_turned_at_rest_paints_on(resting):
    end, knobs, frames = resting
    knobs.now = EXHIBIT.parameters(**SMALL, style_weight=500.0)
    later = told(frames)
    assert later.metrics["evaluations"] == 10
    assert not np.array_equal(later.outputs["canvas"].images[0], end.outputs["canvas"].images[0])


def test_it_paints_longer_when_asked(resting):
    _, knobs, frames = resting
    knobs.ask("longer")
    assert told(frames).metrics["evaluations"] == 16


def test_both_styles_are_shown_where_they_are_blended(workspace):
    end = told(EXHIBIT.run(workspace, **SMALL, blend=0.25))
    assert end.outputs["style"].captions == ["75% brush strokes", "25% waves"]
    assert end.outputs["canvas"].images[0].shape == (43, 64, 3)


def test_content_then_style_as_on_the_command_line(workspace):
    chosen = [pictures.embedded("rocket"), pictures.embedded("ink")]
    end = told(EXHIBIT.run(workspace, pictures=chosen, **SMALL))
    assert end.outputs["content"].captions == ["rocket"]
    assert end.outputs["style"].captions == ["ink wash"]


def saved_path(frame):
    return Path(frame.status.removeprefix("saved as "))


def test_the_canvas_is_saved_pixel_for_pixel(resting, workspace):
    end, knobs, frames = resting
    knobs.ask("save")
    path = saved_path(told(frames))
    assert path.parent == workspace.folder
    assert path.name.startswith("coffee after brush strokes")
    assert np.array_equal(np.asarray(Image.open(path)), end.outputs["canvas"].images[0])


def test_a_second_painting_does_not_replace_the_first(resting):
    _, knobs, frames = resting
    knobs.ask("save")
    first = saved_path(told(frames))
    before = first.read_bytes()
    knobs.ask("save")
    assert saved_path(told(frames)) == first, "the same one is there already"
    knobs.ask("longer")
    knobs.ask("save")
    told(frames)
    knobs.ask("save")
    second = saved_path(told(frames))
    assert second != first
    assert first.read_bytes() == before


@pytest.mark.parametrize("attended", [True, False])
def test_a_save_that_fails_leaves_the_run_alive_and_says_what_to_do(workspace, tmp_path, attended):
    (tmp_path / "file").touch()
    blocked = replace(workspace, folder=tmp_path / "file")
    knobs = Knobs(EXHIBIT.parameters(**SMALL), attended=attended)
    frames = EXHIBIT.run(blocked, knobs)
    end = told(frames)
    if attended:
        knobs.ask("save")
        end = told(frames)
    assert re.match(r"not saved: .* cannot be written: .*; choose another folder", end.status)
    assert end.outputs["canvas"].images
    if attended:
        (tmp_path / "file").unlink()
        knobs.ask("save")
        assert saved_path(told(frames)).is_file()
    frames.close()


def test_a_picture_of_a_long_name_is_painted_and_saved(workspace, tmp_path):
    lab = replace(workspace, folder=tmp_path)
    long = Picture("x" * 236, pictures.embedded("coffee").pixels)
    end = told(EXHIBIT.run(lab, pictures=[long], **SMALL))
    assert saved_path(end).is_file()
    assert "brush strokes" in saved_path(end).name


def test_bad_input_is_told_in_one_line(workspace):
    tiny = Picture("tiny", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(UserError, match="tiny is 8 × 8 px, too small: choose"):
        told(EXHIBIT.run(workspace, pictures=[tiny], **SMALL))
    with pytest.raises(UserError, match="style_layers=conv9"):
        EXHIBIT.run(workspace, **SMALL, style_layers=("conv9",))
    with pytest.raises(UserError, match=r"logits of .* has no maps of rows and columns"):
        told(EXHIBIT.run(workspace, **SMALL, style_layers=("logits",)))
