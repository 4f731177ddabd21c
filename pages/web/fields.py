"""The fields of a form or of an address's query: bounded, text only."""

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import parse_qs

from api.http.problems import Problem

MAX_FIELDS: Final = 1000  # an order has at most 200 lines
MAX_TEXT: Final = 2000  # characters, where the page names no other limit


class Fields:
    """Reads fields by name. A missing field is empty; one that is too long is refused, never cut."""

    def __init__(
        self, values: Mapping[str, list[str]] | None = None, files: Mapping[str, bytes] | None = None
    ) -> None:
        self._values, self._files = values or {}, files or {}

    @classmethod
    def parse(cls, encoded: str) -> "Fields":
        """Urlencoded text. Raises Problem for more than MAX_FIELDS fields."""
        try:
            return cls(parse_qs(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS))
        except ValueError:
            raise Problem("bad_request", "The form has too many fields.") from None

    def text(self, name: str, limit: int = MAX_TEXT) -> str:
        """The field's first value, without spaces at its ends. Raises Problem for one that is longer than limit."""
        return self._bounded(next(iter(self._values.get(name, ())), ""), limit)

    def upload(self, name: str) -> bytes:
        """The bytes of a file that was chosen; empty for none. Nothing that the browser said of it is kept."""
        return self._files.get(name, b"")

    def many(self, name: str, limit: int = MAX_TEXT) -> list[str]:
        """All values of a repeated field. Raises Problem for one that is longer than limit."""
        return [self._bounded(one, limit) for one in self._values.get(name, ())]

    def number(self, name: str) -> int | None:
        """A whole number of at most nine digits, or None for anything else."""
        text = self.text(name)
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None

    def choice(self, name: str, options: Collection[str]) -> str | None:
        """The value if it is one of the options, else None."""
        value = self.text(name)
        return value if value in options else None

    def checked(self, name: str) -> bool:
        """Whether a check box was on."""
        return bool(self.text(name))

    def beginning(self, prefix: str) -> dict[str, str]:
        """The fields whose names begin so, by the rest of their names: `unit.1=2` for `unit.` is `{"1": "2"}`."""
        names = [name for name in self._values if name.startswith(prefix)]
        return {name.removeprefix(prefix): self.text(name) for name in names}

    def all_values(self) -> dict[str, list[str]]:
        """Every field, for a form that is shown again as it was typed."""
        return {name: [*values] for name, values in self._values.items()}

    def _bounded(self, value: str, limit: int) -> str:
        value = value.replace("\x00", "").strip()
        if len(value) > limit:
            raise Problem("invalid_body", f"A text is longer than {limit} characters.")
        return value
