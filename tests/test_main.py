"""The command line: what it prints, what it leaves, and one line for whatever was wrong."""

import json
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from PIL import Image

import main
from lab import catalog
from lab.errors import UserError
from lab.exhibit import Exhibit, Frame, Metric, Output
from lab.networks import models, weights
from lab.networks.card import Card
from lab.parameters import differing
from lab.payloads import Note
from lab.runs import Run

SMALL = ["--set", "data=digits", "--set", "network=mlp", "--set", "epochs=1"]


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
    (lr,) = (p for p in rows["better_training/trainer"]["parameters"] if p["name"] == "lr")
    assert (lr["default"], lr["low"], lr["high"]) == (0.05, 1e-5, 1)


def test_list_of_one_exhibit_explains_its_parameters(capsys):
    assert main.main(["list", "adversarial/attack"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("adversarial/attack ")
    assert "--set epsilon=2/255\n    Perturbation size ε: a number from 0 to 0.5" in told
    assert "only with method=descent, pgd, pgd_l2" in told
    assert told.splitlines()[-2:] == ["--image PATH", "--seed N"]
    assert main.main(["list", "--json", "adversarial/attack"]) == 0
    assert [row["exhibit"] for row in json.loads(capsys.readouterr().out)] == ["adversarial/attack"]


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
    assert result["outputs"] == ["top.png", "seen.png"]
    for name in result["outputs"]:
        with Image.open(out / name) as picture:
            assert picture.width >= 400
            assert len(set(picture.convert("L").tobytes())) > 10, f"{name} is blank"


def test_run_leaves_the_numbers_of_every_output(tmp_path, capsys):
    arguments = ["--image", "coffee", "--device", "cpu", "--out", str(tmp_path)]
    assert main.main(["run", "interpreting/predict", *arguments]) == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["numbers"] == ["outputs.npz", "top.csv"]
    with np.load(tmp_path / "outputs.npz", allow_pickle=False) as numbers:
        assert {key.split("/")[0] for key in numbers} == {"seen", "top"}
        label = numbers["top/labels"][0]
    label_in_csv, probability = (tmp_path / "top.csv").read_text().splitlines()[1].split(",")
    assert label == label_in_csv == "espresso"
    assert float(probability) == pytest.approx(result["metrics"]["top1_probability"], abs=1e-6)
    assert not list(tmp_path.glob(".part*"))


def test_a_run_is_repeated_from_its_result_with_what_the_line_says_besides(tmp_path, capsys):
    first, again = tmp_path / "first", tmp_path / "again"
    arguments = ["--image", "coffee", "--seed", "3", "--device", "cpu", "--out", str(first)]
    assert main.main(["run", "interpreting/predict", *arguments]) == 0
    result = json.loads((first / "result.json").read_text())
    assert result["run"] == {
        **{"exhibit": "interpreting/predict", "params": {}, "seed": 3},
        **{"pictures": ["coffee"], "models": {}},
    }
    file = str(first / "result.json")
    assert main.main(["run", file, "--device", "cpu", "--out", str(again)]) == 0
    assert json.loads((again / "result.json").read_text())["metrics"] == result["metrics"]
    changed = ["--set", "model=alexnet-stem", "--image", "rocket", "--seed", "0", "--device", "cpu"]
    assert main.main(["run", file, *changed, "--out", str(again)]) == 0
    assert json.loads((again / "result.json").read_text())["run"] == {
        **{"exhibit": "interpreting/predict", "params": {"model": "alexnet-stem"}, "seed": 0},
        **{"pictures": ["rocket"], "models": {}},
    }


def test_the_network_that_a_run_uses_is_not_one_that_it_trained(tmp_path, capsys):
    path = weights.save(models.load("efficientnet_lite0"), tmp_path / "mine.safetensors")
    given = ["--set", f"model={path}", "--image", "coffee", "--device", "cpu"]
    assert main.main(["run", "interpreting/predict", *given, "--out", str(tmp_path / "out")]) == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["models"] == []
    assert result["run"]["params"] == {"model": str(path)}
    assert not list((tmp_path / "out").glob("*.safetensors"))


def test_a_shot_shows_the_run_of_a_file(tmp_path, monkeypatch, capsys):
    from gui.panel.panel import Panel

    started = []
    start = Panel.start

    def noted(panel, by_itself=False):
        if not by_itself:
            started.append((panel.values, panel.seed, [p.name for p in panel._in_hand()]))
        start(panel, by_itself)

    monkeypatch.setattr(Panel, "start", noted)
    params = {"model": "alexnet-stem", "size": 64, "evaluations": 1}
    run = Run("interpreting/gram", params, 5, ("rocket", "mosaic"))
    (tmp_path / "run.json").write_text(run.to_json())
    out = tmp_path / "shot.png"
    assert (
        main.main(["shot", str(tmp_path / "run.json"), "--device", "cpu", "--out", str(out)]) == 0
    )
    ((values, seed, shown),) = started
    assert differing(values) == params
    assert (seed, shown) == (5, ["rocket", "mosaic"])
    assert out.stat().st_size > 10_000


def test_without_a_picture_it_takes_the_exhibits_own(tmp_path):
    path = "interpreting/occlusion"
    quick = [f"--set={n}={v}" for n, v in catalog.load(path).quick.items()]
    assert main.main(["run", path, *quick, "--device", "cpu", "--out", str(tmp_path)]) == 0
    assert json.loads((tmp_path / "result.json").read_text())["run"]["pictures"] == ["astronaut"]


def test_a_trained_network_is_left_beside_the_result_and_can_be_used(tmp_path, capsys):
    out = tmp_path / "out"
    small = [*SMALL, "--set", "batch_size=200"]
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


def test_what_is_left_out_of_a_folder_is_told_and_the_rest_is_trained_on(tmp_path, capsys):
    for part, kind in product(("Train", "valid"), ("赤い　鳥", "chien\u00a0loup")):
        (tmp_path / "data" / part / kind).mkdir(parents=True)
        for i in range(2):
            image = Image.new("RGB", (20, 20), (90 * len(kind) % 255, 0, 0))
            image.save(tmp_path / "data" / part / kind / f"{i}.png")
    (tmp_path / "data" / "Train" / "preview.png").write_bytes(b"")
    data = ["--set", f"data={tmp_path / 'data'}", "--set", "network=mlp", "--set", "epochs=1"]
    out = ["--device", "cpu", "--out", str(tmp_path / "out")]
    assert main.main(["run", "better_training/trainer", *data, *out]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == (
        "note: data: 1 of 9 files left out: preview.png lies beside the class folders: "
        "put it into one"
    )
    (network,) = json.loads((tmp_path / "out" / "result.json").read_text())["models"]
    assert weights.card(tmp_path / "out" / network).classes == ("chien\u00a0loup", "赤い　鳥")


def test_a_training_that_diverges_says_so_last_and_leaves_no_network(tmp_path, capsys):
    given = [*SMALL, "--set", "lr=1", "--set", "schedule=constant", "--set", "batch_size=20"]
    run = ["run", "better_training/trainer", *given, "--set", "network=cnn", "--device", "cpu"]
    assert main.main([*run, "--out", str(tmp_path)]) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("diverged: the loss is NaN or infinite since step ")
    assert last.endswith("try a smaller learning rate. The network is not saved")
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["models"] == []
    assert result["metrics"]["test_loss"] is None


def test_the_same_seed_gives_the_same_figures(tmp_path, capsys):
    def figures(seed):
        out = tmp_path / f"{seed}"
        small = [*SMALL, "--set", "batch_size=500"]
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
        (
            ["run", "adversarial/attack", "--set", "method=fgsm", "--set", "on=off", "--out", "x"],
            "on=off: only with method=descent, pgd, pgd_l2",
        ),
        (["run", "better_training/trainer", "--set", "data=", "--out", "x"], "data=: choose"),
        (["run", "better_training/trainer", "--set", f"data={'x' * 4095}", "--out", "x"], "digits"),
        (["run", "interpreting/predict", "--image", "x" * 4095, "--out", "x"], "no name is so"),
        (["run", "interpreting/predict", "--image", "x" * 300, "--out", "x"], "no name is so"),
        (["list", "adversarial/atack"], "did you mean adversarial/attack"),
        (["run", "interpreting/predict", "--seed", "-1", "--out", "x"], "seed"),
        (["run", "interpreting/predict", "--seed", "9" * 5000, "--out", "x"], "seed"),
        (["run", "nowhere.json", "--out", "x"], "no file nowhere.json"),
        (["shot", "nowhere.json", "--out", "x.png"], "no file nowhere.json"),
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
        ("occlusion", "patch=41", "a patch of 41 px does not fit an image of 40 × 40 px"),
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


@pytest.mark.parametrize("what", ["gui.documents.export._save", "lab.records.csv_text"])
def test_a_result_that_cannot_be_written_leaves_the_one_before_it_untouched(
    what, tmp_path, monkeypatch, capsys
):
    arguments = ["run", "interpreting/predict", "--device", "cpu", "--out", str(tmp_path)]
    assert main.main([*arguments, "--image", "coffee"]) == 0
    capsys.readouterr()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(what, full)
    assert main.main([*arguments, "--image", "rocket"]) == 2
    assert "No space left on device; free some space, or choose another" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_result_that_finds_no_room_is_kept_elsewhere(tmp_path, monkeypatch, capsys):
    """Whatever took long is not lost: it lies in a folder for temporary files."""
    from lab import records

    kept = tmp_path / "temporary"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    text, out = records.csv_text, tmp_path / "out"

    def full_once(*arguments):
        monkeypatch.setattr("lab.records.csv_text", text)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lab.records.csv_text", full_once)
    run = ["run", "interpreting/predict", "--set", "model=alexnet-stem", "--device", "cpu"]
    assert main.main([*run, "--image", "coffee", "--out", str(out)]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f"error: {out} cannot be written: No space left on device; free some")
    (folder,) = kept.iterdir()
    assert line.endswith(f"; until then it is in {folder}")
    assert json.loads((folder / "result.json").read_text())["outputs"] == ["top.png", "seen.png"]
    assert not list(out.iterdir())


def test_without_a_display_it_says_what_to_do(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert "python main.py run better_training/trainer" in told(capsys)


# ---- what was made is kept -----------------------------------------------------------------------


@dataclass(frozen=True)
class Nothing:
    """No parameters."""


def failing(error, metrics=None, trains=False):
    """An exhibit that makes something and then fails."""

    def story(knobs, workspace):
        share = 0.5 if metrics else 0.0
        yield Frame({"note": Note("begun")}, metrics or {}, "at work", share)
        if trains:
            card = Card("m", "M", "mlp", ("a", "b"), 1, 28, (0.5,), (0.5,))
            workspace.shelf.put(models.build(card).frozen(), "Just trained")
        yield Frame()
        raise error

    outputs = (Output("note", Note, "A note", (0, 0, 1, 12)),)
    declared = tuple(Metric(name, name) for name in metrics or {})
    return Exhibit(Nothing, story, outputs, "", "", declared, path="interpreting/predict")


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (UserError("the film is cut short: copy it again"), 2, "the film is cut short"),
        (KeyboardInterrupt(), 1, "stopped"),
        (RuntimeError("the device caught fire"), None, "RuntimeError: the device caught fire"),
    ],
)
def test_a_run_that_fails_at_its_end_keeps_what_it_made(
    error, status, reason, tmp_path, monkeypatch, capsys
):
    made = failing(error, {"frames": 40}, trains=True)
    monkeypatch.setattr(catalog, "load", lambda path: made)
    arguments = ["run", "interpreting/predict", "--device", "cpu", "--out", str(tmp_path)]
    if status is None:
        with pytest.raises(RuntimeError, match="fire"):
            main.main(arguments)
    else:
        assert main.main(arguments) == status
        assert reason in capsys.readouterr().err.splitlines()[-1]
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["metrics"] == {"frames": 40}
    assert result["error"].startswith(reason)
    assert (tmp_path / "note.png").exists()
    (network,) = result["models"]
    assert weights.card(tmp_path / network).title == "Just trained"


def test_a_run_that_made_nothing_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(catalog, "load", lambda path: failing(UserError("give a larger picture")))
    arguments = ["run", "interpreting/predict", "--device", "cpu", "--out", str(tmp_path)]
    assert main.main(arguments) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_a_run_says_while_it_works_ends_with_how_much_is_left(
    tmp_path, monkeypatch, capsys, held_clock
):
    def story(knobs, workspace):
        for step in range(1, 61):
            held_clock.seconds += 1
            yield Frame(status=f"step {step} of 60", progress=step / 60)

    outputs = (Output("note", Note, "A note", (0, 0, 1, 12)),)
    made = Exhibit(Nothing, story, outputs, "", "", path="interpreting/predict")
    monkeypatch.setattr(catalog, "load", lambda path: made)
    arguments = ["run", "interpreting/predict", "--device", "cpu", "--out", str(tmp_path)]
    assert main.main(arguments) == 0
    lines = capsys.readouterr().err.splitlines()
    assert "step 30 of 60 · about 30 s left" in lines
    assert "error" not in json.loads((tmp_path / "result.json").read_text())
