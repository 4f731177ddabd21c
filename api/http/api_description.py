"""What the OpenAPI document holds beside the endpoints: title and tags, names of shared words, outgoing events, examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

Json = dict[str, Any]


@dataclass(frozen=True)
class OutgoingEvent:
    """One type of event that is sent to merchants' own systems, for `webhooks:` of OpenAPI 3.1."""

    type: str
    summary: str
    schema: TypeAdapter[Any]
    example: Json


@dataclass(frozen=True)
class ApiDescription:
    """tags: what each tag holds, in the order of the document. enums: names of lists of words that several schemas share.

    examples: by the name of the endpoint, `{"request": …, "response": …}` as they were sent, both optional.
    """

    title: str
    version: str
    text: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    enums: Mapping[str, Sequence[str]] = field(default_factory=dict)
    events: Sequence[OutgoingEvent] = ()
    examples: Mapping[str, Json] = field(default_factory=dict)
