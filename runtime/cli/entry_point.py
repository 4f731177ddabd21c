"""The entry point of the program `smot`. Ctrl-C while the rest is loaded ends it without a traceback."""

import signal


def main() -> None:
    """Run the command line. An unexpected error is one line too: where it happened, without a traceback."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until a command runs that has something to finish
    from runtime.cli.main import run_app

    run_app()


if __name__ == "__main__":
    main()
