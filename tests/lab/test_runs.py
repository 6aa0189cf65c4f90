"""A run is a value: written, pickled or put on the clipboard, it is the same run again."""

import json
import os
import pickle
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab import catalog, parameters, results
from lab.errors import UserError
from lab.exhibit import Frame, Knobs
from lab.media import pictures
from lab.media.pictures import Picture
from lab.networks import models
from lab.networks.card import Card
from lab.networks.shelf import Shelf
from lab.runs import NotRepeatable, Run
from lab.style import feed_forward
from tests.lab.system.test_shells import in_powershell

PREDICT = "interpreting/predict"
RUN = Run(
    "adversarial/robustness",
    {"models": ("mine", "digits-cnn"), "epsilon": 0.25, "images": 10},
    7,
    ("coffee", ""),
    {"mine": "/nets/mine.safetensors"},
)
CARD = Card("m", "My net", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,), seed=3, trained=True)


@pytest.fixture
def lab(workspace):
    """A workspace with a shelf of its own."""
    return replace(workspace, shelf=Shelf())


def metrics(frames):
    result = {}
    for frame in frames:
        result |= frame.metrics
    return result


# --- a value


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


# --- JSON


def test_what_lies_beside_the_file_is_named_from_there(tmp_path, monkeypatch):
    folder = tmp_path / "out"
    (folder / "nets").mkdir(parents=True)
    shown = ("coffee", str(folder / "a b.png"), "/elsewhere/c.png", str(folder / "camera"), "")
    run = Run(PREDICT, {}, 0, shown, {"mine": str(folder / "nets" / "mine.safetensors")})
    found = json.loads(run.to_json(folder))
    assert found["pictures"] == ["coffee", "a b.png", "/elsewhere/c.png", "./camera", ""]
    assert found["models"] == {"mine": "nets/mine.safetensors"}
    (folder / "run.json").write_text(run.to_json(folder))
    moved = folder.rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    again = Run.read("moved/run.json")
    assert again.pictures[1] == str(moved / "a b.png")
    assert again.pictures[3] == str(moved / "camera")
    assert again.models == {"mine": str(moved / "nets" / "mine.safetensors")}
    assert (again.pictures[0], again.pictures[2], again.pictures[4]) == ("coffee", shown[2], "")


def test_the_run_of_a_result_is_read_too(tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"exhibit": PREDICT, "metrics": {}, "run": RUN.as_dict()}))
    assert Run.read(path) == RUN


