"""Which catalogue, and which form of dates and amounts, a reader gets."""

from collections.abc import Collection
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from adapters.messages.catalogues import SOURCE

_TRADITIONAL = {"TW", "HK", "MO"}


def choose_catalogue(wanted: str, known: Collection[str]) -> str:
    """The catalogue for a BCP 47 tag: de-AT → de, zh-CN → zh_Hans, unknown → en.

    Traditional Chinese (zh-TW, zh-HK, zh-Hant) has no catalogue here and gets English, not the simplified script, as in CLDR;
    a file `zh_Hant.po` adds it.
    """
    return next((name for name in _fallback_chain(wanted) if name in known), SOURCE)


@lru_cache(maxsize=256)
def format_locale(wanted: str, chosen: str) -> Locale:
    """The locale for dates and amounts: of the reader's region where it fits the language of the text.

    Plain "en" uses the international forms (6 March 2026, US$5.00), "en-US" its own.
    """
    for name in _fallback_chain(wanted):
        if (
            name != SOURCE
            and choose_catalogue(name, (chosen,)) == chosen
            and name.split("_")[0] == chosen.split("_")[0]
        ):
            try:
                return Locale.parse(name)
            except (UnknownLocaleError, ValueError):
                continue
    return Locale.parse("en_001" if chosen == SOURCE else chosen)


def _fallback_chain(wanted: str) -> list[str]:
    """Names of catalogues, the closest first."""
    parts = wanted.replace("_", "-").split("-")
    language = parts[0].lower()
    language = str(get_global("language_aliases").get(language, language))
    script = next((part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()), "")
    region = next((part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()), "")
    if language == "zh" and not script:
        script = "Hant" if region in _TRADITIONAL else "Hans"
    found = ["_".join(filter(None, tried)) for tried in ((language, script, region), (language, script))]
    return found if language == "zh" else [*found, "_".join(filter(None, (language, region))), language]
