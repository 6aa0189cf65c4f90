"""Text from anywhere becomes one line; what people name things by stays as it is."""

import pytest

from lab import text
from lab.errors import UserError

FINE = [
    "cat",
    "赤い　鳥",  # an ideographic space
    "chien\u00a0loup",
    "👩\u200d🔬 👍🏽",
    "می\u200cخواهم",  # a joiner inside a word
    "ᠮᠣᠩᠭᠣᠯ",
    "",
]
UNFIT = [
    ("two\nlines", "two\\nlines"),
    ("tab\there", "tab\\there"),
    ("caf\udce9", "caf\\xe9"),
    ("\ud800", "\\ud800"),
    ("exe.\u202egnp", "exe.\\u202egnp"),
    ("a\u2028b", "a\\u2028b"),
    ("\x1b[31mred", "\\x1b[31mred"),
]


@pytest.mark.parametrize("given", FINE)
def test_what_people_write_is_a_line_already(given):
    assert text.is_line(given)
    assert text.line(given) == given


@pytest.mark.parametrize(("given", "shown"), UNFIT)
def test_what_breaks_a_line_is_shown_as_its_escape(given, shown):
    assert not text.is_line(given)
    assert text.line(given) == shown
    assert text.is_line(shown)
    shown.encode("utf-8")


def test_names_that_differ_by_a_byte_stay_different():
    assert text.line("caf\udce8") != text.line("caf\udce9")


def test_letters_are_composed_so_that_one_name_is_one_text():
    assert text.line("cafe\u0301") == "café"


def test_a_message_is_one_line_with_its_ends_in_sight():
    assert text.message("no file\r\nhere\n") == "no file here"
    long = text.message(f"no file /a/{'x' * 4000}/end.png: check it")
    assert len(long) < 300
    assert long.startswith("no file /a/x")
    assert long.endswith("/end.png: check it")


def test_a_line_that_is_too_long_keeps_its_ends():
    assert text.line("a" * 300 + "b" * 300, 301) == "a" * 150 + "…" + "b" * 150
    assert text.line("short", 300) == "short"


def test_a_user_error_is_one_line_whatever_it_tells_of():
    assert str(UserError("no file a\nb\udce9.png")) == "no file a b\\xe9.png"
