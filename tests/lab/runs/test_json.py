"""A run as JSON, and the one line about a file that is none."""

import json

import pytest

from lab.errors import UserError
from lab.runs import Run
from tests.lab.runs.samples import PREDICT, RUN


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
