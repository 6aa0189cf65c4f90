"""What a run can hold: text on one line, and parameters that JSON and a command line can write."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from lab.errors import UserError

Param = bool | int | float | str | tuple[str, ...]


def is_one_line(value: Any) -> bool:
    """Whether it is text on one line: without control characters, but for the tab."""
    broken = r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]"
    return isinstance(value, str) and not re.search(broken, value)


def fits_on_command_line(name: str) -> bool:
    """Whether a path can be written in a command: in one line, and in Unicode."""
    return is_one_line(name) and not re.search(r"[\ud800-\udfff]", name)


def checked_params(given: Any) -> dict[str, Param]:
    """The parameters of a run by name. UserError for what JSON and a command line cannot write."""
    if not isinstance(given, Mapping) or not all(map(is_one_line, given)):
        raise UserError("params: give a value for each name")
    result: dict[str, Param] = {}
    for name, value in given.items():
        if isinstance(value, (tuple, list)) and all(map(is_one_line, value)):
            result[name] = tuple(value)
        elif is_one_line(value) or _is_number(value):
            result[name] = value
        else:
            raise UserError(f"params: {name} is a number, a switch, a name or a list of names")
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
