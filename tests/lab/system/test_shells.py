"""A shell takes a line apart into the same words, and runs nothing in them."""

import os
import shlex
import stat
import subprocess

import pytest

from lab.system import shells

AWKWARD = [
    *("plain", "", "two words", "a\tb", "a\\b", "C:\\dir\\", "C:\\my dir\\", "50% of %PATH%"),
    *("$HOME", "$(touch sprung)", "`touch sprung`", "a;touch sprung", "*", "?", "[ab]", "~", "#x"),
    *(
        "it's",
        'say "hi"',
        "a&b|c<d>e^f",
        "(x)",
        "{a,b}",
        "!x",
        "-n",
        "naïve é 日本",
        "'",
        "’quoted’",
    ),
    *('models=a,"b, c.safetensors"', '$x "and" \\"', "“typographic”"),
]


def in_powershell(line):
    """As PowerShell takes a line apart, and the C runtime what it passes on (Windows PowerShell).

    Raises where it would put something in the place of a variable, or end a string early.
    """
    words, word, i = [], None, 0
    singles, doubles = "'\u2018\u2019\u201a\u201b", '"\u201c\u201d\u201e'
    while i < len(line):
        letter = line[i]
        if letter in singles or letter in doubles:
            ends, inside = (singles, "") if letter in singles else (doubles, "")
            i += 1
            while True:
                if line[i] in ends and i + 1 < len(line) and line[i + 1] in ends:
                    inside, i = inside + line[i], i + 2
                elif line[i] in ends:
                    break
                else:
                    assert ends is singles or line[i] not in "$`", line
                    inside, i = inside + line[i], i + 1
            # It puts words with blanks in double quotes again, as the C runtime then reads them.
            word = (word or "") + inside
        elif letter == " ":
            words, word = [*words, word] if word is not None else words, None
        else:
            assert letter not in "$`&|<>;(){}@#,", line
            word = (word or "") + letter
        i += 1
    words = [*words, word] if word is not None else words
    return [plain(word) for word in words]


def plain(word):
    """What the C runtime makes of a word that is passed in double quotes."""
    result, i = "", 0
    while i < len(word):
        slashes = len(word[i:]) - len(word[i:].lstrip("\\"))
        i += slashes
        if i < len(word) and word[i] == '"':
            assert slashes % 2, "a quote that is not escaped would end the word"
            result, i = result + "\\" * (slashes // 2) + '"', i + 1
        elif i == len(word):
            result += "\\" * (slashes // 2 if " " in word and slashes % 2 == 0 else slashes)
        else:
            result += "\\" * slashes + word[i]
            i += 1
    return result


@pytest.mark.skipif(os.name == "nt", reason="there is no POSIX shell")
def test_a_posix_shell_passes_the_same_words_on_and_runs_nothing(tmp_path):
    for name in ("ab", "x"):
        (tmp_path / name).touch()
    script = tmp_path / "words"
    script.write_text("#!/bin/sh\nfor word; do printf '%s\\000' \"$word\"; done\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    line = shells.line(["./words", *AWKWARD], windows=False)
    found = subprocess.run(["/bin/sh", "-c", line], cwd=tmp_path, capture_output=True, check=True)
    assert found.stdout.decode().split("\0")[:-1] == AWKWARD
    assert found.stderr == b""
    assert not (tmp_path / "sprung").exists()
    assert shlex.split(line)[1:] == AWKWARD


@pytest.mark.parametrize("word", [word for word in AWKWARD if "\t" not in word])
def test_powershell_takes_each_word_as_it_is(word):
    line = shells.line(["python", word, "--out", "out"], windows=True)
    if word.endswith("\\") and " " not in word:
        assert line == f"python {word} --out out"
        return
    assert in_powershell(line) == ["python", word, "--out", "out"]


def test_what_both_windows_shells_read_alike_is_in_double_quotes():
    assert shells.line(["a b", "c=1", "50%"], windows=True) == '"a b" c=1 "50%"'
    assert shells.line(["$x"], windows=True) == "'$x'"
