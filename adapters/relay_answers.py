"""What mail servers and relays answer, without the addresses that they repeat: people read it, and it is kept in clear."""

import re

MAX_LENGTH = 300  # characters
_ADDRESS = re.compile(r"<?[^\s<>,;:()\"']+(?:@|%40|=40)[^\s<>,;:()\"']+>?")
_NUMBER = re.compile(r"(?<![\w.:+-])(?:\+|00)\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])")


def redacted_answer(text: str) -> str:
    """The answer as one line of bounded length, without addresses and phone numbers."""
    line = " ".join(text.split())[: 4 * MAX_LENGTH]
    line = _NUMBER.sub("<number>", _ADDRESS.sub("<address>", line))
    printable = "".join(sign for sign in line if sign.isprintable())
    return printable if len(printable) <= MAX_LENGTH else printable[: MAX_LENGTH - 1] + "…"
