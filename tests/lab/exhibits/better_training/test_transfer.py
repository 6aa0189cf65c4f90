"""Transfer learning: what is trained and shown, own classes, the lecture's table, bad input."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.exhibits.better_training._transfer_own_classes import IMAGES
from lab.exhibits.better_training._transfer_parameters import Parameters
from lab.exhibits.better_training._transfer_session import plan
from lab.exhibits.better_training._transfer_table import (
    ADVICE,
    Corner,
    data_names,
    lecture_table,
    strategies,
)
from lab.media import pictures
from lab.media.pictures import Picture
from lab.networks.shelf import Shelf
from lab.training.transfer_learning import Strategy
from lab.workspace import Workspace

PATH = "better_training/transfer"
QUICK = {"model": "digits-cnn", "data": "digits", "images": 2, "epochs": 1, "seeds": 1}


@pytest.fixture
def lab(workspace):
    return replace(workspace, shelf=Shelf())


def until_rest(frames):
    """Outputs, metrics and statuses until the run rests."""
    outputs, metrics, told = {}, {}, []
    for frame in frames:
        outputs |= frame.outputs
        metrics |= frame.metrics
        told += [frame.status] if frame.status else []
        if frame.rest:
            break
    return outputs, metrics, told


def started(lab, **values):
    knobs = Knobs(Parameters(**(QUICK | values)), attended=True)
    frames = catalog.load(PATH).run(lab, knobs)
    return knobs, frames, until_rest(frames)


def test_the_three_ways_and_the_depth_of_each():
    now = Parameters()
    assert plan(now, 9) == {
        "head": Strategy(9),
        "fine": Strategy(6),
        "scratch": Strategy(0, pretrained=False),
    }
    assert plan(replace(now, frozen=2, ways=("fine",)), 9) == {"fine": Strategy(2)}


def test_the_drawn_network_shows_what_is_frozen(lab):
    _, frames, (outputs, metrics, told) = started(lab, frozen=1)
    graph = outputs["network"]
    assert list(graph.nodes) == ["image", "conv1", "conv2", "linear1", "logits"]
    assert graph.groups == (("conv1",), ("conv2", "linear1"), ("logits",))
    # A click on an item sets `frozen` to its index.
    assert graph.selected == "conv1" == list(graph.nodes)[1]
    assert metrics["frozen_units"] == 1
    assert metrics["gain"] == pytest.approx(metrics["best"] - metrics["test_accuracy_scratch"])
    assert len(metrics["mean"]) == len(metrics["spread"]) == 3
    assert "network saved to models" in told[-1]
    frames.close()


def test_the_network_on_the_shelf_is_the_fine_tuned_one_and_classifies(lab):
    _, frames, (_, metrics, _) = started(lab)
    (name,) = lab.shelf.names_trained_here()
    card = lab.shelf.card(name)
    assert card.trained
    assert card.classes == tuple("0123456789")
    assert card.metrics["test_accuracy"] == pytest.approx(metrics["test_accuracy_fine"])
    data = lab.data("digits")
    network = lab.shelf.get(name)
    hits = network(data.test_images[:240] / 255).argmax(1) == data.test_labels[:240]
    assert hits.float().mean().item() == pytest.approx(metrics["test_accuracy_fine"])
    frames.close()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frozen": 4}, "frozen=4: .* has 3 units below its head, choose from 0 to 3"),
        ({"data": "/no/such/folder"}, "no folder"),
        ({"model": "resnet18"}, "not on this machine"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(lab, values, words):
    with pytest.raises(UserError, match=words) as told:
        started(lab, **values)
    assert "\n" not in str(told.value)


def folder(path, **counts):
    colours = np.random.default_rng(0)
    for number, (name, count) in enumerate(counts.items()):
        (path / name).mkdir(parents=True)
        for i in range(count):
            size = (20 + 7 * i, 33)  # odd ones
            pixels = colours.integers(0, 120, (*size, 3)).astype(np.uint8) + 120 * number
            image = Image.fromarray(pixels.astype(np.uint8))
            (image.convert("L") if i % 2 else image).save(path / name / f"{i}.png")
    return str(path)


def test_two_folders_of_odd_and_grey_images_are_told_apart(lab, tmp_path):
    data = folder(tmp_path / "two", dark=20, light=20)
    _, frames, (outputs, metrics, _) = started(lab, data=data, images=20, epochs=20)
    assert metrics["best"] == 1.0
    assert "16 of each of 2 classes" in outputs["examples"].title
    frames.close()


def test_a_folder_with_one_class_and_a_class_with_one_image_are_told(lab, tmp_path):
    with pytest.raises(UserError, match="one class folder, dark: add another"):
        started(lab, data=folder(tmp_path / "one", dark=5))
    data = folder(tmp_path / "three", dark=6, light=6, lonely=1)
    _, frames, (_, _, told) = started(lab, data=data)
    assert "class lonely has too few images" in told[-1]
    frames.close()


# ---- own classes -------------------------------------------------------------------------------


class Camera:
    """Shows a dark or a light thing; may be off, or go."""

    def __init__(self):
        self.level, self.left, self.generator = 0, 1000, np.random.default_rng(0)

    def __call__(self):
        if self.left == 0:
            raise UserError("the camera is gone: plug it in and start it again")
        if self.level is None:
            return None
        self.left -= 1
        pixels = self.generator.integers(0, 60, (40, 60, 3)).astype(np.uint8) + self.level
        return Picture("camera", pixels.astype(np.uint8), source="camera")


def test_two_classes_are_recorded_trained_and_classified_live(lab):
    camera = Camera()
    camera.level = None
    knobs, frames, _ = started(replace(lab, camera=camera))
    for number, level in ((1, 0), (2, 180)):
        knobs.ask(f"record_{number}")
        camera.level = level
        if number == 1:
            outputs, _, told = until_rest(frames)
            assert told[-1] == f"class 1 has {IMAGES} images: record another class"
            assert len(outputs["examples"].images) == 5
    for frame in frames:
        if frame.status == "live":
            break
    camera.level = 0
    seen = [next(frames).outputs["classes"] for _ in range(3)]
    assert seen[-1].labels[0] == "class 1"
    assert set(seen[-1].labels) == {"class 1", "class 2"}
    camera.level = None
    outputs, _, told = until_rest(frames)  # the chosen image, where the camera is off
    assert "coffee" in outputs["seen"].captions[0]
    assert any("2 own classes" in lab.shelf.card(n).title for n in lab.shelf.names_trained_here())
    frames.close()


def test_without_a_camera_and_with_one_that_goes_there_is_one_line(lab):
    camera = Camera()
    camera.level = None
    knobs, frames, _ = started(replace(lab, camera=camera))
    knobs.ask("record_1")
    assert "class 1 is not recorded: the camera is off" in until_rest(frames)[2][-1]
    camera.level, camera.left = 0, 5
    knobs.ask("record_1")
    assert "class 1 is not recorded: the camera is gone" in until_rest(frames)[2][-1]
    knobs.ask("classify")
    assert "no live classification: the camera is gone" in until_rest(frames)[2][-1]
    frames.close()


def test_recording_leaves_the_comparison_at_once(lab):
    knobs = Knobs(Parameters(**(QUICK | {"epochs": 100})), attended=True)
    frames = catalog.load(PATH).run(replace(lab, camera=Camera()), knobs)
    for frame in frames:
        if "results" in frame.outputs:
            knobs.ask("record_3")
            break
    *_, told = until_rest(frames)
    assert told[-1] == f"class 3 has {IMAGES} images: record another class"
    frames.close()


def test_the_image_that_is_chosen_by_now_is_classified(lab):
    chosen = [None]
    knobs, frames, (outputs, _, _) = started(replace(lab, chosen=lambda: chosen[0]))
    assert "coffee" in outputs["seen"].captions[0]
    chosen[0] = pictures.embedded("rocket")
    knobs.ask("classify")
    assert "rocket" in until_rest(frames)[0]["seen"].captions[0]
    frames.close()


# ---- the lecture's table -----------------------------------------------------------------------


def test_what_each_row_of_the_table_trains():
    assert strategies(9) == {
        "classifier": Strategy(9),
        "more": Strategy(6),
        "large": Strategy(3),
        "cut": Strategy(6, cut=True),
        "cut_more": Strategy(3, cut=True),
    }
    for depth in range(1, 20):
        found = strategies(depth)
        assert len(set(found.values())) == len(found)
        assert all(0 <= s.frozen <= depth for s in found.values())
        assert {"classifier", "more"} <= found.keys()


def test_where_the_measurement_disagrees_it_is_said():
    agreeing = Corner({"classifier": [0.8, 0.82], "more": [0.81, 0.81], "cut": [0.2, 0.3]})
    disagreeing = Corner({"classifier": [0.7, 0.71], "more": [0.9, 0.9], "cut": [0.2, 0.3]})
    assert agreeing.best in ("classifier", "more")
    assert agreeing.agrees(("classifier",))
    assert not disagreeing.agrees(("classifier",))
    low = Corner({"classifier": [0.3, 0.3], "cut": [0.4, 0.4]})
    table = lecture_table([agreeing, disagreeing, low, disagreeing])
    *_, verdicts = table.rows
    assert verdicts[1:] == ("agrees", "agrees", "agrees, BAD", "disagrees")
    assert table.rows[0][2] == "70.5±0.7"
    assert table.rows[1][2] == "90.0±0.0 ✓▲"
    empty = lecture_table([])
    assert [sum("✓" in row[i + 1] for row in empty.rows) for i in range(4)] == [
        len(advice) for advice in ADVICE
    ]


def test_the_data_are_similar_to_what_the_network_was_trained_on(lab):
    assert data_names(lab.shelf.get("digits-cnn")) == ("digits", "photo_patches")
    assert data_names(lab.shelf.get("alexnet-stem")) == ("photo_patches", "digits")


def test_the_table_is_measured_on_request_and_hidden_again(lab_of_few, monkeypatch):
    knobs, frames, (outputs, metrics, _) = started(lab_of_few)
    assert metrics["table"] == []
    knobs.now = replace(knobs.now, table=True)
    outputs, metrics, told = until_rest(frames)
    assert len(metrics["table"]) >= 4 * 4
    assert all(0 <= value <= 1 for value in metrics["table"])
    assert outputs["lecture"].rows[-1][0] == "check"
    assert "trained on these very similar images" in told[-1]
    knobs.now = replace(knobs.now, table=False)
    assert "switch on" in until_rest(frames)[0]["lecture"].title
    frames.close()


def test_a_workspace_has_no_chosen_picture_of_its_own():
    assert Workspace.open("cpu").chosen() is None
