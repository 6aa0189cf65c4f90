"""The exhibit: its films, its figures, and each way in which it can be cut short."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Frame, Knobs
from lab.exhibits.interpreting._style_video_painted import Reel
from lab.media import pictures
from lab.media.clips import Pan
from lab.media.opencv import opencv
from lab.media.pictures import Picture
from lab.media.video_writer import Writer
from lab.media.videos import Film
from lab.networks.shelf import Shelf

SMALL = {"size": 64, "frames": 3, "evaluations": 2, "steps": 2}


@pytest.fixture
def exhibit():
    return catalog.load("interpreting/style_video")


@pytest.fixture
def lab(workspace, tmp_path):
    """A workspace with a shelf, a folder and two pictures of its own."""
    shown = pictures.embedded("astronaut"), pictures.embedded("waves")
    return replace(workspace, shelf=Shelf(), folder=tmp_path / "made", pictures=shown)


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "holiday.mp4"
    with Writer(path, 12) as writer:
        for frame in Pan(pictures.embedded("coffee")).frames(96):
            writer.write(frame)
    return path


def told(frames):
    snapshot = Frame()
    for frame in frames:
        snapshot = snapshot.then(frame)
    return snapshot


def lengths(folder):
    return {path.name: len(list(Film.open(path).frames(64))) for path in folder.iterdir()}


def test_both_ways_leave_films_figures_and_a_painter(exhibit, lab):
    told_all = told(exhibit.run(lab, **SMALL))
    assert set(told_all.outputs) == {output.name for output in exhibit.outputs}
    assert set(told_all.metrics) == {metric.name for metric in exhibit.metrics}
    assert told_all.metrics["frames"] == 48
    assert told_all.metrics["frames_per_second"] > 0
    assert lengths(lab.folder) == {
        "astronaut-waves-optical-flow.mp4": 3,
        "astronaut-waves-frame-by-frame.mp4": 3,
        "astronaut-style-network-waves-feed-forward.mp4": 48,
    }
    assert list(lab.shelf.style_networks().values()) == ["Style network, waves"]
    x, _ = told_all.outputs["flicker"].series["optical flow"]
    assert x.tolist() == [2, 3]


def test_a_video_is_painted_with_a_painter_of_the_shelf(exhibit, lab, film):
    told(exhibit.run(lab, **SMALL, way="fast"))
    (painter,) = lab.shelf.style_networks()
    taken = replace(lab, pictures=(pictures.named(str(film)), lab.pictures[1]))
    shown = told(exhibit.run(taken, **SMALL, way="fast", painter=painter))
    assert shown.metrics["frames"] == 48
    assert list(lab.shelf.style_networks()) == [painter]
    assert lengths(lab.folder)["holiday-style-network-waves-feed-forward.mp4"] == 48


def test_stopping_keeps_what_is_done(exhibit, lab):
    frames = exhibit.run(lab, **SMALL | {"frames": 20}, way="flow")
    for frame in frames:
        if frame.metrics.get("frames") == 2:
            break
    frames.close()
    assert set(lengths(lab.folder).values()) == {2}


def recorded(path, rate, count=12, code="MJPG"):
    """A film of noise, at any rate."""
    cv2, random = opencv(), np.random.default_rng(0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), rate, (64, 64))
    for _ in range(count):
        writer.write(random.integers(0, 256, (64, 64, 3), np.uint8))
    writer.release()
    return path


def on(lab, path):
    """The lab with that film in hand."""
    return replace(lab, pictures=(pictures.named(str(path)), lab.pictures[1]))


def test_a_video_that_is_cut_short_is_painted_as_far_as_it_goes_by_every_method(
    exhibit, lab, tmp_path
):
    path = recorded(tmp_path / "short.avi", 12)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    seen = []
    with pytest.raises(UserError, match=r"cut short: \d of its 12 frames"):
        seen.extend(exhibit.run(on(lab, path), **SMALL | {"frames": 12}))
    snapshot = told(seen)
    made = lengths(lab.folder)
    assert len(made) == 3
    assert all(2 <= count <= 6 for count in made.values())
    assert list(lab.shelf.style_networks().values()) == ["Style network, waves"]
    assert set(snapshot.outputs) == {output.name for output in exhibit.outputs}
    assert snapshot.metrics["frames"] in made.values()


def test_a_film_of_an_odd_rate_is_painted_at_that_rate(exhibit, lab, tmp_path):
    path = recorded(tmp_path / "odd.avi", 211.222, count=3)
    told(exhibit.run(on(lab, path), **SMALL, way="fast"))
    (film,) = lab.folder.iterdir()
    assert Film.open(film).rate == pytest.approx(211.222, rel=1e-3)
    assert lengths(lab.folder) == {film.name: 3}


def test_what_cannot_be_written_is_found_before_the_work(exhibit, lab, monkeypatch):
    monkeypatch.setattr(opencv().VideoWriter, "isOpened", lambda self: False, raising=False)
    seen = []
    with pytest.raises(UserError, match="cannot be written: OpenCV writes no MPEG-4"):
        seen.extend(exhibit.run(lab, **SMALL))
    assert not any(frame.outputs for frame in seen)
    assert not lab.shelf.style_networks()


@pytest.mark.parametrize("name", ["x" * 236, "映" * 80])
def test_a_film_with_a_name_as_long_as_can_be_is_painted(exhibit, lab, name):
    shown = Picture(name, lab.pictures[0].pixels), lab.pictures[1]
    told(exhibit.run(replace(lab, pictures=shown), **SMALL, way="flow"))
    made = lengths(lab.folder)
    assert len(made) == 2
    assert all(film.startswith(name[:20]) for film in made)


def test_a_header_that_counts_too_few_frames_cuts_nothing_off(exhibit, lab, film, monkeypatch):
    opened = Film.open
    monkeypatch.setattr(Film, "open", lambda path: replace(opened(path), count=2))
    shown = told(exhibit.run(on(lab, film), **SMALL | {"frames": 5}, way="flow"))
    assert set(lengths(lab.folder).values()) == {5}
    assert shown.metrics["frames"] == 5


def test_a_video_that_has_gone_is_said(exhibit, lab, film):
    picture = pictures.named(str(film))
    film.unlink()
    with pytest.raises(UserError, match="no file"):
        told(exhibit.run(replace(lab, pictures=(picture, lab.pictures[1])), **SMALL))


@pytest.mark.parametrize("place", [0, 1])
def test_a_picture_8_px_wide_is_refused_in_one_line(exhibit, lab, place):
    both = list(lab.pictures)
    both[place] = Picture("slit", lab.pictures[0].pixels[:, :8])
    with pytest.raises(UserError, match="slit is 8 × 512 px"):
        told(exhibit.run(replace(lab, pictures=tuple(both)), **SMALL))
    assert not lab.folder.exists() or not list(lab.folder.iterdir())


def test_no_room_on_the_disk_is_said_and_what_is_there_is_kept(exhibit, lab, monkeypatch):
    free = itertools.chain([10**9] * 5, itertools.repeat(10**6))
    usage = type("Usage", (), {"free": property(lambda _: next(free))})()
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(UserError, match="no room on the disk"):
        told(exhibit.run(lab, **SMALL, way="flow"))
    assert sorted(lengths(lab.folder).values()) == [2, 2]


def seen(count, end):
    """A camera that takes so many pictures, and then says or raises `end`."""
    pixels = iter(list(Pan(pictures.embedded("coffee")).frames(96))[:count])

    def look():
        frame = next(pixels, None)
        if frame is not None:
            return Picture("camera", frame, source="camera")
        if end is not None:
            raise end
        return None

    return look


@pytest.mark.parametrize("end", [None, UserError("the camera is gone: plug it in")])
def test_the_camera_is_painted_until_it_is_off_or_gone(exhibit, lab, end):
    look = seen(7, end)
    lab = replace(lab, pictures=(look(), lab.pictures[1]), camera=look)
    shown, error = Frame(), None
    try:
        for frame in exhibit.run(lab, **SMALL):
            shown = shown.then(frame)
    except UserError as caught:
        error = caught
    assert error is end
    # One to see that it is on, one to show what is learned.
    assert shown.metrics["frames"] == 4
    assert lengths(lab.folder) == {"camera-style-network-waves-feed-forward.mp4": 4}


def test_one_can_look_back_and_play_it_again(exhibit, lab):
    values = exhibit.parameters(**SMALL, way="flow")
    knobs = Knobs(values, attended=True)
    frames = exhibit.run(lab, knobs)
    end = next(frame for frame in frames if frame.rest)
    knobs.now = replace(values, moment=0.0)
    begin = next(frames)
    assert begin.rest
    assert not np.array_equal(begin.outputs["guided"].images[0], end.outputs["guided"].images[0])
    knobs.ask("again")
    played = list(itertools.islice(frames, 3))
    assert not any(frame.rest for frame in played[:2])
    # It never sleeps in the thread that it shares.
    assert [frame.after for frame in played[:2]] == [0.04] * 2
    frames.close()


def test_a_reel_keeps_a_few_frames_of_any_number():
    reel = Reel(kept=8)
    for value in range(100):
        reel.add(np.full((1, 1, 3), value, np.uint8))
    values = [int(frame[0, 0, 0]) for frame in reel.frames]
    assert len(values) <= 8
    assert values == list(range(0, 100, 16))
    assert reel.seen == 100
    for asked, kept in ((0, 0), (17, 16), (99, 96), (1000, 96)):
        number, frame = reel.at(asked)
        assert number == kept == frame[0, 0, 0]
