"""A run in words that can be taken elsewhere: a command line, and lines for a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lab.media.pictures import Picture


def command(exhibit: str, values: Mapping[str, Any], pictures: Sequence[Picture]) -> str:
    """The run as a command line. values: those that differ from the defaults, `seed` among them."""
    words = [f"python main.py run {exhibit}"]
    for name, value in values.items():
        words.append(f"--seed {value}" if name == "seed" else f"--set {name}={_quoted(value)}")
    words += [f"--image {_quoted(picture.path or picture.name)}" for picture in pictures]
    return " ".join([*words, "--out out"])


def python(exhibit: str, values: Mapping[str, Any], pictures: Sequence[Picture]) -> str:
    """The run as lines of Python, with the same arguments."""
    reads = [f"lab.media.pictures.read({str(p.path or p.name)!r})" for p in pictures]
    arguments = [f"pictures=[{', '.join(reads)}]"] if reads else []
    arguments += [f"{name}={value!r}" for name, value in values.items()]
    return (
        f"import lab\n\nexhibit = lab.catalog.load({exhibit!r})\n"
        f"for frame in exhibit.run({', '.join(arguments)}):\n"
        "    print(frame.status, frame.metrics)\n"
    )


def _quoted(value: Any) -> str:
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    return f'"{text}"' if any(c in text for c in " '&()") else text
