"""Adding an exhibit is one file, one line and one test: whatever else it takes is checked here."""

import ast
import re
from pathlib import Path

import pytest

from lab import catalog

ROOT = Path(__file__).parents[2]
EXHIBITS = ROOT / "lab" / "exhibits"
MODULES = sorted((ROOT / "lab").rglob("*.py"))
ENTRIES = list(catalog.entries())
PATHS = [entry.path for entry in ENTRIES]


def name_of(path):
    """The module in that file, by its full name."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(text):
    """The full names of all that a module imports, wherever it stands in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def strangers(module, text):
    """What an exhibit, or a file that serves it, imports of other exhibits and chapters."""
    chapter, _, name = module.removeprefix("lab.exhibits.").partition(".")
    # `_NAME_more` serves the longest NAME that is an exhibit there.
    known = [entry.name for entry in ENTRIES if entry.chapter == chapter]
    served = [each for each in known if name == each or name.startswith(f"_{each}_")]
    own = f"lab.exhibits.{chapter}._{max(served, key=len, default=name)}_"
    others = {each for each in imported(text) if each.startswith("lab.exhibits")}
    return {each for each in others if not each.startswith(own)}


EXHIBIT_MODULES = [path for path in MODULES if EXHIBITS in path.parents]


def test_what_is_a_stranger_to_an_exhibit():
    own = "from lab.exhibits.interpreting._gram_cards import Cards"
    package = "from lab.exhibits.interpreting import _gram_cards"
    assert not strangers("lab.exhibits.interpreting.gram", f"{own}\n{package}\nimport lab.payloads")
    assert not strangers("lab.exhibits.interpreting._gram_more", own)
    for line in (
        "from lab.exhibits.interpreting import predict",
        "from lab.exhibits.interpreting.predict import top",
        "import lab.exhibits.interpreting._style_video_session",
        "from lab.exhibits.interpreting import EPSILON",
        "def late():\n    from lab.exhibits.interpreting.predict import top",
    ):
        assert strangers("lab.exhibits.interpreting.gram", line), line
    style = "from lab.exhibits.interpreting._style_video_session import VideoSession"
    assert strangers("lab.exhibits.interpreting.style_transfer", style)


@pytest.mark.parametrize("path", EXHIBIT_MODULES, ids=name_of)
def test_exhibits_never_import_one_another(path):
    assert not strangers(name_of(path), path.read_text(encoding="utf-8"))


def test_nothing_else_imports_an_exhibit():
    for path in (*MODULES, *(ROOT / "gui").rglob("*.py"), ROOT / "main.py"):
        if path not in EXHIBIT_MODULES:
            found = imported(path.read_text(encoding="utf-8"))
            assert not {name for name in found if name.startswith("lab.exhibits")}, path


def test_every_file_is_in_the_catalog_and_every_line_of_it_has_its_file():
    here = [p for p in EXHIBITS.glob("*/*.py") if not p.name.startswith("_")]
    assert sorted(f"{path.parent.name}/{path.stem}" for path in here) == sorted(PATHS)


def test_a_chapter_holds_nothing_but_exhibits():
    """What two exhibits share is a topic package, or of the contract."""
    for path in EXHIBITS.glob("*/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1, f"{path}: say what it is about, and put the rest elsewhere"


def test_every_file_that_serves_an_exhibit_says_which():
    for path in EXHIBITS.glob("*/_*.py"):
        chapter, name = path.parent.name, path.stem
        served = [e.name for e in ENTRIES if e.chapter == chapter]
        assert name == "__init__" or any(name.startswith(f"_{each}_") for each in served), path


@pytest.mark.parametrize("path", PATHS)
def test_every_exhibit_has_its_test(path):
    chapter, name = path.split("/")
    assert (ROOT / "tests" / "lab" / "exhibits" / chapter / f"test_{name}.py").is_file()


def test_the_readme_has_a_row_for_every_exhibit_in_lecture_order():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| exhibit | what one sees |") :].split("\n\n")[0]
    rows = re.findall(r"^\| (.+?) \|(.*)\|$", table, re.MULTILINE)[1:]
    expected = []
    for chapter in catalog.CHAPTERS:
        expected += [f"**{chapter.title}**"] if chapter.entries else []
        expected += [entry.title for entry in chapter.entries]
    assert [title for title, _ in rows] == expected
    assert all(words.strip() for title, words in rows if not title.startswith("**"))


# The only module that may read the time.
CLOCKS = {"lab.system.clock"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_there_is_one_clock_and_nobody_sleeps_or_draws_from_a_stream_of_all(path):
    """A run shares its thread, the clock is held in tests, and figures are a run's own."""
    text = path.read_text(encoding="utf-8")
    names = imported(text)
    roots = {name.split(".")[0] for name in names}
    assert "time" not in roots or name_of(path) in CLOCKS
    assert not roots & {"random", "asyncio"}
    calls = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    assert "sleep" not in calls | {name.rpartition(".")[2] for name in names}
