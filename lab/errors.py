"""User errors and program errors."""

from __future__ import annotations

from lab import text


class UserError(ValueError):
    """The user's input was wrong; the message is one line that says what to do about it.

    The window shows the message above the cards; the command line prints it after `error:` and
    exits with status 2. Any other exception is a program error. What breaks a line (in the name of
    a file) is escaped, and a very long word shortened.
    """

    def __init__(self, message: str) -> None:
        super().__init__(text.message(message))


class NotYet(Exception):
    """What was asked for takes PyTorch, and who asked must not run it: ask again when it is known.

    No fault of anybody's: the window asks, the torch thread works it out.
    """


class Missing(UserError):
    """Something that can be downloaded is not on this machine yet.

    `item` is the name to give to `python main.py download`, and to the window's download button.
    """

    def __init__(self, message: str, item: str) -> None:
        super().__init__(message)
        self.item = item


def explain(error: BaseException) -> str:
    """An error as one line: a UserError's message, or the kind and message of a program error."""
    if isinstance(error, UserError):
        return str(error)
    words = text.message(str(error).strip())
    if "out of memory" in words.lower():
        return "the device is out of memory: choose a smaller image or batch, or another device"
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
