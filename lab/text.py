"""Text from anywhere (names of files, labels, messages) made fit for one line on a screen."""

from __future__ import annotations

import unicodedata

LONGEST_WORD = 200
"""Characters of one unbroken word in a message; a longer one loses its middle."""

# Control characters, lone surrogates (bytes of a name that are not UTF-8), line and paragraph ends.
_UNFIT = frozenset({"Cc", "Cs", "Zl", "Zp"})
# They turn the direction of all that follows on the line. Marks and joiners inside words are fine.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_line(text: str) -> bool:
    """Whether `text` can stand on one line of a screen, in a file of UTF-8, in any script.

    Spaces of all kinds, joined emoji and characters newer than this Python are fine.
    """
    return not any(map(_unfit, text))


def line(text: str, longest: int = 0) -> str:
    """`text` as one line: composed (NFC), with Python's escape for each unfit character.

    Different texts stay different, but for the way in which letters are composed. longest: a text
    of more characters than this, if it is given, loses its middle.
    """
    whole = "".join(_escaped(c) if _unfit(c) else c for c in unicodedata.normalize("NFC", text))
    return _shortened(whole, longest) if longest else whole


def message(text: str) -> str:
    """`text` as one line of a message: line ends are spaces, and long words lose their middle."""
    words = line(" ".join(text.splitlines())).split(" ")
    return " ".join(_shortened(word, LONGEST_WORD) for word in words)


def _unfit(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _UNFIT


def _escaped(character: str) -> str:
    # Python stands in for a byte that is not UTF-8 with U+DC80 to U+DCFF: show the byte.
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _shortened(word: str, longest: int) -> str:
    if len(word) <= longest:
        return word
    end = longest // 2
    return f"{word[: longest - end - 1]}…{word[-end:]}"
