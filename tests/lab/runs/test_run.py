"""A run is a value: written, pickled or put on the clipboard, it is the same run again."""

import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from lab import catalog
from lab.errors import UserError
from lab.exhibit import Knobs
from lab.media import pictures
from lab.media.pictures import Picture
from lab.networks import models
from lab.networks.shelf import Shelf
from lab.runs import Run
from tests.lab.runs.samples import CARD, PREDICT, RUN


def metrics(frames):
    result = {}
    for frame in frames:
        result |= frame.metrics
    return result


def test_it_is_equal_hashed_pickled_and_copied_by_what_it_says():
    for again in (pickle.loads(pickle.dumps(RUN)), replace(RUN), Run.from_json(RUN.to_json())):
        assert again == RUN
        assert hash(again) == hash(RUN)
        assert again is not RUN
    assert replace(RUN, seed=8) != RUN
    assert len({RUN, replace(RUN), replace(RUN, seed=8)}) == 2


def test_it_cannot_be_changed():
    given = {"epochs": 3}
    run = Run("better_training/trainer", given)
    given["epochs"] = 4
    assert run.params == {"epochs": 3}
    with pytest.raises(TypeError):
        run.params["epochs"] = 4
    with pytest.raises(AttributeError):
        run.seed = 1


def test_importing_it_does_not_import_pytorch():
    code = 'import sys, lab.runs; lab.runs.Run.from_json(\'{"exhibit": "interpreting/predict"}\')'
    code += "; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_a_picture_of_the_camera_is_not_the_embedded_cameraman(lab, tmp_path):
    """Both are called camera."""
    exhibit = catalog.load(PREDICT)
    pixels = np.arange(30 * 40 * 3, dtype=np.uint8).reshape(30, 40, 3)
    for source in ("camera", "pasted", "web", "memory"):
        seen = Picture("camera", pixels + len(source), source=source)
        run = Run.of(exhibit, exhibit.parameters(), replace(lab, pictures=(seen,)), tmp_path)
        assert os.path.isabs(run.pictures[0])
        _, _, again = run.opened(lab)
        np.testing.assert_array_equal(again.picture.pixels, seen.pixels)


def test_what_can_be_named_is_named_and_nothing_is_written(lab, tmp_path):
    path = tmp_path / "camera.png"
    pictures.written(np.zeros((20, 20, 3), np.uint8), tmp_path, "camera")
    exhibit = catalog.load("interpreting/style_transfer")
    lab = replace(lab, pictures=(pictures.read(path), pictures.embedded("camera")), seed=4)
    run = Run.of(exhibit, exhibit.parameters(size=128), lab, tmp_path / "out")
    rest = tuple(slot.default for slot in exhibit.slots[2:])
    shown = (str(path), "camera", *rest)
    assert run == Run("interpreting/style_transfer", {"size": 128}, 4, shown), "slots have defaults"
    assert not (tmp_path / "out").exists()
    path.unlink()
    run = Run.of(exhibit, exhibit.parameters(), lab, tmp_path / "out")
    again = pictures.read(run.pictures[0])
    np.testing.assert_array_equal(again.pixels, lab.pictures[0].pixels)


def test_a_network_trained_here_goes_with_it_as_a_file(lab, tmp_path):
    name = lab.shelf.put(models.build(CARD), "My net")
    exhibit = catalog.load("adversarial/robustness")
    values = exhibit.parameters(models=(f"{name}:untrained", "digits-cnn", name))
    run = Run.of(exhibit, values, lab, tmp_path / "out")
    assert run.params["models"] == values.models
    assert list(run.models) == [name]
    (tmp_path / "out" / "run.json").write_text(run.to_json(tmp_path / "out"))
    assert json.loads(run.to_json(tmp_path / "out"))["models"][name].startswith(name)
    fresh = replace(lab, shelf=Shelf())
    _, again, opened = Run.read(tmp_path / "out" / "run.json").opened(fresh)
    assert set(again.models) == set(values.models)
    learned, begun = opened.shelf.get(name), opened.shelf.get(f"{name}:untrained")
    assert learned.card.name == name
    assert begun.card.name == f"{name}:untrained"
    words = run.command(windows=False)
    assert f"{run.models[name]}:untrained" in words
    assert "digits-cnn" in words


def test_where_its_name_is_taken_the_run_still_gets_its_own_network(lab, tmp_path):
    other = replace(CARD, seed=99)
    name = lab.shelf.put(models.build(CARD), "My net")
    exhibit = catalog.load("interpreting/filters")
    run = Run.of(exhibit, exhibit.parameters(model=name), lab, tmp_path)
    taken = replace(lab, shelf=Shelf())
    assert taken.shelf.put(models.build(other), "My net") == name
    _, values, opened = run.opened(taken)
    assert values.model != name
    ours, theirs = lab.shelf.get(name), opened.shelf.get(values.model)
    assert all(
        map(lambda a, b: a.equal(b), ours.state_dict().values(), theirs.state_dict().values())
    )


def test_files_and_folders_are_named_from_anywhere(lab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Shelf().save("digits-cnn", "mine.safetensors").absolute()
    exhibit = catalog.load("adversarial/robustness")
    values = exhibit.parameters(models=("mine.safetensors",), data="./fruit")
    run = Run.of(exhibit, values, lab, tmp_path)
    assert run.params == {"models": (str(path),), "data": str(tmp_path / "fruit")}
    assert run.models == {}


def test_an_empty_name_leaves_the_picture_that_is_there(lab):
    run = Run("interpreting/style_transfer", pictures=("", "waves"))
    _, _, opened = run.opened(lab)
    assert [p.reference for p in opened.pictures] == ["coffee", "waves"]
    exhibit, _, opened = replace(run, pictures=("rocket", "")).opened(lab)
    assert [p.reference for p in opened.pictures] == ["rocket", exhibit.slots[1].default]
    _, _, opened = replace(run, pictures=()).opened(lab)
    assert [p.reference for p in opened.pictures] == ["coffee", "strokes", "waves"]
    _, _, opened = replace(run, pictures=()).opened(replace(lab, pictures=()))
    assert opened.pictures[0].reference == exhibit.picture


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (Run("interpreting/none"), "no exhibit"),
        (Run(PREDICT, {"modl": "x"}), "did you mean model"),
        (Run(PREDICT, {"model": 3}), "model=3: give a name"),
        (Run(PREDICT, {"model": "resnet81"}), "resnet18"),
        (Run(PREDICT, pictures=("nowhere.png",)), "nowhere.png"),
        (Run(PREDICT, {"model": "a"}, models={"a": "nowhere.safetensors"}), "nowhere"),
        (Run("better_training/trainer", {"epochs": 10**400}), "from 1 to 200"),
    ],
)
def test_what_the_exhibit_does_not_take_is_told(run, message, lab):
    with pytest.raises(UserError, match=message):
        run.frames(lab)


def test_its_frames_are_those_of_the_exhibit(lab):
    exhibit = catalog.load("interpreting/filters")
    values = exhibit.parameters(model="digits-cnn")
    lab = replace(lab, seed=5)
    first = metrics(exhibit.run(lab, Knobs(values)))
    run = Run.of(exhibit, values, lab, "/nowhere")
    assert metrics(run.frames(replace(lab, seed=0))) == first
