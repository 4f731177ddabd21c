"""Places: which country a code means, and which time zone an address has."""

from typing import NamedTuple, Protocol


class ZoneMatch(NamedTuple):
    """A zone. `guessed`: the country has several, and the address does not say which one."""

    zone: str
    guessed: bool


class Places(Protocol):
    """What is known of countries and addresses."""

    def country(self, code: str) -> str | None:
        """The country of today that the code means (UK is GB); None for what is no country."""

    def zone(self, code: str, region: str, postcode: str) -> ZoneMatch | None:
        """The zone of the place; None for what is no country. `region`, `postcode`: empty where they are not known."""
