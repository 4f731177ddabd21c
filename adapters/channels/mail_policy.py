"""How the headers of our mails are written."""

from email.header import Header
from email.policy import EmailPolicy
from typing import Any


class MailPolicy(EmailPolicy):
    """`email.policy.SMTP`, but text beyond ASCII in a subject or in the sender's name is encoded as one.

    The standard library encodes it word by word where it folds: blanks between the words get lost or doubled, and an
    encoded word inside of brackets is shown as it is.
    """

    def fold(self, name: str, value: Any) -> str:
        """The header as lines."""
        written = self._encoded(name, value)
        return super().fold(name, value) if written is None else written

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same in bytes."""
        written = self._encoded(name, value)
        return super().fold_binary(name, value) if written is None else written.encode("ascii")

    def _encoded(self, name: str, value: Any) -> str | None:
        """The header, if it is one of those two and has more than ASCII."""
        text, address = str(value), ""
        if name.lower() == "from" and len(value.addresses) == 1:
            text = value.addresses[0].display_name
            address = f"{self.linesep} <{value.addresses[0].addr_spec}>"
        elif name.lower() != "subject":
            return None
        if text.isascii():
            return None
        return f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=self.linesep)}{address}{self.linesep}"


MAIL = MailPolicy(linesep="\r\n")
