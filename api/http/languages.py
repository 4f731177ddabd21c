"""The languages that a request wants its texts in (RFC 9110, section 12.5.4)."""

import re

from aiohttp import web

_MAX_LANGUAGES = 10
_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*"
)


def wanted_languages(request: web.Request) -> list[str]:
    """BCP 47 tags of `Accept-Language`, the most wanted first; what is not a tag is left out."""
    header = request.headers.get("Accept-Language", "")[:500]
    found = [match for part in header.split(",")[:_MAX_LANGUAGES] if (match := _RANGE.fullmatch(part))]
    weighed = [(float(match[2] or 1), match[1]) for match in found]
    return [tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0]
