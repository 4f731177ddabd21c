"""Dates, amounts and numbers in the reader's form."""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import iso4217
from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import NumberPattern, format_decimal
from markupsafe import Markup, escape

from adapters.messages.catalogues import Catalogue
from adapters.messages.sanitize import bidi_isolated, sanitize
from domain.clock import end_of_day, local_day

MAX_LINE, MAX_LINES = 2000, 60  # characters of a line, and lines, of a person's own text
# In KWD123 babel leaves out the space of CLDR.
_LETTER_BY_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@dataclass(frozen=True)
class MessageFormatter:
    """The texts and forms of one reader. zone: of the destination; all days and hours are those of its clocks."""

    catalogue: Catalogue
    formats: Locale
    zone: str

    @property
    def rtl(self) -> bool:
        return str(self.formats.text_direction) == "rtl"

    def template_functions(self) -> Mapping[str, Callable[..., Any]]:
        """The functions that templates may call."""
        functions: dict[str, Callable[..., Any]] = {
            "_": self.text,
            "ngettext": self.plural,
            "by": self.by,
            "on": self.on,
            "exact_time": self.exact_time,
            "money": self.money,
        }
        return {**functions, "untrusted": self.untrusted, "paragraphs": self.paragraphs}

    def text(self, english: str, **values: str) -> str:
        return _filled(self.catalogue.text(english), values)

    def plural(self, one: str, many: str, count: int, **values: str) -> str:
        number = format_decimal(count, locale=self.formats)
        return _filled(self.catalogue.plural(one, many, count), {**values, "count": number})

    def by(self, instant: str) -> str:
        """A time by which something happens. The end of a day, which is the first instant after it, is shown as that day."""
        at = _at(instant)
        before = at - timedelta(seconds=1)
        if end_of_day(local_day(at, self.zone) - timedelta(days=1), self.zone) == at:
            return self._day(local_day(before, self.zone))
        time = format_time(at.astimezone(ZoneInfo(self.zone)), "short", locale=self.formats)
        return self.text("%(day)s at %(time)s", day=self._day(local_day(at, self.zone)), time=time)

    def on(self, instant: str) -> str:
        """The day on which something happened."""
        return self._day(local_day(_at(instant), self.zone))

    def exact_time(self, instant: str) -> str:
        """The day and the time of day, to the second and with its zone, at which something happened."""
        zone = ZoneInfo(self.zone)
        return str(format_datetime(_at(instant), "long", tzinfo=zone, locale=self.formats))

    def _day(self, day: date) -> str:
        return str(format_date(day, "long", locale=self.formats))

    def money(self, minor: int, currency: str) -> str:
        """Minor units with the number of digits of ISO 4217; babel's differs for a dozen currencies."""
        digits = iso4217.Currency(currency).exponent or 0
        amount = Decimal(int(minor)).scaleb(-digits)
        pattern = _pattern(self.formats, digits)
        shown = pattern.apply(amount, self.formats, currency=currency, currency_digits=False)
        return _LETTER_BY_DIGIT.sub("\u00a0", str(shown))

    def untrusted(self, text: str) -> str:
        """Text from outside, as part of a sentence of the template."""
        return bidi_isolated(sanitize(str(text)), self.rtl)

    def paragraphs(self, text: str) -> list[str]:
        """A person's own text, line by line; blank lines are left out."""
        lines = [sanitize(line, MAX_LINE) for line in str(text).splitlines()]
        return [bidi_isolated(line, self.rtl) for line in lines if line][:MAX_LINES]


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    """The sentence with its values. What a macro made is markup already and stays so; all else is escaped beside it."""
    whole = _one_point(sentence, values)
    if any(isinstance(value, Markup) for value in values.values()):
        return Markup(escape(whole)) % values
    return whole % values


def _one_point(sentence: str, values: Mapping[str, str]) -> str:
    """The sentence without a point where a value ends in one: `bis 23. Nov.` is the end of a sentence."""
    for name, value in values.items():
        if str(value).endswith("."):
            sentence = re.sub(rf"%\({name}\)s\.(?!\.)", f"%({name})s", sentence)
    return sentence


def _at(instant: str) -> datetime:
    """`str` makes jinja name the detail that is missing."""
    return datetime.fromisoformat(str(instant))


@lru_cache(maxsize=256)
def _pattern(formats: Locale, digits: int) -> NumberPattern:
    pattern: NumberPattern = copy.copy(formats.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern
