"""Words as one line for a shell, which takes them apart again and reads nothing else into them."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence

# Besides letters and digits, what neither cmd nor PowerShell takes for anything but itself.
_PLAIN = frozenset("_-+./\\:=")
# What PowerShell reads in double quotes: variables, escapes, and typographic quotes as its own.
_READ = re.compile('[$`"\u201c\u201d\u201e]')
_SINGLE = re.compile("(['\u2018\u2019\u201a\u201b])")


def line(words: Sequence[str], windows: bool = os.name == "nt") -> str:
    """The words as one line: for a POSIX shell, or on Windows for PowerShell.

    There cmd takes it too, but for words with $, ` or a double quote, which the two read in
    different ways.
    """
    return " ".join(map(_for_windows, words)) if windows else shlex.join(words)


def _for_windows(word: str) -> str:
    if word and all(letter.isalnum() or letter in _PLAIN for letter in word):
        return word
    # As the C runtime takes quotes off: backslashes count only before one, where each needs
    # another.
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', word)
    escaped = re.sub(r"(\\+)$", r"\1\1", escaped)
    if _READ.search(word):
        return "'" + _SINGLE.sub(r"\1\1", escaped) + "'"
    return f'"{escaped}"'
