"""Look-ups of the carrier simulator: trackers in EasyPost's format, trackings in AfterShip's, with faults on demand."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NamedTuple

from aiohttp import web

from simulators.carriers import payloads
from simulators.carriers.schemas import LookupFault, ParcelScript, ScriptedScan
from simulators.carriers.script_store import ScriptStore

SANDBOX_NOW = (
    "Sandbox-Now"  # header with the caller's time; without it, the time that was last set for the account
)

Run = Callable[..., Awaitable[Any]]
Scans = list[ScriptedScan]


class RequestedParcel(NamedTuple):
    """The parcel that a caller asks for."""

    number: str
    carrier: str


class Lookup(NamedTuple):
    """The look-up of one parcel: the account that asks, and its time."""

    account: str
    number: str
    carrier: str
    now: datetime | None


class Vendor(NamedTuple):
    """A vendor's API: where the key is in a request, and the bodies of its responses."""

    api_key: Callable[[web.Request], str]
    listed: Callable[[ParcelScript | None, Scans], dict[str, Any]]
    created: Callable[[ParcelScript, Scans], dict[str, Any]]


class LookupHandlers:
    """The API of both vendors on the same scripts. Creating an unknown parcel makes a script without scans."""

    def __init__(self, store: ScriptStore, run: Run) -> None:
        self._store, self._run = store, run

    def routes(self) -> list[web.RouteDef]:
        """The routes of both vendors."""
        return [
            web.get("/v2/trackers", self.list_trackers),
            web.post("/v2/trackers", self.create_tracker),
            web.get("/tracking/{version}/trackings", self.list_trackings),
            web.post("/tracking/{version}/trackings", self.create_tracking),
        ]

    async def list_trackers(self, request: web.Request) -> web.StreamResponse:
        """EasyPost: the tracker of a tracking code."""
        parcel = RequestedParcel(request.query.get("tracking_code", ""), request.query.get("carrier", ""))
        return await self._respond(request, _EASYPOST, parcel)

    async def list_trackings(self, request: web.Request) -> web.StreamResponse:
        """AfterShip: the tracking of a tracking number."""
        parcel = RequestedParcel(request.query.get("tracking_numbers", ""), request.query.get("slug", ""))
        return await self._respond(request, _AFTERSHIP, parcel)

    async def create_tracker(self, request: web.Request) -> web.StreamResponse:
        """EasyPost: create a tracker."""
        body = (await request.json())["tracker"]
        parcel = RequestedParcel(str(body["tracking_code"]), str(body.get("carrier", "")))
        return await self._respond(request, _EASYPOST, parcel, create=True)

    async def create_tracking(self, request: web.Request) -> web.StreamResponse:
        """AfterShip: create a tracking."""
        body = await request.json()
        parcel = RequestedParcel(str(body["tracking_number"]), str(body.get("slug", "")))
        return await self._respond(request, _AFTERSHIP, parcel, create=True)

    async def _respond(
        self, request: web.Request, vendor: Vendor, parcel: RequestedParcel, *, create: bool = False
    ) -> web.StreamResponse:
        account = await self._run(self._store.find_account, vendor.api_key(request))
        if account is None:
            return _unauthorized()
        header = request.headers.get(SANDBOX_NOW)
        now = datetime.fromisoformat(header) if header else await self._run(self._store.account_time, account)
        lookup = Lookup(account, *parcel, now)
        response = await (self._created(lookup, vendor) if create else self._listed(lookup, vendor, request))
        await self._run(self._store.record_lookup, account, parcel.number, now, response.status)
        return response

    async def _listed(self, lookup: Lookup, vendor: Vendor, request: web.Request) -> web.Response:
        fault: LookupFault | None = await self._run(self._store.take_fault, lookup.account, lookup.number)
        if fault is not None and fault.kind != "gone":
            return await _misbehave(request, fault)
        script = None if fault else await self._run(self._store.find_script, *lookup)
        scans = payloads.visible_scans(script, lookup.now) if script else []
        return web.json_response(vendor.listed(script, scans))

    async def _created(self, lookup: Lookup, vendor: Vendor) -> web.Response:
        script = await self._run(self._store.find_script, *lookup)
        if script is None:
            script = ParcelScript(carrier=lookup.carrier, tracking_number=lookup.number)
            await self._run(self._store.put_scripts, lookup.account, (script,))
        return web.json_response(vendor.created(script, payloads.visible_scans(script, lookup.now)))


async def _misbehave(request: web.Request, fault: LookupFault) -> web.Response:
    match fault.kind:
        case "rate_limited":
            headers = {"Retry-After": str(fault.seconds)}
            return web.json_response({"error": {"code": "RATE_LIMITED"}}, status=429, headers=headers)
        case "unauthorized":
            return _unauthorized()
        case "malformed":
            return web.Response(body=b'{"trackers": [{"tracking_code":', content_type="application/json")
        case "timeout":
            await asyncio.sleep(fault.seconds)
            if request.transport is not None:
                request.transport.abort()
    return web.json_response({"error": {"code": "INTERNAL"}}, status=500)


def _unauthorized() -> web.Response:
    return web.json_response({"error": {"code": "UNAUTHORIZED"}}, status=401)


def _basic_user(request: web.Request) -> str:
    """EasyPost's API key is the user of Basic authentication."""
    try:
        text = base64.b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text.partition(":")[0]


def _as_api_key(request: web.Request) -> str:
    return request.headers.get("as-api-key", "")


def _trackers(script: ParcelScript | None, scans: Scans) -> dict[str, Any]:
    return {"trackers": [payloads.easypost(script, scans)] if script else [], "has_more": False}


def _trackings(script: ParcelScript | None, scans: Scans) -> dict[str, Any]:
    found = [payloads.aftership(script, scans)] if script else []
    page = {"total": len(found), "next_cursor": "", "has_next_page": False}
    return {"meta": {"code": 200}, "data": {"pagination": page, "trackings": found}}


def _created_tracking(script: ParcelScript, scans: Scans) -> dict[str, Any]:
    return {"meta": {"code": 201}, "data": payloads.aftership(script, scans)}


_EASYPOST = Vendor(_basic_user, _trackers, payloads.easypost)
_AFTERSHIP = Vendor(_as_api_key, _trackings, _created_tracking)
