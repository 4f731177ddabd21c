"""Errors that end a process or a command of the command line, with exit code 2 and their text as the message."""


class StartupError(RuntimeError):
    """The process cannot start because something outside of it is missing or wrong.

    The text is one sentence for the operator and names the next step.
    """


class CommandFailed(RuntimeError):
    """A command of the command line cannot do its work; the text is one sentence for the operator."""
