"""Typed endpoints: one declaration gives the route, the validation and the OpenAPI description of a function.

@endpoint("POST", "/v1/orders/{order}/parcels", roles={Role.STOREFRONT}, status=201,
          problems=("refused",), idempotency="optional", tags=("orders",))
async def register_parcel(call: Call[Services], body: ParcelBody) -> OrderView:
    \"\"\"Say that a parcel left the warehouse.\"\"\"
"""

import inspect
import re
import types
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import (
    Any,
    Generic,
    Literal,
    Required,
    TypedDict,
    TypeVar,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

from aiohttp import web
from pydantic import TypeAdapter

from api.http.bodies import CUSTOMER_LIMIT, JSON_LIMIT
from api.http.encoded import EncodedJson
from api.http.idempotency import KeyRequirement, command_id
from api.http.list_lengths import ListLengths, list_lengths
from api.http.problems import PROBLEM_TYPES, Problem, ProblemCode
from domain.actors import Role
from ports.idempotency import IdempotencyKey
from services.merchants.authentication import Caller

S = TypeVar("S")
T = TypeVar("T", covariant=True)
Handler = Callable[..., Awaitable[Any]]
JSON = "application/json"
PublicQuota = Literal["public", "senders"]
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Call(Generic[S]):
    """One request, after all common checks.

    path: the `{names}` of the path, percent-decoded exactly once.
    services: what the app was installed with.
    deadline: the loop time at which the caller gets 503.
    slot: whose Idempotency-Key was sent, for what; None without one.
    """

    request: web.Request
    optional_caller: Caller | None
    path: Mapping[str, str]
    services: S
    deadline: float
    slot: IdempotencyKey | None

    @property
    def idempotency_key(self) -> str | None:
        """The Idempotency-Key that was sent."""
        return self.slot.key if self.slot else None

    @cached_property
    def command_id(self) -> str:
        """The id of the command that the request sends; the same for every retry with the same Idempotency-Key, else random."""
        return command_id(self.slot)

    @property
    def caller(self) -> Caller:
        """The holder of the key. Only endpoints with roles have a caller."""
        if self.optional_caller is None:
            raise LookupError("a public endpoint has no caller")
        return self.optional_caller

    @property
    def merchant(self) -> str:
        """The caller's merchant. Raises Problem forbidden for the platform's admin, who belongs to none."""
        if self.caller.merchant is None:
            raise Problem("forbidden", "Use a key of the merchant.")
        return self.caller.merchant


@dataclass(frozen=True)
class Response(Generic[T]):
    """A response with a status or headers of its own; a plain value means the endpoint's status and no headers."""

    body: T | EncodedJson[T] | bytes
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class EndpointOptions(TypedDict, total=False):
    """The options of a declaration; see Endpoint for their meaning."""

    roles: Required[Collection[Role]]
    status: int
    other_statuses: tuple[int, ...]
    tags: tuple[str, ...]
    problems: tuple[ProblemCode, ...]
    idempotency: KeyRequirement
    location: str
    produces: str
    alternative: str
    limit: int
    timeout: float
    public_quota: PublicQuota


@dataclass(frozen=True)
class HandlerSchemas:
    """What a handler takes and returns, read from its type hints.

    raw_body: the handler takes the bytes, to verify a signature.
    body_optional: a request without a body gives None.
    """

    body: TypeAdapter[Any] | None
    body_optional: bool
    raw_body: bool
    query: TypeAdapter[Any] | None
    response: TypeAdapter[Any] | None

    @cached_property
    def list_lengths(self) -> ListLengths:
        """How long the lists of the body may be."""
        return ListLengths() if self.body is None else list_lengths(self.body)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One operation of the API.

    roles: who may call it; PUBLIC for all, without a key.
    other_statuses: further good statuses of a Response.
    problems: codes beyond the common ones.
    location: the address of what was created, as a template over the answer's members and the names of the path.
    produces: another media type; then the handler returns bytes.
    alternative: a second media type beside JSON, of which the handler returns bytes in a Response.
    limit: of the body, in bytes; smaller by default where a customer may post.
    timeout: seconds the handler may take before the caller gets 503.
    public_quota: where no key is needed, the quota of the network that calls.
    """

    method: str
    path: str
    handler: Handler
    roles: Collection[Role]
    status: int = 200
    other_statuses: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    problems: tuple[ProblemCode, ...] = ()
    idempotency: KeyRequirement = "none"
    location: str = ""
    produces: str = JSON
    alternative: str = ""
    limit: int = JSON_LIMIT
    timeout: float = 20.0
    public_quota: PublicQuota = "public"
    schemas: HandlerSchemas

    def __post_init__(self) -> None:
        """A mistake in a declaration fails the import of the module, not a customer's request."""
        unknown = set(self.problems) - set(PROBLEM_TYPES)
        if unknown:
            raise ValueError(f"{self.name}: unknown problem codes {sorted(unknown)}")
        if not self.summary:
            raise ValueError(f"{self.name}: the docstring is the documentation and is missing")
        if any("{" in part and not _NAMED.fullmatch(part) for part in self.path.split("/")):
            raise ValueError(f"{self.name}: a name is a whole segment of the path")
        can_store = bool(self.roles) and self.produces == JSON and not self.schemas.raw_body
        if self.idempotency != "none" and not can_store:
            raise ValueError(f"{self.name}: idempotency keys need a caller, a JSON body and a JSON response")

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def takes_body(self) -> bool:
        return self.schemas.raw_body or self.schemas.body is not None

    @cached_property
    def route(self) -> str:
        """Method and path template, for logs and keys: it holds no personal data."""
        return f"{self.method} {self.path}"

    @property
    def path_names(self) -> list[str]:
        return _NAMED.findall(self.path)

    @property
    def summary(self) -> str:
        return (inspect.getdoc(self.handler) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        return (inspect.getdoc(self.handler) or "").partition("\n")[2].strip()


def endpoint(method: str, path: str, **options: Unpack[EndpointOptions]) -> Callable[[Handler], Endpoint]:
    """Make an Endpoint of `async def name(call, [body], [query]) -> …`; the docstring is its documentation.

    `body` is a pydantic type, `Type | None` or bytes; `query` a pydantic model; the result a pydantic type, Response[type],
    bytes (with `produces`) or None.
    """

    options.setdefault("limit", CUSTOMER_LIMIT if Role.CUSTOMER in options["roles"] else JSON_LIMIT)

    def declare(handler: Handler) -> Endpoint:
        return Endpoint(
            method=method, path=path, handler=handler, schemas=_handler_schemas(handler), **options
        )

    return declare


def endpoints_in(*modules: ModuleType) -> list[Endpoint]:
    """All endpoints of these modules, in the order in which they are written."""
    return [one for module in modules for one in vars(module).values() if isinstance(one, Endpoint)]


def _handler_schemas(handler: Handler) -> HandlerSchemas:
    hints = get_type_hints(handler, include_extras=True)
    body, response = hints.get("body"), hints["return"]
    optional = get_origin(body) in (Union, types.UnionType) and type(None) in get_args(body)
    if get_origin(response) is Response:
        (response,) = get_args(response)
    return HandlerSchemas(
        body=None if body in (None, bytes) else TypeAdapter(body),
        body_optional=optional,
        raw_body=body is bytes,
        query=TypeAdapter(hints["query"]) if "query" in hints else None,
        response=None if response in (bytes, type(None)) else TypeAdapter(response),
    )
