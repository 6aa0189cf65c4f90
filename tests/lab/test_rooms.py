"""Adding an exhibit is one file, one line and one test: whatever else it takes is checked here."""

import ast
import re
from pathlib import Path

import pytest

from lab import catalog
from lab.exhibit import COLUMNS
from lab.media.pictures import LIGHT_TABLE
from lab.payloads import KINDS

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
    found = strangers(name_of(path), path.read_text(encoding="utf-8"))
    assert not found, (
        f"{name_of(path)} imports {', '.join(sorted(found))}: what two exhibits share is a topic "
        "package of lab/"
    )


def test_nothing_else_imports_an_exhibit():
    for path in (*MODULES, *(ROOT / "gui").rglob("*.py"), ROOT / "main.py"):
        if path not in EXHIBIT_MODULES:
            found = imported(path.read_text(encoding="utf-8"))
            assert not {name for name in found if name.startswith("lab.exhibits")}, path


def test_every_file_is_in_the_catalog_and_every_line_of_it_has_its_file():
    files = [p for p in EXHIBITS.glob("*/*.py") if not p.name.startswith("_")]
    here = {f"{path.parent.name}/{path.stem}" for path in files}
    new, gone = here - set(PATHS), set(PATHS) - here
    assert not new, f"no line in CHAPTERS of lab/catalog.py for {', '.join(sorted(new))}"
    assert not gone, f"no file in lab/exhibits for the line of {', '.join(sorted(gone))}"


@pytest.mark.parametrize("folder", ["lab/exhibits", "tests/lab/exhibits"])
def test_every_chapter_is_a_package(folder):
    chapters = {path.parent.relative_to(ROOT) for path in (ROOT / folder).glob("*/*.py")}
    wanted = [path / "__init__.py" for path in chapters]
    missing = [path.as_posix() for path in wanted if not (ROOT / path).is_file()]
    assert not missing, f"make {', '.join(sorted(missing))}"


def test_a_chapter_holds_nothing_but_exhibits():
    """What two exhibits share is a topic package, or of the contract."""
    for path in EXHIBITS.glob("*/__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1, f"{path}: say what it is about, and put the rest elsewhere"


def test_every_file_that_serves_an_exhibit_says_which():
    for path in EXHIBITS.glob("*/_*.py"):
        chapter, name = path.parent.name, path.stem
        served = [e.name for e in ENTRIES if e.chapter == chapter]
        assert name == "__init__" or any(name.startswith(f"_{each}_") for each in served), (
            f"{path}: begin its name with _NAME_ of the exhibit that it serves, or put it into a "
            "topic package of lab/"
        )


@pytest.mark.parametrize("path", PATHS)
def test_every_exhibit_has_its_test(path):
    chapter, name = path.split("/")
    file = ROOT / "tests" / "lab" / "exhibits" / chapter / f"test_{name}.py"
    assert file.is_file(), f"write {file.relative_to(ROOT)}"


@pytest.mark.parametrize("path", PATHS)
def test_every_exhibit_says_what_it_is(path):
    """What the contract itself cannot ask of every one that a test or a notebook makes."""
    exhibit = catalog.load(path)
    for name in ("title", "summary", "caption", "source"):
        assert getattr(exhibit, name).strip(), f"{path} has no {name}"
    names = [output.name for output in exhibit.outputs]
    assert exhibit.main in names, f"{path}: set `main` to one of {', '.join(names)}"
    if exhibit.pictures:
        known = ", ".join(LIGHT_TABLE)
        assert exhibit.picture in LIGHT_TABLE, f"{path}: set `picture` to one of {known}"
    if not exhibit.follows:
        assert exhibit.quick, f"{path}: set `quick` to what is done in a second or two"
    for output in exhibit.outputs:
        assert output.kind in KINDS, f"{path}: {output.name} is of no kind in lab/payloads.py"


@pytest.mark.parametrize("path", PATHS)
def test_no_part_of_the_grid_is_left_empty(path):
    areas = [output.area for output in catalog.load(path).outputs]
    height = max(row + rows for row, _, rows, _ in areas)
    used = sum(rows * columns for _, _, rows, columns in areas)
    assert used == height * COLUMNS, (
        f"{path}: the outputs fill {used} of {height} x {COLUMNS} cells of the grid: let one grow"
    )


def test_the_readme_has_a_row_for_every_exhibit_in_lecture_order():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| exhibit | what one sees |") :].split("\n\n")[0]
    rows = re.findall(r"^\| (.+?) \|(.*)\|$", table, re.MULTILINE)[1:]
    expected = []
    for chapter in catalog.CHAPTERS:
        expected += [f"**{chapter.title}**"] if chapter.entries else []
        expected += [entry.title for entry in chapter.entries]
    titles = [title for title, _ in rows]
    where = "the table of exhibits in README.md"
    missing = [title for title in expected if title not in titles]
    surplus = [title for title in titles if title not in expected]
    assert not missing, f"{where} has no row | {missing[0]} | what one sees |"
    assert not surplus, f"{where} has a row {surplus[0]}, which the catalog has not"
    assert titles == expected, f"{where} is not in the order of lab/catalog.py"
    for title, words in rows:
        assert words.strip() or title.startswith("**"), f"{where} does not say what {title} shows"


def test_the_files_that_the_guide_names_are_there():
    named = re.findall(
        r"`((?:lab|gui|tests)/[\w./]+|\.ci/\w+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    )
    gone = [name for name in named if not (ROOT / name).exists()]
    assert len(named) > 10
    assert not gone, f"CONTRIBUTING.md names {', '.join(gone)}"


# The only module that may read the time.
CLOCKS = {"lab.system.clock"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_there_is_one_clock_and_nobody_sleeps_or_draws_from_a_stream_of_all(path):
    """A run shares its thread, the clock is held in tests, and figures are a run's own."""
    text = path.read_text(encoding="utf-8")
    names = imported(text)
    roots = {name.split(".")[0] for name in names}
    assert "time" not in roots or name_of(path) in CLOCKS, "use knobs.clock() or knobs.every()"
    assert not roots & {"random", "asyncio"}, "use torch's random numbers; yield to wait"
    calls = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    slept = "sleep" in calls | {name.rpartition(".")[2] for name in names}
    assert not slept, "yield Frame(after=seconds) instead"
