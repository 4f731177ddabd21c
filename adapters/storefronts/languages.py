"""A customer's language, as storefronts spell it."""

import re
from collections.abc import Mapping

from babel.core import get_global

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)
_LONGEST = 35


def language_tag(*spellings: str) -> str | None:
    """The first of them that is a language, as a tag of BCP 47: `pt_BR` is `pt-BR`, and the old `iw` is `he`."""
    for text in spellings:
        tag = text.strip().partition(".")[0].replace("_", "-")
        if len(tag) <= _LONGEST and _TAG.fullmatch(tag):
            language, dash, rest = tag.partition("-")
            aliases: Mapping[str, str] = get_global("language_aliases")
            return aliases.get(language.lower(), language.lower()).replace("_", "-") + dash + rest
    return None
