"""What a process says when it cannot run."""


class StartupError(RuntimeError):
    """Something outside of us is missing or wrong; the text is one sentence for who started us, with the next step."""
