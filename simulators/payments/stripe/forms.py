"""Form bodies and queries with brackets, and which parameters an operation takes."""

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl

from simulators.payments.stripe.call import StripeRefusal, api_error

_NAME = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])*")
_MAX_FIELDS = 500
_LONGEST = {"key": 40, "value": 500}
_MOST_METADATA = 50


def parse_form(text: str) -> dict[str, str]:
    """Flat pairs by dotted name: `metadata[leg]=L1` is `metadata.leg`. Raises StripeRefusal for a name that is not one."""
    pairs: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS):
        if not _NAME.fullmatch(name):
            raise StripeRefusal(400, api_error(f"Invalid parameter name: {name}", param=name))
        dotted = name.replace("]", "").replace("[", ".")
        pairs[f"{dotted}{len(pairs)}" if dotted.endswith(".") else dotted] = value
    return pairs


def refuse_unknown(params: Mapping[str, str], allowed: Sequence[str]) -> None:
    """Raise parameter_unknown for a name that no pattern of `allowed` covers; `*` covers one or more levels."""
    for name in params:
        if not any(fnmatchcase(name, pattern) for pattern in (*allowed, "expand.*")):
            head, *rest = name.split(".")
            wire = head + "".join(f"[{part}]" for part in rest)
            raise StripeRefusal(
                400, api_error(f"Received unknown parameter: {wire}", "parameter_unknown", wire)
            )


def integer(params: Mapping[str, str], name: str) -> int | None:
    """A whole number; None where it is not given. Raises StripeRefusal."""
    text = params.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise StripeRefusal(400, api_error(f"Invalid integer: {text}", "parameter_invalid_integer", name))
    return int(text)


def one_of(params: Mapping[str, str], name: str, values: Sequence[str]) -> None:
    """Raise StripeRefusal where a given parameter has none of these values."""
    if name in params and params[name] not in values:
        raise StripeRefusal(400, api_error(f"Invalid {name}: must be one of {', '.join(values)}", param=name))


def check_metadata(metadata: Mapping[str, str]) -> None:
    """At most 50 keys of at most 40 characters, values of at most 500. Raises StripeRefusal."""
    if len(metadata) > _MOST_METADATA:
        raise StripeRefusal(400, api_error("Metadata can have up to 50 keys", param="metadata"))
    for key, value in metadata.items():
        if len(key) > _LONGEST["key"] or len(value) > _LONGEST["value"]:
            raise StripeRefusal(400, api_error("Metadata keys or values are too long", param="metadata"))
