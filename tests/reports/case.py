"""One case of `cases/`: where it was reported, what happens, and what must hold afterwards."""

from datetime import datetime
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

CASES = Path(__file__).parent / "cases"
Source = Literal["shopify", "easypost", "aftership", "generic"]


class Part(BaseModel):
    """A part of a case. A misspelt field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Payment(Part):
    """A payment that the sandbox provider has captured."""

    payment: str
    amount: int
    currency: str


class Webhook(Part):
    """A signed webhook.

    topic: for Shopify. raw: the body as text, for one that is no JSON; charset: how that text is written. status: of the
    response.
    """

    webhook: Source
    topic: str = ""
    body: Any = None
    raw: str | None = None
    charset: str = "utf-8"
    status: int = 202


class Clock(Part):
    """The sandbox clock is moved to that time, and everything that is due until then happens."""

    clock: AwareDatetime


class Call(Part):
    """A request to the API. `Call` also checks the response.

    role: of the key. key: an Idempotency-Key.
    values: JSON pointers into the response body, and what is there.
    keep: names for later steps, with JSON pointers into the response: `$name` stands for the text found there.
    """

    call: str
    method: Literal["GET", "POST", "PUT", "DELETE"] = "POST"
    role: str = "storefront"
    key: str | None = None
    body: Any = None
    status: int | None = None
    values: dict[str, Any] = {}
    keep: dict[str, str] = {}


class See(Part):
    """What a GET shows, by JSON pointer, once it is so. `~absent` for a value: nothing is there."""

    see: str
    role: str = "agent"
    values: dict[str, Any]


class Letters(Part):
    """The letters of an order so far.

    kinds: of all that were sent, in their order.
    say: a text that a letter of that kind contains. never: texts that no letter contains.
    """

    letters: str
    kinds: list[str] | None = None
    say: dict[str, list[str]] = {}
    never: list[str] = []


class Refunded(Part):
    """How much of a payment the provider has paid back, in minor units."""

    refunded: str
    amount: int


class Attention(Part):
    """The kinds of the order's open attention items, sorted."""

    attention: str
    kinds: list[str]


class Kept(Part):
    """Status and reason of the merchant's inbox deliveries of one status, in their order of arrival."""

    inbox: str
    reasons: list[str]


Step = Payment | Webhook | Clock | Call | See | Letters | Refunded | Attention | Kept
_STEPS: dict[str, type[Step]] = {
    "payment": Payment,
    "webhook": Webhook,
    "clock": Clock,
    "call": Call,
    "see": See,
    "letters": Letters,
    "refunded": Refunded,
    "attention": Attention,
    "inbox": Kept,
}


def step(written: dict[str, Any]) -> Step:
    """A step by its first field, which names its kind."""
    return _STEPS[next(iter(written))].model_validate(written)


class Case(Part):
    """A case. source: where it was reported. kind: the number of its kind in our list of faults, if it has one."""

    source: Annotated[str, Field(min_length=5)]
    says: Annotated[str, Field(min_length=10)]
    clock: datetime = datetime.fromisoformat("2026-03-02T08:00:00+00:00")
    policy: dict[str, Any] = {}
    steps: Annotated[list[dict[str, Any]], Field(min_length=1)]


def names() -> list[str]:
    return sorted(file.stem for file in CASES.glob("*.yaml"))


def read(name: str, values: dict[str, str]) -> Case:
    """The case with `$N` and other given names filled in. A name that is not given stays, for a later step keeps it."""
    text = Template((CASES / f"{name}.yaml").read_text("utf-8")).safe_substitute(values)
    return Case.model_validate(yaml.safe_load(text))
