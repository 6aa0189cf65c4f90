"""The window opens whatever the session file holds."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gui.documents.session import Session
from lab.runs import Run

PREDICT = "interpreting/predict"
RUN = Run(PREDICT, {"model": "digits-cnn", "names": ("a", "b"), "x": 0.5}, 7, ("", "waves"))
ODD = ["text", "", -1, 2.5, True, None, 10**30, [], ["a", 1], {}, {"a": 1}, [[]], [None], [{}]]
ODD += ["9" * 400, "a\nb", "\ud800", 1e999]


def written(tmp_path, **found):
    path = tmp_path / "session.json"
    path.write_text(json.dumps(found))
    return Session.read(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", "[" * 100_000, "\ud800"])
def test_a_file_that_cannot_be_read_is_a_fresh_session(text, tmp_path):
    path = tmp_path / "session.json"
    path.write_text(text, errors="replace")
    assert Session.read(path) == Session()
    assert Session.read(tmp_path / "none.json") == Session()


def test_what_was_written_is_read_again(tmp_path):
    session = Session("AAAA", PREDICT, {PREDICT: RUN}, ["coffee", "/a/b.png"], 1, "light")
    session.write(tmp_path / "deep" / "session.json")
    assert Session.read(tmp_path / "deep" / "session.json") == session
    assert session.files == {Path("coffee"), Path("/a/b.png"), Path("waves")}


@pytest.mark.parametrize("name", ["geometry", "exhibit", "runs", "pictures", "chosen", "scheme"])
@pytest.mark.parametrize("value", ODD)
def test_a_part_of_any_type_is_taken_or_passed_over_by_itself(name, value, tmp_path):
    good = {"geometry": "AAAA", "exhibit": PREDICT, "chosen": 2, "scheme": "light"}
    good |= {"runs": [RUN.as_dict()], "pictures": ["coffee"]}
    session = written(tmp_path, **good | {name: value})
    fresh = Session("AAAA", PREDICT, {PREDICT: RUN}, ["coffee"], 2, "light")
    rest = {part: getattr(session, part) for part in good if part != name}
    assert rest == {part: getattr(fresh, part) for part in good if part != name}
    assert type(getattr(session, name)) in {type(getattr(s, name)) for s in (fresh, Session())}
    session.write(tmp_path / "again.json")


@pytest.mark.parametrize("seed", ["3", "", -1, 3.0, 2.5, True, False, None, 2**63, 10**30, [], {}])
def test_a_seed_that_is_none_is_0_and_the_rest_of_the_run_stays(seed, tmp_path):
    session = written(tmp_path, runs=[RUN.as_dict() | {"seed": seed}])
    assert session.runs == {PREDICT: replace(RUN, seed=0)}


@pytest.mark.parametrize("value", [None, {}, [1], 1e999, {"a": "b"}, "a\nb"])
def test_a_parameter_that_is_none_is_passed_over_and_the_rest_stays(value, tmp_path):
    found = RUN.as_dict()
    found["params"] = {"first": value, **found["params"], "last": value}
    assert written(tmp_path, runs=[found]).runs == {PREDICT: RUN}


@pytest.mark.parametrize("scheme", ["sepia", "", 3, None])
def test_a_scheme_that_nobody_knows_is_the_systems(scheme, tmp_path):
    assert written(tmp_path, scheme=scheme, chosen=2) == Session(chosen=2)
