"""The command line: what it prints, what it leaves, and one line for whatever was wrong."""

import json

import pytest
from PIL import Image

import main
from lab import catalog


def told(capsys, *arguments):
    """The one line that it complains in; it must have exited with 2."""
    assert main.main(arguments) == 2
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == ""
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    return lines[0]


def test_list_names_every_exhibit(capsys):
    assert main.main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [entry.path for entry in catalog.entries()]


def test_list_as_json_has_parameters_and_metrics(capsys):
    assert main.main(["list", "--json"]) == 0
    rows = {row["exhibit"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["better_training/trainer"]["params"]["epochs"] == 6
    assert "top1_label" in rows["interpreting/predict"]["metrics"]


def test_run_leaves_a_result_and_a_picture_of_every_output(tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["--image", "coffee", "--seed", "3", "--device", "cpu", "--out", str(out)]
    assert main.main(["run", "interpreting/predict", *arguments]) == 0
    result = json.loads((out / "result.json").read_text())
    assert result["exhibit"] == "interpreting/predict"
    assert result["params"] == {"model": "efficientnet_lite0"}
    assert (result["seed"], result["device"]) == (3, "cpu")
    assert result["seconds"] > 0
    assert result["metrics"]["top1_label"] == "espresso"
    assert result["metrics"]["top1_probability"] > 0.9
    assert result["outputs"] == ["seen.png", "top.png"]
    for name in result["outputs"]:
        with Image.open(out / name) as picture:
            assert picture.width >= 400
            assert len(set(picture.convert("L").tobytes())) > 10, f"{name} is blank"


def test_a_trained_network_is_left_beside_the_result_and_can_be_used(tmp_path, capsys):
    out = tmp_path / "out"
    small = ["--set", "network=mlp", "--set", "epochs=1", "--set", "batch_size=200"]
    run = ["run", "better_training/trainer", *small, "--device", "cpu", "--out", str(out)]
    assert main.main(run) == 0
    first = json.loads((out / "result.json").read_text())
    (network,) = first["models"]
    assert first["metrics"]["test_accuracy"] > 0.5
    model = f"model={out / network}"
    again = ["run", "interpreting/filters", "--set", model, "--image", "coffee", "--device", "cpu"]
    assert main.main([*again, "--out", str(tmp_path / "filters")]) == 0
    filters = json.loads((tmp_path / "filters" / "result.json").read_text())
    assert filters["metrics"]["filters"] == 256


def test_the_same_seed_gives_the_same_figures(tmp_path, capsys):
    def figures(seed):
        out = tmp_path / f"{seed}"
        small = ["--set", "network=mlp", "--set", "epochs=1", "--set", "batch_size=500"]
        run = ["run", "better_training/trainer", *small, "--seed", seed, "--device", "cpu"]
        assert main.main([*run, "--out", str(out)]) == 0
        metrics = json.loads((out / "result.json").read_text())["metrics"]
        return {name: value for name, value in metrics.items() if name != "images_per_second"}

    assert figures("1") == figures("1")
    assert figures("1") != figures("2")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "interpreting/predit", "--out", "x"], "did you mean interpreting/predict"),
        (["run", "interpreting/predict"], "--out"),
        (["run", "interpreting/predict", "--set", "model", "--out", "x"], "NAME=VALUE"),
        (["run", "interpreting/predict", "--set", "modl=x", "--out", "x"], "did you mean model"),
        (["run", "interpreting/predict", "--set", "model=resnet81", "--out", "x"], "resnet18"),
        (["run", "better_training/trainer", "--set", "epochs=0", "--out", "x"], "from 1 to 200"),
        (["run", "better_training/trainer", "--set", "data=digitz", "--out", "x"], "digits"),
        (["run", "interpreting/predict", "--seed", "-1", "--out", "x"], "seed"),
        (["run", "interpreting/predict", "--device", "gpu", "--out", "x"], "no device gpu"),
        (["run", "interpreting/predict", "--image", "nowhere.png", "--out", "x"], "nowhere.png"),
        (["shot", "interpreting/predict", "--out", "x.jpg"], ".png"),
        (["shot", "interpreting/predict", "--out", "x.png", "--size", "big"], "1920x1080"),
        (["download", "nothing"], "nothing"),
        (["dance"], "dance"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert message in told(capsys, *arguments)
    assert not (tmp_path / "x" / "result.json").exists()


def test_a_bad_run_leaves_the_one_before_it_untouched(tmp_path, capsys):
    result = tmp_path / "result.json"
    result.write_text("{}")
    (tmp_path / "bad.png").write_text("not a picture")
    bad = ["--image", str(tmp_path / "bad.png"), "--out", str(tmp_path)]
    assert "bad.png" in told(capsys, "run", "interpreting/predict", *bad)
    assert result.read_text() == "{}"


def test_without_a_display_it_says_what_to_do(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert "python main.py run better_training/trainer" in told(capsys)
