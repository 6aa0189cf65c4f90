"""When garbage is collected, and that it is let go of again whatever happens."""

import gc
import importlib
import runpy
import tomllib
from pathlib import Path

import pytest

from lab.system import garbage

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _as_before():
    yield
    gc.enable()


def test_what_is_there_when_it_is_released_is_never_looked_at_again():
    before = gc.get_freeze_count()
    garbage.hold()
    assert not gc.isenabled()
    garbage.release()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_a_notebook_that_never_held_it_keeps_its_own():
    before = gc.get_freeze_count()
    garbage.release()
    assert gc.get_freeze_count() == before


@pytest.fixture
def held(monkeypatch):
    """What was done, in order, when the program is begun."""
    done = []
    monkeypatch.setattr(garbage, "hold", lambda: done.append("hold"))
    return done


def test_the_installed_command_holds_it_before_anything_is_imported(held, monkeypatch):
    import main

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["scripts"]["glassbox"].partition(":")
    monkeypatch.setattr(main, "_dispatch", lambda given: held.append(given.command) or 0)
    monkeypatch.setattr("sys.argv", ["glassbox", "list"])
    command = getattr(importlib.import_module(module), name)
    assert command() == 0
    assert held == ["hold", "list"]


def test_so_does_python_main_py(held, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["main.py", "list"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / "main.py"), run_name="__main__")
    assert end.value.code == 0
    assert held == ["hold"]