WHERE = '{"exhibit": "interpreting/predict", '


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (f"{WHERE}" + '"seed": ' + "9" * 5000 + "}", "not JSON"),
        ("[]", "it is no run"),
        ("null", "it is no run"),
        ("{}", "it is no run"),
        ('{"run": 3}', "it is no run"),
        ('{"run": {"run": {}}}', "it is no run"),
        ('{"exhibit": "interpreting/predit"}', "did you mean interpreting/predict"),
        ('{"exhibit": 3}', "CHAPTER/EXHIBIT"),
        ('{"exhibit": null}', "CHAPTER/EXHIBIT"),
        (WHERE + '"sed": 3}', "unknown key sed: did you mean seed"),
        (WHERE + '"a\\nb": 3}', "unknown key a b: "),
        *(
            (f'{WHERE}"seed": {seed}}}', "choose a whole number from 0 up")
            for seed in ('"3"', "-1", "3.0", "true", "null", "[]", "9223372036854775808", "NaN")
        ),
        *(
            (f'{WHERE}"params": {params}}}', "params: ")
            for params in ("null", "[]", '{"a": null}', '{"a": {}}', '{"a": [1]}', '{"a": NaN}')
        ),
        (WHERE + '"params": {"a": "b\\nc"}}', "params: a is a number"),
        *((f'{WHERE}"pictures": {p}}}', "pictures: ") for p in ('"coffee"', "[3]", "{}", "null")),
        *((f'{WHERE}"models": {m}}}', "models: ") for m in ("[]", '{"a": 3}', '{"a": null}')),
    ],
)
def test_a_bad_file_is_one_line_that_names_it(text, message, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as told:
        Run.read(path)
    assert str(told.value).startswith(f"{path}: ")
    assert len(str(told.value).splitlines()) == 1


def test_what_is_no_file_is_told(tmp_path):
    (tmp_path / "picture.json").write_bytes(b"\x89PNG\xff")
    (tmp_path / "large.json").write_bytes(b" " * (5 << 20))
    for name, message in (
        ("none.json", "no file"),
        ("", "is a folder: give the JSON file of a run"),
        ("picture.json", "is not JSON"),
        ("large.json", "too large for a run"),
    ):
        with pytest.raises(UserError, match=message):
            Run.read(tmp_path / name)


# --- from and to what runs


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


# --- in words


AWKWARD = Run(
    "adversarial/robustness",
    {"models": ("a, b.safetensors", 'c".safetensors'), "epsilon": 0.1 + 0.2},
    2**62,
    ("coffee", "/photos/it's $HOME & (more); 50% `x`.png", "C:\\My Pictures\\", "", "naïve é.png"),
)


@pytest.mark.parametrize(("windows", "split"), [(False, shlex.split), (True, in_powershell)])
def test_a_shell_takes_the_command_apart_into_the_same_run(windows, split):
    import main

    for run in (AWKWARD, Run(PREDICT), Run(PREDICT, {"model": "resnet18"}, 1, ("coffee",))):
        words = split(run.command(windows))
        assert words[:2] == ["python", "main.py"]
        given = main._parser().parse_args(words[2:])
        assert main._asked(given) == run


@pytest.mark.parametrize(
    "name", ["$HOME `id`; *.png", "a\tb.png", 'q"uote\\.png', "\u3000\u00a0.png"]
)
def test_a_picture_of_any_name_is_taken_from_the_copied_line(lab, name, tmp_path, capsys):
    path = pictures.written(np.zeros((20, 30, 3), np.uint8), tmp_path, "made").rename(
        tmp_path / name
    )
    exhibit = catalog.load(PREDICT)
    shown = replace(lab, pictures=(pictures.read(path),))
    run = Run.of(exhibit, exhibit.parameters(model="alexnet-stem"), shown, tmp_path / "kept")
    assert run.pictures == (str(path),), "it is read where it is"
    import main

    given = main._parser().parse_args(shlex.split(run.command(False))[2:])
    assert main._asked(given) == run
    assert run.opened(lab)[2].picture.size == (20, 30)


@pytest.mark.parametrize("name", [b"two\nlines.png", b"latin \xfc.png", "next\u2028.png".encode()])
def test_one_that_no_line_can_name_is_kept_under_another(lab, name, tmp_path):
    path = tmp_path / os.fsdecode(name)
    pictures.written(np.zeros((20, 30, 3), np.uint8), tmp_path, "made").rename(path)
    exhibit, kept = catalog.load(PREDICT), tmp_path / "kept"
    shown = replace(lab, pictures=(pictures.read(path),))
    # safetensors opens no file whose name is not UTF-8.
    model = tmp_path / name.decode("utf-8", "replace").replace(".png", "\n.safetensors")
    Shelf().save("digits-cnn", tmp_path / "saved").rename(model)
    run = Run.of(exhibit, exhibit.parameters(model=f"{model}:untrained"), shown, kept)
    words = shlex.split(run.command(False))
    assert all(word.isprintable() for word in words)
    assert {str(file) for file in kept.iterdir()} == {
        run.pictures[0],
        run.params["model"].removesuffix(":untrained"),
    }
    assert run.opened(lab)[2].picture.size == (20, 30)


def test_what_no_command_can_name_is_said_and_its_result_is_written_all_the_same(lab, tmp_path):
    exhibit = catalog.load("better_training/trainer")
    folder = tmp_path / "two\nlines"
    folder.mkdir()
    values = exhibit.parameters(data=str(folder))
    line = "no command can name the folder .*: rename it first"
    with pytest.raises(NotRepeatable, match=line):
        Run.of(exhibit, values, lab, tmp_path)
    result = results.write(tmp_path / "out", results.Report(exhibit, values, lab, 1.0, Frame()))
    assert result["run"] is None
    assert re.match(line, result["not_repeatable"])
    with pytest.raises(UserError, match="it is no run"):
        Run.read(tmp_path / "out" / "result.json")


def test_the_style_network_that_a_run_wrote_is_taken_by_its_file(lab, tmp_path):
    name = lab.shelf.put(feed_forward.untrained("Paints waves", 0), "Paints waves")
    exhibit = catalog.load("interpreting/style_video")
    run = Run.of(exhibit, exhibit.parameters(painter=name), lab, tmp_path / "out")
    words = shlex.split(run.command(False))
    (given,) = [word for word in words if word.startswith("painter=")]
    file = given.removeprefix("painter=")
    assert file == run.models[name]
    fresh = replace(lab, shelf=Shelf())
    values = parameters.parse(exhibit.parameters, {"painter": file}, fresh.options)
    assert fresh.shelf.style_network(values.painter).card.title == "Paints waves"
    assert fresh.options("painters")[file] == Path(file).stem
    for wrong in (str(tmp_path / "gone.safetensors"), "paints-wave"):
        with pytest.raises(UserError, match=f"painter={wrong}: "):
            parameters.parse(exhibit.parameters, {"painter": wrong}, lab.options)


def test_the_command_leaves_out_what_does_not_count():
    run = Run("adversarial/attack", {"method": "fgsm", "restarts": 4, "epsilon": 0.02})
    line = "python main.py run adversarial/attack --set method=fgsm --set epsilon=0.02 --out out"
    assert run.command(False) == line


def test_plain_words_stay_plain():
    run = Run("better_training/trainer", {"epochs": 3}, 7, ("/a/b-c_d.png",))
    line = "python main.py run better_training/trainer --set epochs=3 --seed 7 --image /a/b-c_d.png"
    assert run.command(False) == run.command(True) == f"{line} --out out"


@pytest.mark.parametrize("run", [AWKWARD, RUN])
def test_the_lines_for_a_notebook_are_the_same_run(run):
    head, *_ = run.python().split("for frame")
    place = {}
    exec(head, place)
    assert place["run"] == run


def test_the_lines_for_a_notebook_run(capsys):
    exec(Run("interpreting/filters", {"model": "digits-cnn"}).python())
    assert "smoothness" in capsys.readouterr().out
