"""A run as a command, as Python lines, and as what its result names."""

import os
import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab import catalog, parameters, results
from lab.errors import UserError
from lab.exhibit import Frame
from lab.media import pictures
from lab.networks.shelf import Shelf
from lab.runs import NotRepeatable, Run
from lab.style import feed_forward
from tests.lab.runs.samples import PREDICT, RUN
from tests.lab.system.test_shells import in_powershell

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
