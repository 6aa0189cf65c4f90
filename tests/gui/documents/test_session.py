"""The window opens whatever the session file holds."""

import json

from gui.documents.session import Session


def test_a_session_that_cannot_be_read_is_a_fresh_one(tmp_path):
    path = tmp_path / "session.json"
    fresh = Session()
    for text in ("", "{", "[]", '{"exhibit": 3, "parameters": {"a": 1}, "pictures": [1]}'):
        path.write_text(text)
        session = Session.read(path)
        assert session.exhibit == fresh.exhibit
        assert session.parameters == {}
    session.write(path)
    assert json.loads(path.read_text())["scheme"] == "system"


def test_a_scheme_that_nobody_knows_is_the_systems(tmp_path):
    path = tmp_path / "session.json"
    path.write_text('{"scheme": "sepia", "chosen": 2}')
    assert (Session.read(path).scheme, Session.read(path).chosen) == ("system", 2)
