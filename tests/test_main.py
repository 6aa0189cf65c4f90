"""The command line: what it prints, what it leaves, and one line for whatever was wrong."""

import json

import pytest
from PIL import Image

import main
from lab import catalog
from lab.networks import models, weights
from lab.networks.card import Card


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
        return catalog.load("better_training/trainer").repeatable(metrics)

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


@pytest.mark.parametrize(
    ("exhibit", "settings", "message"),
    [
        ("occlusion", "patch=41", "a patch of 41 px does not fit a picture of 40 × 40 px"),
        ("occlusion", "patch=600", "patch=600: choose from 1 to 512 px"),
        ("occlusion", "stride=0", "stride=0: choose from 1 to 256 px"),
        ("occlusion", "target=unicorn", "target=unicorn: "),
        ("occlusion", "target=12", "target=12: "),
        ("class_image", "target=unicorn", "target=unicorn: "),
        ("class_image", "layer=conv9", "layer=conv9: did you mean conv"),
        ("class_image", "layer=conv1 channel=48", "conv1 has no channel 48: choose from 0 to 47"),
        ("feature_maps", "layer=conv9", "layer=conv9: did you mean conv"),
        ("feature_maps", "model=MLP", "has no spatial layers"),
        ("saliency", "target=unicorn", "target=unicorn: "),
        ("saliency", "layer=conv9", "layer=conv9: did you mean conv"),
        ("saliency", "layer=logits", "layer=logits: "),
        ("saliency", "model=MLP", "has no spatial layers"),
        ("filters", "layer=conv9", "layer=conv9: did you mean conv"),
        ("filters", "layer=relu1", "layer=relu1: "),
    ],
)
def test_what_cannot_be_looked_into_is_told_in_one_line(
    exhibit, settings, message, tmp_path, capsys
):
    chosen = ["model=alexnet-stem", *settings.split()]
    if "MLP" in settings:
        card = Card("m", "M", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,))
        chosen = [f"model={weights.save(models.build(card).frozen(), tmp_path / 'm.safetensors')}"]
    given = [word for setting in chosen for word in ("--set", setting)]
    out = tmp_path / "out"
    given += ["--image", "coffee", "--device", "cpu", "--out", str(out)]
    assert main.main(["run", f"interpreting/{exhibit}", *given]) == 2
    captured = capsys.readouterr()
    # What it does is on stderr too, before the line that says what was wrong.
    *progress, last = captured.err.splitlines()
    assert not any(line.startswith("error") for line in progress)
    assert last.startswith("error: ")
    assert message in last
    assert not (out / "result.json").exists()


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
