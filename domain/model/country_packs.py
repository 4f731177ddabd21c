"""What the law of a country gives its consumers who bought at a distance, with dates and sources: data, and no rule of a shop.

A pack can only be better for the customer than the policy: it makes windows longer, takes away fees, and lets come back what
a policy would refuse.
"""

from datetime import date
from typing import Final, Literal

from domain.base import Frozen
from domain.model.order import Country

PackName = Literal["EU", "UK", "CN"]
Exemption = Literal[
    "custom_made", "perishable", "sealed_hygiene", "mixed_inseparably", "sealed_media", "newspaper", "price_fluctuates"
]  # fmt: skip
"""Why the law gives no right to withdraw from the purchase of certain goods."""


class LawSource(Frozen):
    """Where the law says it."""

    title: str
    """The act and its article."""
    since: date
    """From when it applies."""
    url: str
    """Where it can be read."""


class CountryPack(Frozen):
    """The right to withdraw from a purchase at a distance."""

    name: PackName
    """Its name."""
    countries: frozenset[Country]
    """Where the goods went."""
    days: int
    """So many days after the day of the delivery."""
    from_last_delivery: bool
    """They count from the last goods of the order, else from each by itself."""
    uninformed_years: int
    """So many years more where the shop did not tell of the right."""
    last_day_works: bool
    """A last day on which the place rests moves to the next working day."""
    restocking: bool
    """The shop may deduct a fee that is not the direct cost of sending the goods back."""
    outbound_shipping: bool
    """With the whole order its standard shipping to the customer goes back too."""
    exemptions: frozenset[Exemption]
    """Goods without that right."""
    sources: tuple[LawSource, ...]
    """Where the law says it."""


_DIRECTIVE = "https://eur-lex.europa.eu/eli/dir/2011/83/oj"
_REGULATIONS = "https://www.legislation.gov.uk/uksi/2013/3134"
_CONSUMER_LAW = "https://www.gov.cn/flfg/2013-10/25/content_2515601.htm"
_IN_EUROPE: frozenset[Exemption] = frozenset(
    {
        "custom_made", "perishable", "sealed_hygiene", "mixed_inseparably", "sealed_media", "newspaper", "price_fluctuates",
    }
)  # fmt: skip

EU: Final = CountryPack(
    name="EU",
    countries=frozenset(
        {
            "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
            "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
            "GF", "GP", "MF", "MQ", "RE", "YT",  # of France (TFEU, article 349)
            "AX",  # of Finland (TFEU, article 355(4))
        }
    ),
    days=14,
    from_last_delivery=True,
    uninformed_years=1,
    last_day_works=True,
    restocking=False,
    outbound_shipping=True,
    exemptions=_IN_EUROPE,
    sources=(
        LawSource(title="Directive 2011/83/EU, articles 9, 10, 13, 14, 16", since=date(2014, 6, 13), url=_DIRECTIVE),
        LawSource(
            title="Regulation (EEC, Euratom) 1182/71, article 3",
            since=date(1971, 7, 1),
            url="https://eur-lex.europa.eu/eli/reg/1971/1182/oj",
        ),
    ),
)  # fmt: skip
UK: Final = CountryPack(
    name="UK",
    countries=frozenset({"GB"}),
    days=14,
    from_last_delivery=True,
    uninformed_years=1,
    last_day_works=False,
    restocking=False,
    outbound_shipping=True,
    exemptions=_IN_EUROPE,
    sources=(
        LawSource(
            title="SI 2013/3134, regulations 28 to 31, 34, 35", since=date(2014, 6, 13), url=_REGULATIONS
        ),
    ),
)
CN: Final = CountryPack(
    name="CN",
    countries=frozenset({"CN"}),
    days=7,
    from_last_delivery=False,
    uninformed_years=0,
    last_day_works=True,
    restocking=False,
    outbound_shipping=False,
    exemptions=frozenset({"custom_made", "perishable", "sealed_media", "newspaper"}),
    sources=(
        LawSource(
            title="Law on the Protection of Consumer Rights and Interests, article 25",
            since=date(2014, 3, 15),
            url=_CONSUMER_LAW,
        ),
        LawSource(
            title="Civil Code, articles 201, 203",
            since=date(2021, 1, 1),
            url="https://www.gov.cn/xinwen/2020-06/01/content_5516649.htm",
        ),
    ),
)
PACKS: Final[dict[PackName, CountryPack]] = {"EU": EU, "UK": UK, "CN": CN}


def law_of(country: Country) -> CountryPack | None:
    """The law where the goods went; None where no pack has it."""
    return next((pack for pack in PACKS.values() if country in pack.countries), None)
