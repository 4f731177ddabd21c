"""Carriers' names: a shop, a tracking service and its customer each have their own for one carrier, listed in a YAML file."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from domain.base import Frozen
from domain.model.tracking_number import normalize

_PLAIN_NUMBER = re.compile(r"[A-Z0-9]{8,40}")


class CarrierNames(Frozen):
    """One carrier. The head of carrier_names.yaml explains the fields."""

    easypost: str | None = None
    aftership: str | None = None
    names: tuple[str, ...] = ()
    page: str | None = None

    def all(self) -> tuple[str, ...]:
        """Every name of it that is listed."""
        return (*filter(None, (self.easypost, self.aftership)), *self.names)


def same_carrier(one: str, other: str) -> bool:
    """Whether both are names of one carrier. An unlisted name is that of a carrier of its own."""
    first, second = _bare(one), _bare(other)
    known = _by_name()
    return first == second or (first in known and known[first] is known.get(second))


def tracking_page(carrier: str, number: str) -> str | None:
    """The carrier's own page about a parcel; None for a carrier without one here, and for a number that is none of a carrier."""
    page, plain = listed(carrier).page, normalize(number)
    return page.format(number=plain) if page and _PLAIN_NUMBER.fullmatch(plain) else None


def listed(name: str) -> CarrierNames:
    """The carrier of that name; without any name where it is not listed."""
    return _by_name().get(_bare(name), CarrierNames())


def table() -> dict[str, CarrierNames]:
    """All carriers by their own names in the file."""
    text = Path(__file__).with_name("carrier_names.yaml").read_text("utf-8")
    return TypeAdapter(dict[str, CarrierNames]).validate_python(yaml.safe_load(text))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, CarrierNames]:
    """Raises ValueError for a name of two carriers."""
    found: dict[str, CarrierNames] = {}
    for own, carrier in table().items():
        for name in {_bare(own), *map(_bare, carrier.all())}:
            if name in found:
                raise ValueError(f"two carriers are called {name}")
            found[name] = carrier
    return found


def _bare(name: str) -> str:
    """The name's letters and digits, in lower case; the name itself where it has none."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum()) or folded
