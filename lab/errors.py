"""What went wrong, told apart by whose move it is."""


class UserError(ValueError):
    """The user's input was wrong; the message is one line that says what to do about it.

    The window shows the message beside the run that it stopped, the command line prints it after
    `error:` and exits with status 2. Anything else that is raised is our own mistake.
    """


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
