"""The first set-up: what it takes is said before it, pip is heard, and it can be taken up again."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

import start


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A checkout without an environment; what is called, and what it answers."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    home = tmp_path / ".venv"
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "HOME", home)
    monkeypatch.setattr(start, "PYTHON", home / "python")
    seen = SimpleNamespace(calls=[], made=0, answer=0, home=home)

    def create(where, with_pip):
        assert (where, with_pip) == (home, True)
        seen.made += 1
        home.mkdir(exist_ok=True)
        (home / "python").touch()

    def call(words, **_):
        seen.calls.append(words)
        if isinstance(seen.answer, BaseException):
            raise seen.answer
        return seen.answer

    monkeypatch.setattr(start.venv, "create", create)
    monkeypatch.setattr(subprocess, "call", call)
    return seen


def test_what_it_takes_is_said_first_and_pip_is_heard(fresh, capsys, monkeypatch):
    def call(words, **_):
        said = capsys.readouterr().out
        assert "GB" in said
        assert "minutes" in said
        assert str(fresh.home) in said
        assert "--quiet" not in words
        assert "-q" not in words
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    start.set_up("")
    assert (fresh.home / "installed-lab").exists()


def test_once_it_is_there_nothing_is_said_or_done(fresh, capsys):
    start.set_up("")
    capsys.readouterr()
    start.set_up("")
    assert (fresh.made, len(fresh.calls)) == (1, 1)
    assert capsys.readouterr().out == ""


def test_what_pyproject_names_anew_is_installed_into_the_same_environment(fresh, capsys):
    start.set_up("")
    (fresh.home.parent / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    capsys.readouterr()
    start.set_up("")
    assert (fresh.made, len(fresh.calls)) == (1, 2)
    assert "Updating" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [1, KeyboardInterrupt()])
def test_one_that_failed_or_was_stopped_is_taken_up_again_from_the_environment(fresh, answer):
    fresh.answer = answer
    with pytest.raises(SystemExit, match="run this again"):
        start.set_up("")
    fresh.answer = 0
    start.set_up("")
    assert fresh.made == 2, "the first may have been interrupted before pip was there"
    assert (fresh.home / "installed-lab").exists()


def test_python_without_venv_is_told_what_to_install(fresh, monkeypatch):
    def create(where, with_pip):
        raise subprocess.CalledProcessError(1, ["ensurepip"])

    monkeypatch.setattr(start.venv, "create", create)
    with pytest.raises(SystemExit, match=r"error: .*python3-venv") as error:
        start.set_up("")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("free", "warned"), [(1e9, True), (1e12, False)])
def test_a_disk_that_may_be_too_small_is_said_and_tried(fresh, capsys, monkeypatch, free, warned):
    monkeypatch.setattr(start.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    start.set_up("")
    assert ("Only 1.0 GB are free" in capsys.readouterr().out) is warned
    assert len(fresh.calls) == 1


def test_an_old_python_is_refused_before_anything_is_made(fresh, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    monkeypatch.setattr(sys, "argv", ["start.py"])
    with pytest.raises(SystemExit, match=r"3\.11 or newer"):
        start.main()
    assert not fresh.home.exists()
